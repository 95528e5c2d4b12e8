import Bedrock
import Interfaces

/// Doorbells with values that make no sense are not heard.
struct DoorbellErrorTests {
  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    let tests = DoorbellErrorTests(bench: bench)
    list.test("a channel's doorbell: outside of its ring, not aligned", tests.channelDoorbell)
    list.test("doorbells of channels that do not run", tests.idleDoorbells)
    list.test("the doorbells of commands and of event rings", tests.otherDoorbells)
  }

  private static let nonsense: [UInt64] = [
    0, 1, 0xFFF, 0x1000, 0xD000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x8000_0000_0000_0000, .max, .max - 15,
  ]

  private func channelDoorbell(_ expectations: inout Expectations) {
    bench.withChannels(bench.model.plainChannel, &expectations) { pair, expectations in
      let doorbell = pair.modem.registers.doorbell(ofChannel: pair.outbound.number)
      for value in Self.nonsense { pair.modem.registers.store(value, at: doorbell) }
      expectations.expect(pair.send([1, 2, 3]), "no room")
      expectations.expect(
        pair.modem.wait { pair.outbound.pendingCount == 0 }, "transfers do not work any more")
      expectations.expect("misplaced events", pair.outbound.misplacedEvents, is: 0)
    }
  }

  private func idleDoorbells(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let registers = bench.modem.registers
    for channel in UInt8(0)..<UInt8(MHIRegister.channelCount)
    where channel != MHIRegister.emergencyDownloadDoorbell && channel != MHIRegister.wakeDoorbell {
      registers.store(0x10_0000, at: registers.doorbell(ofChannel: channel))
    }
    check(&expectations)
  }

  private func otherDoorbells(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let registers = bench.modem.registers
    for value in Self.nonsense {
      registers.store(value, at: MHIRegister.commandDoorbell)
      for ring in [0, 1, 2, 3, 200] { registers.store(value, at: registers.doorbell(ofEventRing: ring)) }
    }
    check(&expectations)
  }

  /// The modem goes on as if nothing had been.
  private func check(_ expectations: inout Expectations) {
    bench.withChannels(bench.model.plainChannel, &expectations) { pair, expectations in
      expectations.expect(pair.send([1]), "no room")
      expectations.expect(
        pair.modem.wait { pair.outbound.pendingCount == 0 }, "transfers do not work any more")
    }
    expectations.expect(bench.isInMissionMode, "the modem is not in mission mode any more")
  }
}
