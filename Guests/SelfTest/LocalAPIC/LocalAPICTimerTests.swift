import Bedrock
import Interfaces

/// The local APIC's timer: AMD64 APM volume 2, section 16.4.1; Intel SDM volume 3, section 11.5.4, for deadlines.
struct LocalAPICTimerTests {
  private static let patience: UInt64 = 1_000_000
  private static let attempts = 64
  private static let deadline = ModelSpecificRegister(index: 0x6E0)

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = LocalAPICTimerTests(bench: bench)
    list.test("the divider divides by 1 to 128") { tests.dividers(&$0) }
    list.test("a masked timer counts, but does not interrupt", tests.masked)
    list.test("an initial count of 0 stops the timer", tests.stop)
    list.test("a new initial count starts anew", tests.restart)
    list.test("a periodic timer counts from the initial count again", tests.periodic)
    guard ProcessorIdentification().has(ProcessorFeature("tsc_deadline_timer", 1, .ecx, 24)) else {
      list.skip("deadlines of the time-stamp counter", because: "the processor has none")
      return
    }
    list.test("deadlines: one in the future, one in the past, none", tests.deadlines)
    list.test("deadlines: the register is cleared when it comes, and by another mode", tests.deadlineRegister)
    list.test("deadlines: the initial count is ignored") { expectations in
      LocalAPIC.current[.timerVector] =
        LocalVectorField.deadlineTimer | LocalVectorField.mask | UInt32(Vector.timer)
      LocalAPIC.current[.timerInitialCount] = 0x1000
      expectations.expect("current count", UInt64(LocalAPIC.current[.timerCurrentCount]), is: 0)
      tests.reset()
    }
  }

  private func reset() {
    LocalAPIC.current[.timerVector] = LocalVectorField.mask
    LocalAPIC.current[.timerInitialCount] = 0
  }

  private func dividers(_ expectations: inout Expectations) {
    guard let timer = bench.computer.fixedDescription?.timer, let reference = bench.clocks.localAPICTimer
    else {
      return
    }
    let encodings: [(UInt32, UInt64)] = [
      (0b1011, 1), (0b0000, 2), (0b0001, 4), (0b0010, 8), (0b0011, 16), (0b1000, 32), (0b1001, 64),
      (0b1010, 128),
    ]
    for (encoding, divisor) in encodings {
      let expected = reference * 16 / divisor
      let tolerance = expected / 8
      // A host that takes the processor away between two reads makes a measurement wrong.
      let isRight = (0..<Self.attempts).contains { _ in
        LocalAPIC.current[.timerDivideConfiguration] = encoding
        LocalAPIC.current[.timerVector] = LocalVectorField.mask
        LocalAPIC.current[.timerInitialCount] = .max
        let measured = timer.measure(microseconds: 1000) {
          UInt64(UInt32.max - LocalAPIC.current[.timerCurrentCount])
        }
        return measured > expected - tolerance && measured < expected + tolerance
      }
      expectations.expect(isRight, "divided by \(divisor) it is another frequency")
    }
    reset()
  }

  private func counting(_ body: (Counter) -> Void) {
    let counter = Counter()
    bench.computer.interrupts.setHandler(Vector.timer) { _, processor in
      counter.increment()
      processor.localAPIC.endOfInterrupt()
    }
    InterruptFlag.set()
    body(counter)
    InterruptFlag.clear()
    reset()
  }

  private func masked(_ expectations: inout Expectations) {
    counting { counter in
      LocalAPIC.current[.timerVector] = LocalVectorField.mask | UInt32(Vector.timer)
      LocalAPIC.current[.timerInitialCount] = bench.clocks.localAPICCount(microseconds: 500)
      let ended = bench.computer.delay.wait(microseconds: Self.patience) {
        LocalAPIC.current[.timerCurrentCount] == 0
      }
      expectations.expect(ended, "it does not count")
      bench.computer.delay.spin(microseconds: 200)
      expectations.expect("interrupts", counter.value, is: 0)
    }
  }

  private func stop(_ expectations: inout Expectations) {
    counting { counter in
      LocalAPIC.current[.timerVector] = UInt32(Vector.timer)
      LocalAPIC.current[.timerInitialCount] = bench.clocks.localAPICCount(microseconds: 100_000)
      LocalAPIC.current[.timerInitialCount] = 0
      expectations.expect("current count", UInt64(LocalAPIC.current[.timerCurrentCount]), is: 0)
      bench.computer.delay.spin(microseconds: 2000)
      expectations.expect("interrupts", counter.value, is: 0)
    }
  }

  private func restart(_ expectations: inout Expectations) {
    counting { counter in
      let long = bench.clocks.localAPICCount(microseconds: 500_000)
      LocalAPIC.current[.timerVector] = UInt32(Vector.timer)
      LocalAPIC.current[.timerInitialCount] = long / 2
      LocalAPIC.current[.timerInitialCount] = long
      let count = LocalAPIC.current[.timerCurrentCount]
      expectations.expect(count > long / 2 && count <= long, "the count is \(count) of \(long)")
    }
  }

  private func periodic(_ expectations: inout Expectations) {
    counting { counter in
      let count = bench.clocks.localAPICCount(microseconds: 1000)
      LocalAPIC.current[.timerVector] = LocalVectorField.periodicTimer | UInt32(Vector.timer)
      LocalAPIC.current[.timerInitialCount] = count
      let arrived = bench.computer.delay.wait(microseconds: Self.patience) { counter.value >= 3 }
      expectations.expect(arrived, "\(counter.value) interrupts instead of 3")
      expectations.expect(
        LocalAPIC.current[.timerCurrentCount] <= count, "the count exceeds the initial one")
      expectations.expect("initial count", UInt64(LocalAPIC.current[.timerInitialCount]), is: UInt64(count))
    }
  }

  // MARK: - Deadlines

  private func deadlines(_ expectations: inout Expectations) {
    counting { counter in
      LocalAPIC.current[.timerVector] = LocalVectorField.deadlineTimer | UInt32(Vector.timer)
      let distance: UInt64 = 1_000_000
      let start = TimeStampCounter.value
      Self.deadline.write(start + distance)
      let arrived = bench.computer.delay.wait(microseconds: Self.patience) { counter.value == 1 }
      expectations.expect(arrived, "no interrupt at a deadline")
      expectations.expect(TimeStampCounter.value >= start + distance, "it came too early")
      Self.deadline.write(TimeStampCounter.value - 1)
      _ = bench.computer.delay.wait(microseconds: Self.patience) { counter.value == 2 }
      expectations.expect("after one in the past", counter.value, is: 2)
      Self.deadline.write(TimeStampCounter.value + distance)
      Self.deadline.write(0)
      bench.computer.delay.spin(microseconds: 3000)
      expectations.expect("after one that was taken back", counter.value, is: 2)
    }
  }

  private func deadlineRegister(_ expectations: inout Expectations) {
    counting { counter in
      let far: UInt64 = 1 << 40
      LocalAPIC.current[.timerVector] = LocalVectorField.deadlineTimer | UInt32(Vector.timer)
      let deadline = TimeStampCounter.value + far
      Self.deadline.write(deadline)
      expectations.expect("the deadline", Self.deadline.value, is: deadline)
      LocalAPIC.current[.timerVector] = UInt32(Vector.timer)
      LocalAPIC.current[.timerVector] = LocalVectorField.deadlineTimer | UInt32(Vector.timer)
      expectations.expect("after another mode", Self.deadline.value, is: 0)
      Self.deadline.write(TimeStampCounter.value)
      _ = bench.computer.delay.wait(microseconds: Self.patience) { counter.value == 1 }
      expectations.expect("after it has come", Self.deadline.value, is: 0)
    }
  }
}
