import Foundation
import Glibc
import Testing

@testable import strata

/// What goes into the command and what comes out of it.
@Suite struct CommandStreamTests {
  /// What became of one run of the command.
  private struct Outcome {
    var status: Int32
    var output: String
    var diagnostics: String
  }

  private let folder: URL
  /// Tests run from a bundle beside the command, or from a tool that was given the bundle's name.
  private let command: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "strata-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let places = CommandLine.arguments + ["/proc/self/exe"]
    let candidates = places.map {
      URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "strata")
    }
    command = try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
  }

  private func guest(_ program: [UInt8]) throws -> String {
    let file = folder.appending(path: "guest.elf")
    try Data(TinyGuest.file(program)).write(to: file)
    return file.path
  }

  /// A command that is under way, with pipes for its three streams.
  private final class Running {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    let diagnostics = Pipe()

    init(_ command: URL, _ arguments: [String]) throws {
      process.executableURL = command
      process.arguments = arguments
      process.standardInput = input
      process.standardOutput = output
      process.standardError = diagnostics
      try process.run()
    }

    func finish() throws -> Outcome {
      let output = try output.fileHandleForReading.readToEnd() ?? Data()
      let diagnostics = try diagnostics.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return Outcome(
        status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
        output: String(decoding: output, as: UTF8.self),
        diagnostics: String(decoding: diagnostics, as: UTF8.self))
    }
  }

  /// Starts the command on a program; a minute is longer than any of these runs.
  private func start(_ program: [UInt8], _ arguments: [String] = []) throws -> Running {
    try Running(
      command, ["run", "--kernel", try guest(program), "--memory", "16M", "--timeout", "60"] + arguments)
  }

  private func run(_ program: [UInt8], _ arguments: String..., input: String = "") throws -> Outcome {
    let running = try start(program, arguments)
    try running.input.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try running.input.fileHandleForWriting.close()
    return try running.finish()
  }

  // MARK: Streams

  @Test func aSignalRemovesTheSocket() throws {
    let socket = folder.appending(path: "socket").path
    let running = try start(TinyGuest.loop, ["--serial", "unix:" + socket])
    while access(socket, F_OK) != 0 { usleep(10_000) }
    // The socket is there before the handlers are.
    usleep(300_000)
    running.process.terminate()
    let outcome = try running.finish()
    #expect(outcome.status == 143)
    #expect(outcome.diagnostics.contains("instructions in"))
    #expect(access(socket, F_OK) != 0)
  }

  @Test func nothingThatTheGuestSaidIsLost() throws {
    let text = String(repeating: "all of this, ", count: 1000) + "to the end"
    let outcome = try run(TinyGuest.say(text) + TinyGuest.powerOff)
    #expect(outcome.output == text)
  }

  @Test func aReaderThatGoesEndsTheRun() throws {
    let running = try start(TinyGuest.say("x") + [0xEE] + TinyGuest.loop.dropLast() + [0xFD])
    try running.output.fileHandleForReading.close()
    running.process.waitUntilExit()
    #expect(running.process.terminationStatus == 74)
  }

  @Test func pipedInputReachesAGuestThatPolls() throws {
    let outcome = try run(TinyGuest.echoUntilExclamationMark + TinyGuest.powerOff, input: "hello!")
    #expect(outcome.status == 0)
    #expect(outcome.output == "hello!")
  }

  @Test func theSerialPortCanLeadToAFile() throws {
    let log = folder.appending(path: "log")
    let outcome = try run(TinyGuest.say("hello") + TinyGuest.powerOff, "--serial", "file:" + log.path)
    #expect(outcome.output == "")
    #expect(try String(contentsOf: log, encoding: .utf8) == "hello")
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
      let file = folder.appending(path: "report")
      _ = try run(
        TinyGuest.random + TinyGuest.loop, "--max-instructions", "500000", "--seed", seed, "--cpus", "2",
        "--json",
        file.path)
      var report = try report(String(contentsOf: file, encoding: .utf8))
      #expect(report.removeValue(forKey: "host") is [String: Any])
      return NSDictionary(dictionary: report)
    }
    let first = try facts(seed: "3")
    #expect(try facts(seed: "3") == first)
    #expect(try facts(seed: "4")["stateHash"] as? String != first["stateHash"] as? String)
  }

  @Test func aProcessorIsListedWithWhatCPUIDReturns() throws {
    let outcome = try Running(command, ["cpu", "x86-64-v1", "--json"]).finish()
    let report = try report(outcome.output)
    let leaves = try #require(report["leaves"] as? [[String: Any]])
    #expect(leaves.first?["ebx"] as? Int == 0x6874_7541)
    #expect((report["features"] as? [String])?.contains("sse4_2") == false)
  }
}
