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

  @Test(arguments: [("x.txt", "exception:"), ("x.json", "\"event\":\"exception\"")])
  func theNameDecidesAboutTheForm(name: String, part: String) throws {
    #expect(try run(.tripleFaults, "--trace", "exceptions", "--trace-out", folder / name).code == 82)
    let text = try HostTool.run("cat", [folder / name])
    #expect(text.contains(part), "\(text)")
  }

  @Test(
    arguments: [
      (["--trace", "msr:raed_msr"], ["msr:read_msr"], 64),
      (
        ["--trace", "irq", "--trace-filter", "irq:irq_end:vctor == 3"],
        ["vctor == 3\n^\nparse_error: Field not found"], 64
      ),
      (["--trace", "irq", "--trace-trigger", "irq:irq_end:jump"], ["traceon, traceoff and snapshot"], 64),
      (["--trace", "irq", "--trace-filter", "irq"], ["SYSTEM:EVENT:CONDITION"], 64),
      (["--trace", "irq", "--trace-buffer", "8K,often"], ["SIZE,stop"], 64),
      (["--trace-filter", "irq:irq_end:vector == 3"], ["--trace 'irq:*'"], 64),
      (["--trace", "irq", "--trace-out", "/dev/null/x"], ["/dev/null/x"], 73),
    ] as [([String], [String], Int32)])
  func wrongOptionsSayWhatIsWrong(options: [String], parts: [String], code: Int32) throws {
    let kernel = try folder.write("kernel", TinyKernel.haltsForGood.file).string
    let result = try StrataProcess.run(["run", "--kernel", kernel] + options)
    #expect(result.code == code, "\(result.diagnostics)")
    for part in parts { #expect(result.diagnostics.contains(part), "\(result.diagnostics)") }
  }

  @Test func theKernelIsNotReplacedByItsTrace() throws {
    let kernel = try folder.write("kernel", TinyKernel.haltsForGood.file).string
    let result = try StrataProcess.run(["run", "--kernel", kernel, "--trace", "irq", "--trace-out", kernel])
    #expect(result.code == 73)
    #expect(try HostTool.run("wc", ["-c", kernel]).hasPrefix("\(TinyKernel.haltsForGood.file.count) "))
  }
}
