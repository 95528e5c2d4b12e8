import Foundation
import Glibc
import TestSupport
import Testing

@testable import strata

/// What goes into the command and what comes out of it.
@Suite struct CommandStreamTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The command line for a program; a minute is longer than any of these runs.
  private func arguments(_ program: [UInt8], _ more: [String] = []) throws -> [String] {
    let guest = try folder.write("guest.elf", TinyGuest.file(program))
    return ["run", "--kernel", guest.string, "--memory", "16M", "--timeout", "60"] + more
  }

  private func run(
    _ program: [UInt8], _ more: String..., input: String = ""
  ) throws -> (code: Int32, output: String, diagnostics: String) {
    try StrataProcess.run(try arguments(program, more), input: input)
  }

  // MARK: Streams

  @Test func aSignalRemovesTheSocket() throws {
    let socket = folder / "socket"
    let process = try StrataProcess(
      arguments(TinyGuest.loop, ["--serial", "unix:" + socket]), on: .pipes)
    while access(socket, F_OK) != 0 { usleep(10_000) }
    // The socket is there before the handlers are.
    usleep(300_000)
    process.signal(SIGTERM)
    #expect(try process.end() == 143)
    #expect(process.diagnostics.contains("instructions in"))
    #expect(access(socket, F_OK) != 0)
  }

  @Test func nothingThatTheGuestSaidIsLost() throws {
    let text = String(repeating: "all of this, ", count: 1000) + "to the end"
    let outcome = try run(TinyGuest.say(text) + TinyGuest.powerOff)
    #expect(outcome.output == text)
  }

  @Test func aReaderThatGoesEndsTheRun() throws {
    let endless = TinyGuest.say("x") + [0xEE] + TinyGuest.loop.dropLast() + [0xFD]
    let process = try StrataProcess(arguments(endless), on: .pipes)
    process.closeOutput()
    #expect(try process.end() == 74)
  }

  @Test func pipedInputReachesAGuestThatPolls() throws {
    let outcome = try run(TinyGuest.echoUntilExclamationMark + TinyGuest.powerOff, input: "hello!")
    #expect(outcome.code == 0)
    #expect(outcome.output == "hello!")
  }

  @Test func theSerialPortCanLeadToAFile() throws {
    let log = folder / "log"
    let outcome = try run(TinyGuest.say("hello") + TinyGuest.powerOff, "--serial", "file:" + log)
    #expect(outcome.output == "")
    #expect(try String(contentsOfFile: log, encoding: .utf8) == "hello")
  }

  // MARK: Reports

  private func report(_ text: String) throws -> [String: Any] {
    let line = try #require(text.split(separator: "\n").last)
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(object as? [String: Any])
  }

  @Test func theReportIsTheLastLineOfOutput() throws {
    let outcome = try run(TinyGuest.say("no newline") + TinyGuest.powerOff, "--json", "--seed", "7")
    #expect(outcome.output.hasPrefix("no newline\n{"))
    let report = try report(outcome.output)
    #expect(report["event"] as? String == "power-off")
    #expect(report["exitCode"] as? Int == 0)
    #expect(report["seed"] as? Int == 7)
    #expect((report["devices"] as? [String: Int])?["serial0"] == 11)
  }

  @Test func onlyWhatBelongsToTheHostDiffersBetweenTwoRuns() throws {
    func facts(seed: String) throws -> NSDictionary {
      let file = folder / "report"
      _ = try run(
        TinyGuest.random + TinyGuest.loop, "--max-instructions", "500000", "--seed", seed, "--cpus", "2",
        "--json", file)
      var report = try report(String(contentsOfFile: file, encoding: .utf8))
      #expect(report.removeValue(forKey: "host") is [String: Any])
      return NSDictionary(dictionary: report)
    }
    let first = try facts(seed: "3")
    #expect(try facts(seed: "3") == first)
    #expect(try facts(seed: "4")["stateHash"] as? String != first["stateHash"] as? String)
  }

  @Test func aProcessorIsListedWithWhatCPUIDReturns() throws {
    let outcome = try StrataProcess.run(["cpu", "x86-64-v1", "--json"])
    let report = try report(outcome.output)
    let leaves = try #require(report["leaves"] as? [[String: Any]])
    #expect(leaves.first?["ebx"] as? Int == 0x6874_7541)
    #expect((report["features"] as? [String])?.contains("sse4_2") == false)
  }
}
