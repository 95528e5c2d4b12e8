import Glibc
import TestSupport
import Testing

/// `strata run --trace`, whose files trace-cmd reads.
@Suite struct TraceOptionTests {
  private let folder: TemporaryFolder
  private var file: String { folder / "x.dat" }

  init() throws { folder = try TemporaryFolder() }

  private func run(_ kernel: TinyKernel, _ options: String...) throws -> (
    code: Int32, output: String, diagnostics: String
  ) {
    let kernel = try folder.write("kernel", kernel.file).string
    return try StrataProcess.run(["run", "--kernel", kernel, "--trace-out", file] + options)
  }

  private func report(_ options: String...) throws -> String {
    try HostTool.run("trace-cmd", ["report"] + options + ["-i", file])
  }

  @Test func traceCmdReadsTheTraceOfATripleFault() throws {
    #expect(try run(.tripleFaults, "--trace", "exceptions:*").code == 82)
    let report = try report()
    #expect(report.contains("exception:            #UD ip=0x200000 cpl=0 error_code=0x0"), "\(report)")
    #expect(report.contains("triple_fault:         ip=0x200000"), "\(report)")
    #expect(try self.report("-F", "exception:vector == 6").split(separator: "\n").count == 2)
  }

  @Test func aFilterKeepsWhatItSays() throws {
    #expect(
      try run(.tripleFaults, "--trace", "exceptions", "--trace-filter", "exceptions:exception:vector == 8")
        .code == 82)
    let report = try report()
    #expect(!report.contains("#UD"))
    #expect(report.contains("#DF"), "\(report)")
  }

  @Test func aTriggerEndsTheRecording() throws {
    #expect(
      try run(
        .tripleFaults, "--trace", "exceptions", "--trace-trigger",
        "exceptions:exception:traceoff:1 if vector == 6"
      ).code == 82)
    #expect(try report().split(separator: "\n").count == 2)
  }

  @Test func aTriggerBeginsTheRecording() throws {
    #expect(
      try run(
        .tripleFaults, "--trace", "exceptions", "--trace-trigger",
        "exceptions:exception:traceon if vector == 8"
      ).code == 82)
    let report = try report()
    #expect(!report.contains("#UD"), "\(report)")
    #expect(report.contains("#DF") && report.contains("triple_fault"), "\(report)")
  }

  @Test func aSmallBufferSaysWhatItLost() throws {
    #expect(
      try run(
        .readsPort, "--trace", "port:port_in", "--trace-buffer", "8K", "--max-instructions", "10000"
      ).code == 84)
    #expect(try report().contains("EVENTS DROPPED]"))
    let stopped = try run(
      .readsPort, "--trace", "port:port_in", "--trace-buffer", "8K,stop", "--max-instructions", "10000")
    #expect(stopped.code == 84)
    #expect(try report().split(separator: "\n").count < 300)
  }

  /// The program, which lies at 200000h, and a function behind it.
  private static let symbols = "0000000000200000 T start_here\n0000000000200100 t behind\t[module]\n"

  @Test(arguments: ["x.txt", "x.json", "x.pftrace"])
  func functionsHaveTheirNames(output: String) throws {
    let symbols = try folder.write("kallsyms", Self.symbols).string
    let result = try run(
      .tripleFaults, "--trace", "exceptions", "--trace-symbols", symbols, "--trace-out", folder / output)
    #expect(result.code == 82, "\(result.diagnostics)")
    #expect(try HostTool.run("strings", [folder / output]).contains("start_here+0x0"))
  }

  @Test(arguments: ["dat", "dat7"])
  func filesHoldTheNamesOfFunctions(format: String) throws {
    let symbols = try folder.write("kallsyms", Self.symbols).string
    let result = try run(
      .tripleFaults, "--trace", "exceptions", "--trace-symbols", symbols, "--trace-format", format)
    #expect(result.code == 82, "\(result.diagnostics)")
    let expected = try report()
    #expect(expected.contains("triple_fault:         ip=start_here+0x0"), "\(expected)")
    #expect(try StrataProcess.run(["trace", "report", file]).output == expected)
  }

  @Test func theTraceIsWrittenWhenASignalEndsTheRun() throws {
    let kernel = try folder.write("kernel", TinyKernel.spins.file).string
    let process = try StrataProcess(
      ["run", "--kernel", kernel, "--trace", "exceptions", "--trace-out", file], on: .terminal)
    while process.hasRestoredTerminal {
      usleep(10_000)  // Raw mode tells that the run has begun.
    }
    process.signal(SIGINT)
    #expect(try process.end() == 128 + SIGINT)
    #expect(try report().hasPrefix("cpus=1"))
  }

  @Test func theTraceGoesOnAfterAReset() throws {
    let result = try run(.resets, "--trace", "power:machine_end", "--max-instructions", "10")
    #expect(result.code == 84, "\(result.diagnostics)")
    let times = try report("-t").split(separator: "\n").dropFirst().compactMap { line -> Double? in
      #expect(line.contains("machine_end:          reset"))
      return line.split(separator: " ").dropFirst(2).first.flatMap { Double($0.dropLast()) }
    }
    #expect(times.count == 3)
    #expect(zip(times, times.dropFirst()).allSatisfy(<), "\(times)")
  }

  @Test(arguments: [("x.txt", "exception:"), ("x.json", "\"event\":\"exception\"")])
  func theNameDecidesAboutTheForm(name: String, part: String) throws {
    #expect(try run(.tripleFaults, "--trace", "exceptions", "--trace-out", folder / name).code == 82)
    let text = try HostTool.run("cat", [folder / name])
    #expect(text.contains(part), "\(text)")
  }

  @Test(
    arguments: [
      (["--trace", "msr:raed_msr"], ["msr:read_msr"], 64),
      (["--trace", "telepathy"], ["there is no event 'telepathy': 'strata trace list' lists all"], 64),
      (
        ["--trace", "irq", "--trace-filter", "irq:irq_end:vctor == 3"],
        ["vctor == 3\n^\nparse_error: Field not found"], 64
      ),
      (["--trace", "irq", "--trace-trigger", "irq:irq_end:jump"], ["traceon, traceoff and snapshot"], 64),
      (["--trace", "irq", "--trace-filter", "irq"], ["SYSTEM:EVENT:CONDITION"], 64),
      (["--trace", "irq", "--trace-buffer", "8K,often"], ["SIZE,stop"], 64),
      (["--trace-filter", "irq:irq_end:vector == 3"], ["--trace 'irq:*'"], 64),
      (["--trace-symbols", "/dev/null"], ["--trace 'irq:*'"], 64),
      (["--trace", "irq", "--trace-symbols", "/dev/null/x"], ["cannot read /dev/null/x"], 66),
      (["--trace", "irq", "--trace-symbols", "/dev/null"], ["/dev/null holds no functions"], 65),
      (["--trace", "irq", "--trace-out", "/dev/null/x"], ["/dev/null/x"], 73),
    ] as [([String], [String], Int32)])
  func wrongOptionsSayWhatIsWrong(options: [String], parts: [String], code: Int32) throws {
    let kernel = try folder.write("kernel", TinyKernel.haltsForGood.file).string
    let result = try StrataProcess.run(["run", "--kernel", kernel] + options)
    #expect(result.code == code, "\(result.diagnostics)")
    for part in parts { #expect(result.diagnostics.contains(part), "\(result.diagnostics)") }
  }

  @Test func theSymbolsAreNotReplacedByTheTrace() throws {
    let symbols = try folder.write("kallsyms", Self.symbols).string
    let result = try run(
      .haltsForGood, "--trace", "irq", "--trace-symbols", symbols, "--trace-out", symbols)
    #expect(result.code == 73, "\(result.diagnostics)")
    #expect(try HostTool.run("cat", [symbols]) == Self.symbols)
  }

  @Test func theKernelIsNotReplacedByItsTrace() throws {
    let kernel = try folder.write("kernel", TinyKernel.haltsForGood.file).string
    let result = try StrataProcess.run(["run", "--kernel", kernel, "--trace", "irq", "--trace-out", kernel])
    #expect(result.code == 73)
    #expect(try HostTool.run("wc", ["-c", kernel]).hasPrefix("\(TinyKernel.haltsForGood.file.count) "))
  }
}
