import Bedrock
import Interfaces

/// Elements of a channel's ring that make no sense; interrupts and memory that are switched off.
struct TransferErrorTests {
  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    let tests = TransferErrorTests(bench: bench)
    list.test("buffers outside of memory, and elements of other types", tests.badElements)
    list.test("an interrupt that is held back comes later", tests.maskedInterrupt)
    list.test("without the right to reach memory the modem does not", tests.noBusMaster)
  }

  private func badElements(_ expectations: inout Expectations) {
    bench.withChannels(bench.model.plainChannel, &expectations) { pair, expectations in
      let channel = pair.outbound
      let elements: [MHIRingElement] = [
        .transfer(buffer: 0xD000_0000, length: 64, flags: .interruptOnEndOfTransfer),
        .transfer(buffer: 1 << 40, length: 64, flags: .interruptOnEndOfTransfer),
        .transfer(buffer: .max - 8, length: 64, flags: .interruptOnEndOfTransfer),
        MHIRingElement(pointer: 0x10_0000, dword0: 64, dword1: 0x00FF_0200),
        MHIRingElement(pointer: 0x10_0000, dword0: 64, dword1: 0x0000_0200),
      ]
      for (number, element) in elements.enumerated() {
        channel.queue(element, pair.modem)
        expectations.expect(
          pair.modem.wait { channel.refusedElements == UInt64(number + 1) },
          "element \(number) is not refused")
      }
      expectations.expect(pair.send([1, 2, 3]), "no room")
      expectations.expect(pair.modem.wait { channel.pendingCount == 0 }, "transfers do not work any more")
      expectations.expect("misplaced events", channel.misplacedEvents, is: 0)
    }
  }

  private func maskedInterrupt(_ expectations: inout Expectations) {
    bench.withChannels(bench.model.plainChannel, &expectations) { pair, expectations in
      let interrupts = pair.modem.device.interrupts
      interrupts.masks = .max
      let before = pair.modem.interrupts.count(0)
      expectations.expect(pair.send([1]), "no room")
      bench.computer.delay.spin(microseconds: 5000)
      expectations.expect("interrupts", pair.modem.interrupts.count(0), is: before)
      interrupts.masks = 0
      expectations.expect(pair.modem.wait { pair.outbound.pendingCount == 0 }, "the interrupt does not come")
    }
  }

  private func noBusMaster(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let function = bench.modem.device.function
    do throws(ModemError) {
      let pair = try bench.modem.channels(bench.model.plainChannel, count: 32, bufferSize: 2048)
      try pair.open()
      let before = bench.modem.interrupts.count(0)
      function.setBusMaster(false)
      expectations.expect(pair.send([1]), "no room")
      bench.computer.delay.spin(microseconds: 5000)
      function.setBusMaster(true)
      expectations.expect("interrupts", bench.modem.interrupts.count(0), is: before)
    } catch {
      expectations.expect(false, error.text)
    }
    // What the modem makes of that is its own affair, as long as it can be brought up again.
    _ = bench.bringUp(&expectations)
  }
}
