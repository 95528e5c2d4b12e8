import Foundation
import Interfaces
import TestSupport
import Testing
import Tracing

/// `strata trace` as people and scripts start it; what it says of files is compared with trace-cmd.
@Suite struct TraceCommandTests {
  /// A file with records of two processors, one of which lost some.
  private static func write(to folder: TemporaryFolder) throws -> String {
    let tracer = Tracer(
      MHITraceEvents.all, processorCount: 3, capacity: Tracer.Capacity(bytesPerProcessor: 8192))
    for event in MHITraceEvents.all.indices { tracer.setEnabled(event, true) }
    for number in 0..<300 as Range<UInt64> {
      tracer.point(for: MHITraceEvents.transferElement).record(
        processor: Int(number % 3) / 2 * 2, time: 1_000_000_499 + number * 1001, task: 71,
        flags: [.interruptsDisabled, .softInterrupt]
      ) {
        $0.put("mhi0")
        $0.put(Int32(100 + number % 2))
        $0.put(number << 40)
        $0.put(number << 12)
        $0.put(0x4000 as UInt32)
        $0.put(0x8002_0600 as UInt32)
      }
    }
    tracer.point(for: MHITraceEvents.powerState).record(processor: 2, time: 9_000_000_500, task: 4_194_303) {
      $0.put("mhi0")
      $0.put(-1 as Int32)
    }
    var description = TraceFileDescription()
    description.tasks.append((71, "kworker/u9:0-mhi"))
    let bytes = TraceFileVersion6.bytes(of: tracer.contents, description)
    return try folder.write("trace.dat", bytes).string
  }

  @Test(arguments: [
    [], ["-l"], ["-t"], ["-R"], ["-R", "-l", "-t"], ["-F", "mhi_gen_tre:ch_num == 101"],
    ["-F", "mhi_host/mhi_tryset_pm_state:pm_state == -1"], ["--cpu", "2"], ["--cpu", "0"],
  ])
  func reportsAreThoseOfTraceCmd(options: [String]) throws {
    let folder = try TemporaryFolder()
    let file = try Self.write(to: folder)
    let expected = try HostTool.run("trace-cmd", ["report"] + options + ["-i", file])
    let result = try StrataProcess.run(["trace", "report", file] + options)
    #expect(result.code == 0, "\(result.diagnostics)")
    #expect(result.output == expected)
    #expect(result.diagnostics == "")
  }

  @Test func bothVersionsAndBothWaysKeepEveryRecord() throws {
    let folder = try TemporaryFolder()
    let file = try Self.write(to: folder)
    let expected = try HostTool.run("trace-cmd", ["report", "-i", file])
    let (seventh, sixth) = (folder / "seventh.dat7", folder / "sixth.dat")
    for (source, target) in [(file, seventh), (seventh, sixth)] {
      #expect(try StrataProcess.run(["trace", "convert", source, target]).code == 0)
      #expect(try HostTool.run("trace-cmd", ["report", "-i", target]) == expected)
    }
    #expect(try Data(contentsOf: URL(filePath: sixth)) == Data(contentsOf: URL(filePath: file)))
  }

  @Test func eachLineOfJSONIsAnObject() throws {
    let folder = try TemporaryFolder()
    let (file, output) = (try Self.write(to: folder), folder / "trace.json")
    #expect(try StrataProcess.run(["trace", "convert", file, output, "-F", "mhi_gen_tre"]).code == 0)
    let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
    #expect(lines.count > 100)
    for line in lines {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["event"] as? String == "mhi_gen_tre")
    }
  }

  @Test func tracesForPerfettoAreAsItsSchemaSays() throws {
    let folder = try TemporaryFolder()
    let (file, output) = (try Self.write(to: folder), folder / "trace.pftrace")
    #expect(try StrataProcess.run(["trace", "convert", file, output]).code == 0)
    let events = try HostTool.run(CommandFiles.repository + "/Tests/check-perfetto", [output])
    #expect(events.contains("\"mhi_gen_tre\""))
  }

  @Test func theInputIsNeverReplaced() throws {
    let folder = try TemporaryFolder()
    let file = try Self.write(to: folder)
    try folder.link("other.txt", to: file)
    let before = try Data(contentsOf: URL(filePath: file))
    for output in [file, folder / "other.txt"] {
      let result = try StrataProcess.run(["trace", "convert", file, output, "--to", "text", "--force"])
      #expect(result.code == 73)
      #expect(result.diagnostics.contains("the file that is read"))
    }
    #expect(try Data(contentsOf: URL(filePath: file)) == before)
  }

  @Test func anotherFileIsReplacedOnlyOnRequest() throws {
    let folder = try TemporaryFolder()
    let file = try Self.write(to: folder)
    let letter = try folder.write("letter.txt", "dear reader").string
    #expect(try StrataProcess.run(["trace", "convert", file, letter]).code == 73)
    #expect(try String(contentsOfFile: letter, encoding: .utf8) == "dear reader")
    #expect(try StrataProcess.run(["trace", "convert", file, letter, "--force"]).code == 0)
    #expect(try String(contentsOfFile: letter, encoding: .utf8).hasPrefix("cpus=3\n"))
  }

  @Test func filesThatAreNoneAreToldInOneLine() throws {
    let folder = try TemporaryFolder()
    let file = try Self.write(to: folder)
    let bytes = try Data(contentsOf: URL(filePath: file))
    let half = try folder.write("half", bytes.prefix(5000)).string
    let text = try folder.write("text", "a letter").string
    let hidden = try folder.write("kallsyms", "0000000000000000 T do_idle\n").string
    let cases: [(arguments: [String], code: Int32, part: String)] = [
      (["report", file, "--symbols", folder / "none"], 66, "none"),
      (["report", file, "--symbols", text], 65, "no functions"),
      (["report", file, "--symbols", hidden], 65, "zeros"),
      (["report", folder / "none"], 66, "none"), (["report", folder.path.string], 66, "directory"),
      (["report", text], 65, "no trace.dat file"), (["report", half], 65, "truncated"),
      (["report", file, "-F", "nothing"], 64, "no event"), (["report", file, "--cpu", "x"], 64, "numbers"),
      (["convert", file, folder / "trace"], 64, "--to"),
      (["convert", file, folder / "none/trace.txt"], 73, "none"),
      (["convert", file, folder / "x.dat", "--cpu", "1"], 64, "all records"),
      (["list", "nothing"], 64, "no event"),
    ]
    for (arguments, code, part) in cases {
      let result = try StrataProcess.run(["trace"] + arguments)
      #expect(result.code == code, "\(arguments)")
      #expect(result.diagnostics.contains(part), "\(result.diagnostics)")
      #expect(result.diagnostics.split(separator: "\n").count == 1)
      #expect(result.output == "")
    }
  }

  /// A row is `| SYSTEM or nothing, if it is that of the row above | EVENTS | what they tell of |`.
  @Test func theDocumentHasEveryEvent() throws {
    let path = CommandFiles.repository + "/Documentation/Tracing.md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let table = try #require(text.split(separator: "## Events of the machine").last)
    var system: Substring = ""
    var documented: [String] = []
    for row in table.split(separator: "\n").prefix(while: { !$0.hasPrefix("#") }) where row.hasPrefix("| ") {
      let cells = row.split(separator: "|", omittingEmptySubsequences: false)
      system = cells[1].split(separator: "`").dropFirst().first ?? system
      documented += cells[2].split(separator: "`").filter { !$0.allSatisfy(\.isWhitespace) && $0 != ", " }
        .map { "\(system):\($0)" }
    }
    #expect(Array(documented.dropFirst()) == MachineTraceEvents.all.map { "\($0.system):\($0.name)" })
  }

  @Test func theEventsAreListed() throws {
    let all = try StrataProcess.run(["trace", "list"]).output.split(separator: "\n")
    for event in MHITraceEvents.all + MHIEndpointTraceEvents.all {
      #expect(all.count { $0.hasPrefix("\(event.system):\(event.name) (") } == 1)
    }
    let some = try StrataProcess.run(["trace", "list", "mhi_host:*tre"]).output
    #expect(
      some == """
        mhi_host:mhi_gen_tre (__data_loc char[] name, int ch_num, void * wp, uint64_t tre_ptr, uint32_t dword0, \
        uint32_t dword1)

        """)
    let json = try StrataProcess.run(["trace", "list", "--format", "json"]).output
    let objects = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
    #expect(objects?.count == all.count)
  }
}
