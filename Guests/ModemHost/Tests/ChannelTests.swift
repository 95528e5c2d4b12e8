import Bedrock
import Interfaces

/// Transfers both ways.
struct ChannelTests {
  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    let tests = ChannelTests(bench: bench)
    list.test("channels are opened and closed, 100 times", tests.openAndClose)
    if bench.model.hasCommands {
      list.test("AT commands are answered", tests.commands)
      list.test("a transfer that is longer than a buffer comes in pieces", tests.overflow)
    }
    if bench.model.hasLoopback { list.test("what is sent comes back, of every length", tests.loopback) }
    list.test("a transfer of no bytes is done", tests.emptyTransfer)
  }

  private func openAndClose(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    for _ in 0..<100 {
      bench.withChannels(bench.model.plainChannel, &expectations) { pair, expectations in
        expectations.expect(pair.outbound.isRunning && pair.inbound.isRunning, "the channels do not run")
      }
      guard bench.isInMissionMode else { return }
    }
  }

  private func commands(_ expectations: inout Expectations) {
    bench.withChannels(.dun, &expectations) { pair, expectations in
      for command in ["AT", "ATE0", "AT+CPIN?"] as [StaticString] {
        let answer = Self.answer(to: command, pair)
        expectations.expect(Self.ends(answer, with: "OK"), "\(command) is not answered with OK")
      }
      let answer = Self.answer(to: "AT+NONSENSE", pair)
      expectations.expect(Self.ends(answer, with: "ERROR"), "nonsense is not an error")
      expectations.expect(pair.outbound.misplacedEvents == 0, "events do not fit to the ring")
    }
  }

  /// What the modem answers, without the empty lines around it.
  private static func answer(to command: StaticString, _ pair: ChannelPair) -> [UInt8] {
    guard pair.send(Array(command.bytes) + [UInt8(ascii: "\r")]) else { return [] }
    var answer: [UInt8] = []
    while !ends(answer, with: "OK"), !ends(answer, with: "ERROR"), let piece = pair.receive() {
      answer += piece
    }
    return answer
  }

  private static func ends(_ answer: [UInt8], with text: StaticString) -> Bool {
    var end = answer.count
    while end > 0, answer[end - 1] == UInt8(ascii: "\r") || answer[end - 1] == UInt8(ascii: "\n") { end -= 1 }
    return end >= text.bytes.count && answer[(end - text.bytes.count)..<end].elementsEqual(text.bytes)
  }

  private func overflow(_ expectations: inout Expectations) {
    bench.withChannels(.dun, bufferSize: 4, &expectations) { pair, expectations in
      // A command does not fit into such a buffer: it is sent in pieces, too.
      for piece in ["AT", "I", "\r"] as [StaticString] {
        expectations.expect(pair.send(Array(piece.bytes)), "no room")
      }
      var answer: [UInt8] = []
      while !Self.ends(answer, with: "OK"), let piece = pair.receive() { answer += piece }
      expectations.expect(Self.ends(answer, with: "OK"), "ATI is not answered with OK")
      expectations.expect(answer.count > 8, "the answer is too short to need two buffers")
      expectations.expect(pair.inbound.misplacedEvents == 0, "events do not fit to the ring")
    }
  }

  private func loopback(_ expectations: inout Expectations) {
    bench.withChannels(.loopback, &expectations) { pair, expectations in
      for length in [1, 2, 3, 15, 16, 17, 255, 1024, 2047, 2048] {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ length) }
        expectations.expect(pair.send(bytes), "no room")
        expectations.expect(pair.receive() == bytes, "\(length) bytes do not come back")
      }
      // More than the rings have elements.
      for number in 0..<200 {
        let bytes = [UInt8(truncatingIfNeeded: number), 1, 2]
        expectations.expect(pair.send(bytes), "no room")
        expectations.expect(pair.receive() == bytes, "transfer \(number) does not come back")
      }
    }
  }

  private func emptyTransfer(_ expectations: inout Expectations) {
    bench.withChannels(bench.model.plainChannel, &expectations) { pair, expectations in
      expectations.expect(pair.send([]), "no room")
      expectations.expect(
        pair.modem.wait { pair.outbound.finishedTransfers > 0 && pair.outbound.pendingCount == 0 },
        "the modem does not tell of it")
    }
  }
}
