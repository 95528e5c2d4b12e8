import Bedrock
import Interfaces

/// Messages of synthetic timers, and the synthetic interrupt controller by which they come (TLFS 11 and
/// 12.4).
struct TimerMessageTests {
  private static let source = 2
  private static let distance: UInt64 = 5000

  let bench: Bench
  let frame: PhysicalAddress
  private let timer = SyntheticTimer(number: 1)

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    guard bench.hasTimers, bench.partition.privileges.contains(.syntheticInterruptController),
      let frame = bench.computer.frames.allocate()
    else {
      list.skip("messages", because: "there are no timers, or no synthetic interrupt controller")
      return
    }
    let tests = TimerMessageTests(bench: bench, frame: frame)
    list.test("a timer's message is in its source's slot, and interrupts", tests.message)
    list.test("a message waits while its slot is in use", tests.waiting)
    list.test("a masked source gets messages without interrupts", tests.masked)
    list.test("nothing is sent while the controller is off", tests.off)
  }

  private var now: UInt64 { ModelSpecificRegister(.referenceCounter).value }

  /// The source's slot in the message page.
  private var slot: UnsafeMutableRawPointer? {
    frame.pointer.map { $0 + Self.source * HyperV.Message.size }
  }

  private func load<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Number.Type)
    -> UInt64
  {
    slot.map { UInt64($0.load(fromByteOffset: offset, as: type)) } ?? 0
  }

  private var messageType: UInt64 { load(HyperV.Message.type, as: UInt32.self) }

  /// Frees the slot, and asks for the next message.
  private func endMessage() {
    slot?.storeBytes(of: 0, toByteOffset: HyperV.Message.type, as: UInt32.self)
    ModelSpecificRegister(.endOfMessage).write(0)
  }

  /// Switches the controller on for the time of a test.
  private func receiving(isMasked: Bool = false, _ body: (Counter) -> Void) {
    let counter = Counter()
    bench.computer.interrupts.setHandler(Vector.message) { _, processor in
      counter.increment()
      processor.localAPIC.endOfInterrupt()
    }
    let source = ModelSpecificRegister(
      index: HyperV.SyntheticRegister.interruptSources.lowerBound + UInt32(Self.source))
    ModelSpecificRegister(.messagePage).write(HyperV.OverlayControl(at: frame.rawValue).rawValue)
    source.write(UInt64(Vector.message) | (isMasked ? HyperV.InterruptSource.reset.rawValue : 0))
    ModelSpecificRegister(.interruptControl).write(1)
    timer.configure(.automatic, source: Self.source)
    InterruptFlag.set()
    body(counter)
    InterruptFlag.clear()
    timer.reset()
    endMessage()
    endMessage()
    ModelSpecificRegister(.interruptControl).write(0)
    ModelSpecificRegister(.messagePage).write(0)
    source.write(HyperV.InterruptSource.reset.rawValue)
  }

  private func message(_ expectations: inout Expectations) {
    receiving { counter in
      let due = now + Self.distance
      timer.count = due
      expectations.expect(bench.waits { counter.value > 0 }, "no interrupt comes")
      expectations.expect("type", messageType, is: UInt64(HyperV.MessageType.timerExpired.rawValue))
      expectations.expect(
        "size", load(HyperV.Message.payloadSize, as: UInt8.self), is: UInt64(HyperV.TimerMessage.size))
      expectations.expect("flags", load(HyperV.Message.flags, as: UInt8.self), is: 0)
      let payload = HyperV.Message.payload
      expectations.expect(
        "timer", load(payload + HyperV.TimerMessage.timer, as: UInt32.self), is: UInt64(timer.number))
      expectations.expect(
        "expiration", load(payload + HyperV.TimerMessage.expiration, as: UInt64.self), is: due)
      let delivery = load(payload + HyperV.TimerMessage.delivery, as: UInt64.self)
      expectations.expect(delivery >= due && delivery <= now, "delivered at \(delivery)")
    }
  }

  private func waiting(_ expectations: inout Expectations) {
    receiving { counter in
      timer.count = now
      expectations.expect(bench.waits { counter.value > 0 }, "no interrupt comes")
      let due = now + Self.distance
      timer.count = due
      bench.computer.delay.spin(microseconds: Self.distance / 10 * 2)
      expectations.expect("interrupts while the slot is in use", counter.value, is: 1)
      expectations.expect(
        "flags", load(HyperV.Message.flags, as: UInt8.self), is: UInt64(HyperV.Message.pending))
      endMessage()
      expectations.expect(bench.waits { counter.value > 1 }, "the second one is lost")
      expectations.expect(
        "its expiration",
        load(HyperV.Message.payload + HyperV.TimerMessage.expiration, as: UInt64.self), is: due)
    }
  }

  private func masked(_ expectations: inout Expectations) {
    receiving(isMasked: true) { counter in
      timer.count = now
      bench.pause()
      expectations.expect("type", messageType, is: UInt64(HyperV.MessageType.timerExpired.rawValue))
      expectations.expect("interrupts", counter.value, is: 0)
    }
  }

  private func off(_ expectations: inout Expectations) {
    receiving { counter in
      ModelSpecificRegister(.interruptControl).write(0)
      timer.count = now
      bench.pause()
      expectations.expect("type", messageType, is: 0)
      expectations.expect("interrupts", counter.value, is: 0)
    }
  }
}
