import Bedrock

/// Interrupts of the board's clocks, against the ACPI power-management timer.
struct ClockInterruptTests {
  private static let vector: UInt8 = 0x67
  private static let attempts = 1000
  private static let patience: UInt64 = 1_000_000

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = ClockInterruptTests(bench: bench)
    guard let timer = bench.computer.fixedDescription?.timer else {
      list.skip("interrupts of clocks", because: "there is no ACPI PM timer")
      return
    }
    list.test("the 8254 interrupts in its period (mode 2)") { tests.intervalTimer(timer, &$0) }
    list.test("the real-time clock interrupts 1024 times a second, acknowledged each time") {
      tests.realTimeClock(timer, &$0)
    }
  }

  /// The I/O APICs' routes of a line of the ISA bus, while `body` runs with interrupts accepted.
  private func counting(line: UInt8, acknowledge: @escaping @Sendable () -> Void, _ body: (Counter) -> Void) {
    guard let description = bench.computer.apicDescription else { return }
    let counter = Counter()
    bench.computer.interrupts.setHandler(Self.vector) { _, processor in
      counter.increment()
      acknowledge()
      processor.localAPIC.endOfInterrupt()
    }
    let input = description.input(ofLine: line)
    let controllers = description.ioAPICs.compactMap {
      IOAPIC(base: $0.base, firstInterrupt: $0.firstInterrupt)
    }
    for controller in controllers {
      controller.route(input, to: Processor.current.apicIdentifier, vector: Self.vector)
    }
    InterruptFlag.set()
    body(counter)
    InterruptFlag.clear()
    for controller in controllers { controller.mask(input) }
    bench.computer.interrupts.setHandler(Self.vector, nil)
  }

  /// Expects that `count` interrupts take `microseconds`, in one attempt of several: a host that takes the
  /// processor away makes a measurement wrong.
  private func expectRate(
    _ expectations: inout Expectations, _ counter: Counter, _ timer: PowerManagementTimer, count: UInt64,
    microseconds: UInt64
  ) {
    var measured: UInt64 = 0
    for _ in 0..<Self.attempts {
      let first = counter.value
      let came = bench.computer.delay.wait(microseconds: Self.patience) { counter.value > first }
      guard came else { break }
      let start = timer.count
      let begin = counter.value
      while counter.value < begin + count, timer.microseconds(since: start) < Self.patience {
        ProcessorControl.spinHint()
      }
      measured = timer.microseconds(since: start)
      if measured > microseconds - microseconds / 8, measured < microseconds + microseconds / 8 { return }
    }
    expectations.expect(false, "\(count) interrupts took \(measured) instead of \(microseconds) microseconds")
  }

  private func intervalTimer(_ timer: PowerManagementTimer, _ expectations: inout Expectations) {
    let period: UInt16 = 1193
    counting(line: 0, acknowledge: {}) { counter in
      // Channel 0, both bytes, mode 2.
      IOPort(0x43).write8(0b00_11_010_0)
      IOPort(0x40).write8(UInt8(truncatingIfNeeded: period))
      IOPort(0x40).write8(UInt8(truncatingIfNeeded: period >> 8))
      expectRate(&expectations, counter, timer, count: 2, microseconds: 2000)
    }
  }

  private func realTimeClock(_ timer: PowerManagementTimer, _ expectations: inout Expectations) {
    let index = IOPort(0x70)
    let data = IOPort(0x71)
    let registerA: UInt8 = 0x0A
    let registerB: UInt8 = 0x0B
    let registerC: UInt8 = 0x0C
    let periodicInterrupt: UInt8 = 1 << 6
    index.write8(registerA)
    let before = data.read8()
    data.write8(before & 0xF0 | 6)
    counting(
      line: 8,
      acknowledge: {
        index.write8(registerC)
        _ = data.read8()
      }
    ) { counter in
      index.write8(registerB)
      let control = data.read8()
      data.write8(control | periodicInterrupt)
      index.write8(registerC)
      _ = data.read8()
      expectRate(&expectations, counter, timer, count: 2, microseconds: 1953)
      InterruptFlag.clear()
      index.write8(registerB)
      data.write8(control)
      index.write8(registerC)
      _ = data.read8()
    }
    index.write8(registerA)
    data.write8(before)
  }
}
