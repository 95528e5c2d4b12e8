import Bedrock
import Interfaces

/// Commands and channel contexts that make no sense are refused, and nothing else happens.
struct CommandErrorTests {
  private static let refused = UInt64(MHICompletionCode.undefinedError.rawValue)

  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    let tests = CommandErrorTests(bench: bench)
    list.test("commands for channels that do not run", tests.idleChannels)
    list.test("commands that there are not", tests.unknownCommands)
    list.test("rings of impossible sizes and places", tests.impossibleRings)
    list.test("event rings that there are not", tests.unknownEventRing)
    list.test("more events than a ring has room for come later, in order", tests.fullEventRing)
  }

  private func answer(_ element: MHIRingElement) -> UInt64? {
    (try? bench.modem.answer(to: element)).map(UInt64.init)
  }

  private func refuse(_ expectations: inout Expectations, _ what: StaticString, _ element: MHIRingElement) {
    expectations.expect(what, answer(element) ?? 0, is: Self.refused)
  }

  private func idleChannels(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let channel = bench.model.plainChannel.outboundChannel
    refuse(&expectations, "RESET", .command(.resetChannel, channel: channel))
    refuse(&expectations, "STOP", .command(.stopChannel, channel: channel))
    refuse(&expectations, "START of a channel without context", .command(.startChannel, channel: channel))
    refuse(&expectations, "START of a channel that there is not", .command(.startChannel, channel: 200))
    refuse(&expectations, "START of a channel that nobody serves", .command(.startChannel, channel: 60))
  }

  private func unknownCommands(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    for type in [0, 2, 15, 19, 0x20, 0xFF] as [UInt32] {
      refuse(&expectations, "command", MHIRingElement(pointer: 0, dword0: 0, dword1: type << 16))
    }
  }

  /// Tries to start a channel whose context is wrong.
  private func refuseContext(
    _ expectations: inout Expectations, _ what: StaticString, _ change: (Context) -> Void
  ) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    do throws(ModemError) {
      let pair = try bench.modem.channels(bench.model.plainChannel, count: 32, bufferSize: 2048)
      pair.outbound.misdescribe(change)
      refuse(&expectations, what, .command(.startChannel, channel: pair.outbound.number))
      pair.outbound.setRunning(false)
    } catch {
      expectations.expect(false, error.text)
    }
  }

  private func impossibleRings(_ expectations: inout Expectations) {
    let page: UInt64 = 0x10_0000
    let rings: [(StaticString, UInt64, UInt64)] = [
      ("no size", page, 0), ("not a multiple of an element", page, 24), ("2 MiB", page, 2 << 20),
      ("beyond the last address", UInt64.max - 0xFF, 0x1000),
      ("not aligned", page + 8, 0x100),
    ]
    for (what, base, length) in rings {
      refuseContext(&expectations, what) { context in
        context.describe(base: base, length: length)
        context.readPointer = base
        context.writePointer = base
      }
    }
  }

  private func unknownEventRing(_ expectations: inout Expectations) {
    for ring in [UInt32(Modem.EventRingNumber.count), 255, UInt32.max] {
      refuseContext(&expectations, "event ring") { $0[MHIChannelContext.eventRing] = ring }
    }
  }

  /// A hundred and eighty commands are answered before anybody looks, by a ring of 128.
  private func fullEventRing(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let modem = bench.modem
    let addresses = (0..<180).map { _ in modem.commands.send(.command(.none, channel: 0), modem.registers) }
    bench.computer.delay.spin(microseconds: 2000)
    let areAnswered = modem.wait { modem.commands.unansweredCount == 0 }
    expectations.expect(areAnswered, "\(modem.commands.unansweredCount) commands are not answered")
    for address in addresses { modem.commands.forget(address) }
    expectations.expect(bench.isInMissionMode, "the modem is not in mission mode any more")
  }
}
