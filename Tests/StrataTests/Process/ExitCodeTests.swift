import Glibc
import TestSupport
import Testing

/// Scripts tell from the exit code how a run ended.
@Suite struct ExitCodeTests {
  private func run(_ kernel: TinyKernel, _ options: String...) throws -> (
    code: Int32, output: String, diagnostics: String
  ) {
    let folder = try TemporaryFolder()
    return try StrataProcess.run(["run", "--kernel", folder.write("kernel", kernel.file).string] + options)
  }

  @Test func aGuestThatNothingCanWakeEndsWith88() throws {
    #expect(try run(.haltsForGood).code == 88)
  }

  @Test func aTripleFaultEndsWith82AndAReport() throws {
    let result = try run(.tripleFaults)
    #expect(result.code == 82)
    for part in ["triple fault", "rip", "cr3", "0f 0b", "#UD"] {
      #expect(result.diagnostics.lowercased().contains(part.lowercased()), "\(result.diagnostics)")
    }
  }

  @Test func aResetEndsWith80IfAsked() throws {
    #expect(try run(.resets, "--no-reboot").code == 80)
  }

  @Test func theLimitOfInstructionsEndsWith84() throws {
    let result = try run(.spins, "--max-instructions", "1000000", "--json")
    #expect(result.code == 84)
    #expect(result.output.contains("\"instructions\":1000000,"))
  }

  @Test func theLimitOfTimeEndsWith86() throws {
    #expect(try run(.spins, "--timeout", "0.2").code == 86)
  }

  @Test func theDebugExitEndsWithAnOddCode() throws {
    #expect(try run(.exitsWithThree, "--device", "debug-exit").code == 7)
  }

  @Test func aResetStartsTheMachineAgain() throws {
    let result = try run(.resets, "--max-instructions", "100", "--json")
    #expect(result.code == 84)
    #expect(!result.output.contains("\"resets\":0,"), "\(result.output)")
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func aSignalEndsWith128AndItsNumber(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let report = folder / "report"
    let process = try StrataProcess(
      ["run", "--kernel", folder.write("kernel", TinyKernel.spins.file).string, "--json", report],
      on: .terminal)
    while process.hasRestoredTerminal {
      usleep(10_000)  // Raw mode tells that the run has begun.
    }
    process.signal(signal)
    #expect(try process.end() == 128 + signal)
    #expect(process.hasRestoredTerminal)
    #expect(access(report, R_OK) == 0)
  }
}
