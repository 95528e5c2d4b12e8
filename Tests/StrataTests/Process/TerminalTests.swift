import TestSupport
import Testing

/// The keys that are for Strata, and the terminal afterwards; the guest is the one of this repository.
@Suite struct TerminalTests {
  private static let escape = "\u{1}"

  private func start(_ options: String...) throws -> StrataProcess {
    let process = try StrataProcess(
      ["run", "--kernel", CommandFiles.greeter, "--memory", "128M", "--cpus", "2"] + options, on: .terminal)
    try process.expect(" passed, 0 failed")
    return process
  }

  @Test func controlAXLeaves() throws {
    let process = try start()
    #expect(!process.hasRestoredTerminal)
    try process.type(Self.escape + "x")
    #expect(try process.end() == 90)
    #expect(process.hasRestoredTerminal)
  }

  @Test func controlASShowsStatistics() throws {
    let process = try start()
    try process.type(Self.escape + "s")
    try process.expect(" MIPS")
    try process.expect("device accesses: ")
    try process.type(Self.escape + "x")
    #expect(try process.end() == 90)
  }

  @Test func theMonitorShowsTheMachineAndLetsItRunOn() throws {
    let process = try start()
    try process.type(Self.escape + "c")
    try process.expect("(strata) ")
    #expect(process.hasRestoredTerminal)
    try process.type("registers\n")
    try process.expect("cr3")
    try process.expect("(strata) ")
    try process.type("x/16 rip\n")
    try process.expect("(strata) ")
    try process.type("continue\n")
    try process.type(Self.escape + "c")
    try process.expect("(strata) ")
    try process.type("quit\n")
    #expect(try process.end() == 90)
    #expect(process.hasRestoredTerminal)
  }

  @Test func theDemoRunsTheBuiltInGuestWhereDebianCannotBeHad() throws {
    let folder = try TemporaryFolder()
    let process = try StrataProcess(
      ["demo", "--cache", folder / "cache"], on: .terminal, environment: ["PATH": "/nonexistent"])
    try process.expect("Debian cannot be had here")
    try process.expect(" passed, 0 failed")
    try process.type(Self.escape + "x")
    #expect(try process.end() == 90)
  }
}
