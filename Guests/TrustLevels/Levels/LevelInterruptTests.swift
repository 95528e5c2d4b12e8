import Bedrock
import Interfaces

/// Interrupts of levels: a higher one's preempt, a lower one's wait (TLFS 15.9).
struct LevelInterruptTests {
  private static let vector = Vector.upper
  private static let distance: UInt64 = 5000

  let levels: LevelBench

  private var upper: UpperLevel { levels.upper }

  static func add(to list: inout SelfTestList, _ levels: LevelBench) {
    guard levels.bench.hasTimers else {
      list.skip("interrupts of levels", because: "there are no timers")
      return
    }
    let tests = LevelInterruptTests(levels: levels)
    list.test("an interrupt for VTL1 preempts VTL0, whose interrupts are held back", tests.preempts)
    list.test("an interrupt for VTL1 wakes a processor that VTL0 halted", tests.wakes)
    list.test("an interrupt for VTL1 waits while VTL1's task priority is high", tests.priority)
    list.test("an interrupt for VTL0 waits while VTL1 runs", tests.waits)
    list.test("VTL1 hears of an interrupt for VTL0 if it wants to", tests.notification)
  }

  /// Sets a timer of VTL1's, and a handler for it at VTL1.
  private func startTimer(_ arrivals: Counter) {
    levels.above { _ in
      upper.interrupts.setHandler(Self.vector) { _, processor in
        arrivals.increment()
        processor.localAPIC.endOfInterrupt()
      }
      let timer = SyntheticTimer(number: 0)
      timer.configure(.automatic, vector: Self.vector)
      timer.count = ModelSpecificRegister(.referenceCounter).value + Self.distance
    }
  }

  private func preempts(_ expectations: inout Expectations) {
    let arrivals = Counter()
    let entries = upper.interruptEntries.value
    startTimer(arrivals)
    InterruptFlag.clear()
    expectations.expect(levels.bench.waits { arrivals.value > 0 }, "VTL1 gets no interrupt")
    expectations.expect("interrupts", arrivals.value, is: 1)
    expectations.expect("entries", upper.interruptEntries.value - entries, is: 1)
    let reason = upper.lastEntryReason
    expectations.expect("the reason", UInt64(reason), is: UInt64(HyperV.EntryReason.interrupt.rawValue))
  }

  private func wakes(_ expectations: inout Expectations) {
    let (arrivals, ticks) = (Counter(), Counter())
    startTimer(arrivals)
    levels.bench.computer.interrupts.setHandler(Vector.firstTimer) { _, processor in
      ticks.increment()
      processor.localAPIC.endOfInterrupt()
    }
    let timer = SyntheticTimer(number: 0)
    timer.configure(.automatic, vector: Vector.firstTimer)
    timer.count = ModelSpecificRegister(.referenceCounter).value + 4 * Self.distance
    while ticks.value == 0 {
      InterruptFlag.clear()
      ProcessorControl.waitForInterrupt()
    }
    InterruptFlag.clear()
    expectations.expect("VTL1's interrupts", arrivals.value, is: 1)
  }

  private func priority(_ expectations: inout Expectations) {
    let arrivals = Counter()
    startTimer(arrivals)
    levels.above { _ in ModelSpecificRegister(.taskPriority).write(UInt64(Self.vector | 0xF)) }
    levels.bench.computer.delay.spin(microseconds: Self.distance / 10 * 2)
    expectations.expect("interrupts while the priority is high", arrivals.value, is: 0)
    levels.above { _ in ModelSpecificRegister(.taskPriority).write(0) }
    expectations.expect(levels.bench.waits { arrivals.value > 0 }, "the interrupt is lost")
    expectations.expect("interrupts", arrivals.value, is: 1)
  }

  private func waits(_ expectations: inout Expectations) {
    let arrivals = Counter()
    levels.bench.computer.interrupts.setHandler(Vector.sent) { _, processor in
      arrivals.increment()
      processor.localAPIC.endOfInterrupt()
    }
    let timer = SyntheticTimer(number: 0)
    timer.configure(.automatic, vector: Vector.sent)
    timer.count = ModelSpecificRegister(.referenceCounter).value + Self.distance
    InterruptFlag.set()
    let while1 = levels.above { _ in
      InterruptFlag.set()
      levels.bench.computer.delay.spin(microseconds: Self.distance / 10 * 2)
      InterruptFlag.clear()
      return arrivals.value
    }
    expectations.expect("interrupts while VTL1 runs", while1 ?? .max, is: 0)
    expectations.expect(levels.bench.waits { arrivals.value > 0 }, "the interrupt is lost")
    InterruptFlag.clear()
    expectations.expect("interrupts", arrivals.value, is: 1)
  }

  private func notification(_ expectations: inout Expectations) {
    let (arrivals, notices) = (Counter(), Counter())
    levels.bench.computer.interrupts.setHandler(Vector.sent) { _, processor in
      arrivals.increment()
      processor.localAPIC.endOfInterrupt()
    }
    let status = levels.status { partition throws(HypercallFailure) in
      upper.interrupts.setHandler(Self.vector) { _, processor in
        notices.increment()
        processor.localAPIC.endOfInterrupt()
      }
      // Enabled, and ready for the next one at each return.
      try partition.setRegister(.interruptNotification, to: UInt64(Self.vector) | 0x300)
    }
    expectations.expect("the register", status, is: 0)
    let timer = SyntheticTimer(number: 0)
    timer.configure(.automatic, vector: Vector.sent)
    timer.count = ModelSpecificRegister(.referenceCounter).value + Self.distance
    InterruptFlag.set()
    let asserted = levels.above { _ in
      InterruptFlag.set()
      levels.bench.computer.delay.spin(microseconds: Self.distance / 10 * 2)
      InterruptFlag.clear()
      return upper.assistPage.load(fromByteOffset: HyperV.AssistPage.interruptNotified, as: UInt8.self)
    }
    expectations.expect("asserted", UInt64(asserted ?? 0), is: 1)
    expectations.expect("notices", notices.value, is: 1)
    expectations.expect(levels.bench.waits { arrivals.value > 0 }, "the interrupt is lost")
    InterruptFlag.clear()
    let afterwards = levels.above { partition -> UInt8 in
      _ = try? partition.setRegister(.interruptNotification, to: 0)
      return upper.assistPage.load(fromByteOffset: HyperV.AssistPage.interruptNotified, as: UInt8.self)
    }
    expectations.expect("asserted after the return", UInt64(afterwards ?? 1), is: 0)
  }
}
