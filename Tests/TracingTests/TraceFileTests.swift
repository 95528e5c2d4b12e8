import Foundation
import Interfaces
import SystemPackage
import TestSupport
import Testing

@testable import Tracing

/// Files of trace.dat, judged by the bytes of one that trace-cmd and KernelShark read, and by trace-cmd itself.
@Suite("trace.dat")
struct TraceFileTests {
  private static func record(
    _ point: TracePoint, channel: Int32, element: UInt64, buffer: UInt64, time: UInt64, processor: Int = 0
  ) {
    point.record(processor: processor, time: time, task: 71) { record in
      record.put("mhi0")
      record.put(channel)
      record.put(element)
      record.put(buffer)
      record.put(0x4000 as UInt32)
      record.put(0x2_0600 as UInt32)
    }
  }

  private static var description: TraceFileDescription {
    var description = TraceFileDescription()
    description.constantTexts = [(0x1000, "Updating"), (0x1010, "Updated")]
    description.tasks = [(0, "<idle>"), (71, "kworker/u9:0")]
    return description
  }

  @Test("One event of an MHI driver has the bytes that the tools were tried with")
  func goldenFile() throws {
    let tracer = Tracer(
      [MHITraceEvents.transferElement], processorCount: 1, firstEventNumber: 1001)
    tracer.setEnabled(0, true)
    Self.record(
      tracer.point(for: 0), channel: 101, element: 0xFFFF_A3D4_40B0_0000, buffer: 0x1FE0_0000,
      time: 5_000_000_000)
    let bytes = TraceFileVersion6.bytes(of: tracer.contents, Self.description)
    #expect(bytes.count == 8192)
    #expect(Self.fingerprint(of: bytes) == "93adbc548f089bae192752601b20728f3be920d090a9d090b7598f7dc151ec00")
  }

  private static func fingerprint(of bytes: [UInt8]) -> String {
    String((try? HostTool.run("sha256sum", [], input: bytes))?.prefix(64) ?? "")
  }

  // MARK: trace-cmd

  /// Two processors, with records that fill several pages and times that are far apart.
  private static let contents: TraceContents = {
    let tracer = Tracer(MHITraceEvents.all, processorCount: 2)
    for event in MHITraceEvents.all.indices { tracer.setEnabled(event, true) }
    let element = tracer.point(for: 0)
    for number in 0..<200 as Range<UInt64> {
      record(
        element, channel: Int32(100 + number % 2), element: 0x1000 + number * 16, buffer: number << 12,
        time: 1_000_000_000 + number * 1000, processor: 1)
    }
    // Farther than a record's word can say.
    record(element, channel: 7, element: 0x2000, buffer: 0, time: 9_000_000_001, processor: 1)
    tracer.point(for: 2).record(processor: 0, time: 1_500_000_000, task: 71, flags: .interruptsDisabled) {
      $0.put("mhi0")
      $0.put(12 as Int32)
    }
    tracer.point(for: 5).record(processor: 0, time: 2_000_000_000) {
      $0.put("mhi0")
      $0.put(100 as Int32)
      $0.put(2 as Int32)
      $0.put(0x1000 as UInt64)
    }
    return tracer.contents
  }()

  /// Five hundred records, of which the last ones had room.
  private static var overwrittenContents: TraceContents {
    let tracer = Tracer(
      MHITraceEvents.all, processorCount: 1,
      capacity: Tracer.Capacity(bytesPerProcessor: 2 * TracePage.size, policy: .overwrite))
    tracer.setEnabled(0, true)
    for number in 0..<500 as Range<UInt64> {
      Self.record(tracer.point(for: 0), channel: 1, element: number, buffer: 0, time: 1000 + number)
    }
    return tracer.contents
  }

  enum Version: CaseIterable {
    case six, seven

    func bytes(of contents: TraceContents) -> [UInt8] {
      switch self {
      case .six: TraceFileVersion6.bytes(of: contents, TraceFileTests.description)
      case .seven: TraceFileVersion7.bytes(of: contents, TraceFileTests.description)
      }
    }
  }

  private func report(_ version: Version, _ contents: TraceContents, _ options: String...) throws -> [String]
  {
    let folder = try TemporaryFolder()
    let file = try folder.write("trace.dat", version.bytes(of: contents))
    let text = try HostTool.run("trace-cmd", ["report"] + options + ["-i", file.string])
    return text.split(separator: "\n").map(String.init)
  }

  @Test("trace-cmd reads every record, in the order of time", arguments: Version.allCases)
  func everyRecordIsRead(version: Version) throws {
    let lines = try report(version, Self.contents)
    #expect(lines.first == "cpus=2")
    #expect(lines.count == 204)
    #expect(
      lines[1]
        == "    kworker/u9:0-71    [001]     1.000000: mhi_gen_tre:          mhi0: Chan: 100 TRE: 0x0x1000 TRE buf: 0x0 DWORD0: 0x00004000 DWORD1: 0x00020600"
    )
    #expect(
      lines.contains { $0.contains("mhi_tryset_pm_state:  mhi0: PM state: Linkdown or Error Fatal Detect") })
    #expect(
      lines.contains { $0.contains("mhi_channel_command_start: mhi0: chan100: Updating state to: START") })
    #expect(lines.last?.contains("9.000000: mhi_gen_tre:          mhi0: Chan: 7 ") == true)
  }

  @Test("trace-cmd filters by what the formats say", arguments: Version.allCases)
  func filters(version: Version) throws {
    let lines = try report(version, Self.contents, "-F", "mhi_gen_tre:ch_num == 101")
    #expect(lines.count { $0.contains("Chan: 101") } == 100)
    #expect(!lines.contains { $0.contains("Chan: 100") })
  }

  @Test("trace-cmd says how many records were overwritten", arguments: Version.allCases)
  func losses(version: Version) throws {
    let contents = Self.overwrittenContents
    let lost = contents.processors[0].lost
    #expect(lost > 300)
    let lines = try report(version, contents)
    #expect(lines.contains { $0.contains("\(lost) EVENTS DROPPED") })
    #expect(lines.count { $0.contains("mhi_gen_tre") } == 500 - Int(lost))
  }

  // MARK: Reading

  private func lines(of file: TraceFile, as format: TraceFileFormat) throws -> [String] {
    var bytes: [UInt8] = []
    try file.write(format) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test("Both versions are read, and say the same", arguments: Version.allCases)
  func reading(version: Version) throws {
    let file = try TraceFile(version.bytes(of: Self.contents))
    let lines = try lines(of: file, as: .text(TraceTextStyle(.tracefs)))
    #expect(file.processorCount == 2)
    #expect(lines.count == 205)
    #expect(
      lines[2]
        == "    kworker/u9:0-71      [001] .....     1.000000: mhi_gen_tre: mhi0: Chan: 100 TRE: 0x0000000000001000 TRE buf: 0x0 DWORD0: 0x00004000 DWORD1: 0x00020600"
    )
    #expect(
      lines.contains {
        $0.contains("[000] d....     1.500000: mhi_tryset_pm_state: mhi0: PM state: Linkdown")
      })
    #expect(
      lines.contains { $0.hasSuffix("mhi_channel_command_start: mhi0: chan100: Updating state to: START") })
  }

  @Test("Lost records are told", arguments: Version.allCases)
  func readingLosses(version: Version) throws {
    let contents = Self.overwrittenContents
    let file = try TraceFile(version.bytes(of: contents))
    let lines = try lines(of: file, as: .text(TraceTextStyle(.tracefs)))
    #expect(lines[2] == "CPU:0 [\(contents.processors[0].lost) LOST EVENTS]")
  }

  @Test("Every line of JSON is an object with the fields of the event")
  func json() throws {
    let file = try TraceFile(TraceFileVersion6.bytes(of: Self.contents, Self.description))
    let objects = try lines(of: file, as: .json).map { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }
    #expect(objects.count == 203)
    let first = try #require(objects.first)
    #expect(first["event"] as? String == "mhi_gen_tre")
    #expect(first["system"] as? String == "mhi_host")
    #expect(first["time"] as? Int == 1_000_000_000)
    let fields = try #require(first["fields"] as? [String: Any])
    #expect(fields["name"] as? String == "mhi0")
    #expect(fields["ch_num"] as? Int == 100)
    #expect(fields["dword1"] as? Int == 0x2_0600)
  }

  @Test("What trace-cmd records is read like what it reports of it")
  func foreignFiles() throws {
    let folder = try TemporaryFolder()
    let ours = try folder.write("ours.dat", TraceFileVersion6.bytes(of: Self.contents, Self.description))
    let converted = folder / "converted.dat"
    _ = try HostTool.run(
      "trace-cmd", ["convert", "--compression", "none", "-i", ours.string, "-o", converted])
    let file = try TraceFile(HostFileStorage(FilePath(converted)))
    #expect(try lines(of: file, as: .json).count == 203)
  }

  @Test("A file that does not say how pages look is refused: written, it could not be read")
  func missingHeaders() throws {
    var bytes = Version.seven.bytes(of: Self.contents)
    var reader = ByteReader(MemoryStorage(bytes: bytes), at: 24)
    let options = Int(try reader.number(UInt64.self)) + TraceFileVersion7.Section.headerSize
    #expect(bytes[options] == TraceFileVersion7.Section.headers)
    bytes[options] = 0xFF
    #expect(throws: TraceFileError.truncated) { _ = try TraceFile(bytes) }
  }

  @Test("Damaged files are refused or read as far as they go", arguments: Version.allCases)
  func damage(version: Version) throws {
    let whole = version.bytes(of: Self.contents)
    #expect(throws: TraceFileError.foreign) { _ = try TraceFile([]) }
    #expect(throws: TraceFileError.foreign) { _ = try TraceFile(Array("tracing".utf8)) }
    for size in stride(from: 11, to: whole.count, by: 97) {
      #expect(throws: TraceFileError.self) { _ = try TraceFile(Array(whole[..<size])) }
    }
    for bytes in DamagedCopies(of: whole, count: 300, changes: 8) {
      guard let file = try? TraceFile(bytes) else { continue }
      _ = try lines(of: file, as: .text(TraceTextStyle(.traceCommand)))
      _ = try lines(of: file, as: .json)
    }
  }
}
