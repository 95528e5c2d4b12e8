import Bedrock
import Interfaces

/// IP packets, on channels whose doorbells ring once for a burst.
struct NetworkTests {
  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    guard bench.model.hasPackets else { return }
    let tests = NetworkTests(bench: bench)
    list.test("echo requests of every size are answered", tests.sizes)
    list.test("a thousand echo requests, in bursts", tests.bursts)
  }

  private func sizes(_ expectations: inout Expectations) {
    bench.withChannels(.ipHardware0, &expectations) { pair, expectations in
      for (number, size) in [0, 1, 56, 1472, 2000].enumerated() {
        let request = EchoRequest(sequence: UInt16(number), payload: size)
        expectations.expect(pair.send(request.bytes), "no room")
        let answer = pair.receive()
        expectations.expect(answer.map(request.isAnswered) ?? false, "\(size) bytes are not answered")
      }
    }
  }

  private func bursts(_ expectations: inout Expectations) {
    bench.withChannels(.ipHardware0, count: 64, &expectations) { pair, expectations in
      var (sent, answered): (UInt16, UInt16) = (0, 0)
      while answered < 1000 {
        while sent < 1000, sent - answered < 20 {
          guard pair.send(EchoRequest(sequence: sent, payload: 56).bytes) else { break }
          sent += 1
        }
        guard let answer = pair.receive() else {
          expectations.expect(false, "request \(answered) is not answered")
          return
        }
        if !EchoRequest(sequence: answered, payload: 56).isAnswered(by: answer) {
          expectations.expect(false, "request \(answered) is answered wrongly")
          return
        }
        answered += 1
      }
      expectations.expect(
        pair.outbound.misplacedEvents + pair.inbound.misplacedEvents == 0, "misplaced events")
    }
  }
}
