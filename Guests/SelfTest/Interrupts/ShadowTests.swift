import Bedrock
import Interfaces

@_extern(c, "selftest_sti_shadow") private func setInterruptFlag(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_sti_shadow_end") private func setInterruptFlagEnd(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_sti_cli") private func setAndClear(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_popf_interrupt") private func popFlags(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_popf_interrupt_end") private func popFlagsEnd(_: UInt64, _: UInt64) -> UInt64

/// When a pending interrupt is taken, and when a pending NMI: AMD64 APM volume 2, sections 8.2.2, 8.5 and 8.6.
struct ShadowTests {
  private static let patience: UInt64 = 1_000_000

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = ShadowTests(bench: bench)
    list.test("a pending interrupt waits for one instruction behind STI") {
      tests.pending(setInterruptFlag, takenAt: address(of: setInterruptFlagEnd), &$0)
    }
    list.test("no interrupt is taken between STI and CLI") { tests.pending(setAndClear, takenAt: nil, &$0) }
    list.test("a pending interrupt is taken right behind POPF") {
      tests.pending(popFlags, takenAt: address(of: popFlagsEnd), &$0)
    }
    list.test("an NMI is taken although RFLAGS.IF is clear", tests.nonMaskable)
    list.test("an NMI waits for the end of another one's handler, once", tests.nestedNonMaskable)
  }

  /// Sends this processor an interrupt while it holds them back, then runs the routine.
  private func pending(
    _ routine: ProbeRoutine, takenAt expected: UInt64?, _ expectations: inout Expectations
  ) {
    let record = AddressRecord()
    bench.computer.interrupts.setHandler(Vector.software) { frame, processor in
      record.append(frame.rip)
      processor.localAPIC.endOfInterrupt()
    }
    let processor = Processor.current
    processor.localAPIC.send(Vector.software, to: processor.apicIdentifier)
    let arrived = bench.computer.delay.wait(microseconds: Self.patience) {
      LocalAPIC.current.contains(Vector.software, in: .requests)
    }
    expectations.expect(arrived, "the interrupt is not requested")
    _ = routine(0, 0)
    if let expected {
      expectations.expect("interrupts", UInt64(record.addresses.count), is: 1)
      expectations.expect("RIP", record.addresses.first ?? 0, is: expected)
    } else {
      expectations.expect("interrupts", UInt64(record.addresses.count), is: 0)
      InterruptFlag.set()
      _ = bench.computer.delay.wait(microseconds: Self.patience) { record.addresses.count == 1 }
      InterruptFlag.clear()
      expectations.expect("interrupts later", UInt64(record.addresses.count), is: 1)
    }
    bench.computer.interrupts.setHandler(Vector.software, nil)
  }

  private func nonMaskable(_ expectations: inout Expectations) {
    let counter = Counter()
    let vector = ExceptionVector.nonMaskableInterrupt.rawValue
    bench.computer.interrupts.setHandler(vector) { _, _ in counter.increment() }
    InterruptFlag.clear()
    LocalAPIC.current.send(.nonMaskable, to: .physical(Processor.current.apicIdentifier))
    let arrived = bench.computer.delay.wait(microseconds: Self.patience) { counter.value > 0 }
    expectations.expect(arrived, "no NMI")
    expectations.expect("NMIs", counter.value, is: 1)
    bench.computer.interrupts.setHandler(vector, nil)
  }

  private func nestedNonMaskable(_ expectations: inout Expectations) {
    let entries = Counter()
    let nested = Counter()
    let delay = bench.computer.delay
    let vector = ExceptionVector.nonMaskableInterrupt.rawValue
    bench.computer.interrupts.setHandler(vector) { _, processor in
      entries.increment()
      guard entries.value == 1 else { return }
      // Two more come; while they are held back, they are one.
      for _ in 0..<2 {
        LocalAPIC.current.send(.nonMaskable, to: .physical(processor.apicIdentifier))
        delay.spin(microseconds: 200)
      }
      if entries.value != 1 { nested.increment() }
    }
    LocalAPIC.current.send(.nonMaskable, to: .physical(Processor.current.apicIdentifier))
    _ = delay.wait(microseconds: Self.patience) { entries.value >= 2 }
    delay.spin(microseconds: 500)
    expectations.expect("NMIs inside of a handler", nested.value, is: 0)
    expectations.expect("NMIs", entries.value, is: 2)
    bench.computer.interrupts.setHandler(vector, nil)
  }
}
