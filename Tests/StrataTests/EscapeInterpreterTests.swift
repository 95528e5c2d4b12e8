import Testing

@testable import strata

@Suite struct EscapeInterpreterTests {
  private func interpret(_ keys: [UInt8]) -> [EscapeInterpreter.Result] {
    var interpreter = EscapeInterpreter()
    return keys.map { interpreter.interpret($0) }
  }

  @Test func keysGoToTheGuestAsTheyAre() {
    #expect(interpret([0x00, 0x03, 0x1B, 0xFF]) == [0x00, 0x03, 0x1B, 0xFF].map { .character($0) })
  }

  @Test(arguments: [
    ("x", EscapeCommand.leave), ("c", .monitor), ("s", .statistics), ("b", .sendBreak), ("h", .help),
    ("?", .help), ("q", .unknown), ("X", .unknown),
  ])
  func aKeyAfterControlAIsACommand(key: String, command: EscapeCommand) {
    #expect(interpret([0x01] + Array(key.utf8)) == [.pending, .command(command)])
  }

  @Test func controlATwiceIsSentOnce() {
    #expect(interpret([0x01, 0x01]) == [.pending, .character(0x01)])
  }

  @Test func aCommandEndsTheEscape() {
    let x = UInt8(ascii: "x")
    #expect(interpret([0x01, UInt8(ascii: "s"), x]).last == .character(x))
    #expect(interpret([0x01, UInt8(ascii: "?"), x]).last == .character(x))
  }

  @Test func controlAAfterASentControlABeginsACommandAgain() {
    #expect(interpret([0x01, 0x01, 0x01, UInt8(ascii: "x")]).suffix(2) == [.pending, .command(.leave)])
  }
}
