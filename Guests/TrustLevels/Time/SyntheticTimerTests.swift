import Bedrock
import Interfaces

/// Synthetic timers in direct mode (TLFS 12.3 to 12.5): when they run, when they expire, and what stops them.
struct SyntheticTimerTests {
  private static let vector = Vector.firstTimer
  /// In units of 100 ns: a millisecond.
  private static let distance: UInt64 = 10_000

  let bench: Bench
  private let timer = SyntheticTimer(number: 0)

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    guard bench.hasTimers else {
      list.skip("timers", because: "there are none that interrupt directly")
      return
    }
    let tests = SyntheticTimerTests(bench: bench)
    list.test("a timer expires once, not before its time, and is disabled then", tests.oneShot)
    list.test("a time in the past expires now", tests.past)
    list.test("a count enables the timer only if it is told to", tests.automatic)
    list.test("a timer that is enabled without a count does not expire", tests.withoutCount)
    list.test("a count of zero stops and disables the timer", tests.stop)
    list.test("a configuration without enable stops the timer", tests.disable)
    list.test("another time takes the place of the first", tests.again)
    list.test("a periodic timer expires again and again", tests.periodic)
    list.test("four timers run side by side", tests.four)
    list.test("messages to source 0 cannot be enabled", tests.sourceZero)
  }

  private var now: UInt64 { ModelSpecificRegister(.referenceCounter).value }

  /// Counts what a timer raises.
  private func counting(_ number: UInt32 = 0, _ body: (Counter) -> Void) {
    let counter = Counter()
    bench.computer.interrupts.setHandler(Self.vector + UInt8(number)) { _, processor in
      counter.increment()
      processor.localAPIC.endOfInterrupt()
    }
    InterruptFlag.set()
    body(counter)
    InterruptFlag.clear()
    SyntheticTimer(number: number).reset()
  }

  /// Lets more than the timers' time pass.
  private func outlast() { bench.computer.delay.spin(microseconds: Self.distance / 10 * 2) }

  private func oneShot(_ expectations: inout Expectations) {
    counting { counter in
      timer.configure([.enabled, .automatic], vector: Self.vector)
      let due = now + Self.distance
      timer.count = due
      expectations.expect(timer.configuration.isEnabled, "it is not enabled")
      expectations.expect("the count", timer.count, is: due)
      expectations.expect(bench.waits { counter.value > 0 }, "it does not expire")
      expectations.expect(now >= due, "it expires too early")
      outlast()
      expectations.expect("interrupts", counter.value, is: 1)
      expectations.expect(!timer.configuration.isEnabled, "it is enabled afterwards")
      expectations.expect("the vector", UInt64(timer.configuration.vector), is: UInt64(Self.vector))
    }
  }

  private func past(_ expectations: inout Expectations) {
    counting { counter in
      timer.configure(.automatic, vector: Self.vector)
      timer.count = now - 1
      expectations.expect(bench.waits { counter.value > 0 }, "it does not expire")
      timer.count = 1
      expectations.expect(bench.waits { counter.value > 1 }, "it does not expire again")
      expectations.expect("interrupts", counter.value, is: 2)
    }
  }

  private func automatic(_ expectations: inout Expectations) {
    counting { counter in
      timer.configure([], vector: Self.vector)
      timer.count = now + Self.distance
      expectations.expect(!timer.configuration.isEnabled, "it is enabled")
      outlast()
      expectations.expect("interrupts", counter.value, is: 0)
      timer.configure(.enabled, vector: Self.vector)
      expectations.expect(bench.waits { counter.value > 0 }, "enabled after its time it does not expire")
    }
  }

  private func withoutCount(_ expectations: inout Expectations) {
    counting { counter in
      timer.configure(.enabled, vector: Self.vector)
      bench.pause()
      timer.configure([.enabled, .periodic], vector: Self.vector)
      bench.pause()
      expectations.expect("interrupts", counter.value, is: 0)
    }
  }

  private func stop(_ expectations: inout Expectations) {
    counting { counter in
      timer.configure([.enabled, .automatic], vector: Self.vector)
      timer.count = now + Self.distance
      timer.count = 0
      expectations.expect(!timer.configuration.isEnabled, "it is enabled")
      outlast()
      expectations.expect("interrupts", counter.value, is: 0)
    }
  }

  private func disable(_ expectations: inout Expectations) {
    counting { counter in
      timer.configure([.enabled, .automatic], vector: Self.vector)
      timer.count = now + Self.distance
      timer.configure([], vector: Self.vector)
      outlast()
      expectations.expect("interrupts", counter.value, is: 0)
    }
  }

  private func again(_ expectations: inout Expectations) {
    counting { counter in
      timer.configure([.enabled, .automatic], vector: Self.vector)
      timer.count = now + Self.distance
      let later = now + 3 * Self.distance
      timer.count = later
      expectations.expect(bench.waits { counter.value > 0 }, "it does not expire")
      expectations.expect(now >= later, "the first time has stayed")
      outlast()
      expectations.expect("interrupts", counter.value, is: 1)
    }
  }

  private func periodic(_ expectations: inout Expectations) {
    counting { counter in
      let start = now
      timer.configure([.enabled, .periodic, .automatic], vector: Self.vector)
      timer.count = Self.distance
      expectations.expect(bench.waits { counter.value >= 3 }, "\(counter.value) interrupts instead of 3")
      expectations.expect(now >= start + 3 * Self.distance, "they are too fast")
      expectations.expect(timer.configuration.isEnabled, "it is disabled")
      timer.count = 0
      let count = counter.value
      outlast()
      expectations.expect("interrupts after the end", counter.value, is: count)
    }
  }

  private func four(_ expectations: inout Expectations) {
    let counters = (0..<4).map { _ in Counter() }
    for (number, counter) in counters.enumerated() {
      bench.computer.interrupts.setHandler(Self.vector + UInt8(number)) { _, processor in
        counter.increment()
        processor.localAPIC.endOfInterrupt()
      }
    }
    let start = now
    let timers = (0..<4 as Range<UInt32>).map { SyntheticTimer(number: $0) }
    for timer in timers {
      timer.configure(.automatic, vector: Self.vector + UInt8(timer.number))
      timer.count = start + Self.distance * UInt64(4 - timer.number)
    }
    InterruptFlag.set()
    // The last was set to expire first.
    expectations.expect(bench.waits { counters[3].value > 0 }, "the last does not expire")
    expectations.expect("the first by then", counters[0].value, is: 0)
    expectations.expect(bench.waits { counters[0].value > 0 }, "the first does not expire")
    InterruptFlag.clear()
    for (counter, timer) in zip(counters, timers) {
      expectations.expect("interrupts", counter.value, is: 1)
      timer.reset()
    }
  }

  private func sourceZero(_ expectations: inout Expectations) {
    timer.configure([.enabled, .automatic], source: 0)
    expectations.expect(!timer.configuration.isEnabled, "it is enabled")
    timer.reset()
  }
}
