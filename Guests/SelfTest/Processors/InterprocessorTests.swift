import Bedrock
import Interfaces

/// Interprocessor interrupts in every way to name their targets: AMD64 APM volume 2, sections 16.5 and 16.6.1.
struct InterprocessorTests {
  private static let vector: UInt8 = 0x66
  private static let patience: UInt64 = 5_000_000

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = InterprocessorTests(bench: bench)
    list.test("shorthands: oneself, everybody, everybody else") { tests.shorthands(&$0) }
    list.test("the physical destination FFh is everybody") { expectations in
      let processors = bench.computer.processors.count
      let counts = tests.counts(expecting: processors) {
        LocalAPIC.current.send(Self.vector, to: 0xFF)
      }
      expectations.expect(counts.allSatisfy { $0 == 1 }, "\(counts.count) processors: not all got one")
    }
    guard bench.computer.processors.count > 1 else {
      list.skip("logical destinations, lowest priority, NMIs for others", because: "there is one processor")
      return
    }
    list.test("flat logical destinations reach several at once") { tests.logical(&$0) }
    list.test("lowest priority reaches one of the named") { tests.lowestPriority(&$0) }
    list.test("an NMI reaches another processor that holds interrupts back") { tests.nonMaskable(&$0) }
    list.test("an absent destination gets nothing, and nobody else does") { expectations in
      let counts = tests.counts(expecting: 0) {
        LocalAPIC.current.send(Self.vector, to: 0x3E)
      }
      expectations.expect(counts.allSatisfy { $0 == 0 }, "somebody got it")
    }
  }

  /// How many interrupts each processor gets by what `send` does; it waits for that many at least.
  private func counts(expecting total: Int, _ send: () -> Void) -> [UInt64] {
    let counters = bench.computer.processors.map { _ in Counter() }
    bench.computer.interrupts.setHandler(Self.vector) { _, processor in
      counters[processor.number].increment()
      processor.localAPIC.endOfInterrupt()
    }
    InterruptFlag.set()
    send()
    _ = bench.computer.delay.wait(microseconds: Self.patience) {
      counters.reduce(0) { $0 + $1.value } >= UInt64(total)
    }
    bench.computer.delay.spin(microseconds: 1000)
    InterruptFlag.clear()
    bench.computer.interrupts.setHandler(Self.vector, nil)
    return counters.map { $0.value }
  }

  private func shorthands(_ expectations: inout Expectations) {
    let expected: [(InterruptCommand.Shorthand, UInt64, UInt64)] = [
      (.sender, 1, 0), (.everyone, 1, 1), (.everyoneElse, 0, 1),
    ]
    for (shorthand, own, others) in expected {
      let total = own + others * UInt64(bench.computer.processors.count - 1)
      let counts = counts(expecting: Int(total)) {
        LocalAPIC.current.send(vector: Self.vector, to: .shorthand(shorthand))
      }
      expectations.expect("at the sender", counts[0], is: own)
      for count in counts.dropFirst() { expectations.expect("at another", count, is: others) }
    }
  }

  /// Gives every processor a logical identifier of its own while `body` runs.
  private func withLogicalIdentifiers(_ body: () -> Void) {
    let set: @Sendable (Processor) -> Void = { processor in
      LocalAPIC.current[.destinationFormat] = .max
      LocalAPIC.current[.logicalDestination] = 1 << UInt32(24 + processor.number & 7)
    }
    set(bench.computer.processors[0])
    for processor in bench.computer.processors.dropFirst() { perform(on: processor, set) }
    body()
    LocalAPIC.current[.logicalDestination] = 0
    for processor in bench.computer.processors.dropFirst() {
      perform(on: processor) { _ in LocalAPIC.current[.logicalDestination] = 0 }
    }
  }

  private func perform(on processor: Processor, _ work: @escaping @Sendable (Processor) -> Void) {
    _ = processor.perform(work)
    _ = bench.computer.delay.wait(microseconds: Self.patience) { processor.isIdle }
  }

  private func logical(_ expectations: inout Expectations) {
    let all = UInt32(truncatingIfNeeded: (1 << bench.computer.processors.count) - 1)
    withLogicalIdentifiers {
      let two = counts(expecting: 2) {
        LocalAPIC.current.send(vector: Self.vector, to: .logical(0b11))
      }
      for (number, count) in two.enumerated() {
        expectations.expect("to the first two", count, is: number < 2 ? 1 : 0)
      }
      let everybody = counts(expecting: bench.computer.processors.count) {
        LocalAPIC.current.send(vector: Self.vector, to: .logical(all))
      }
      expectations.expect(everybody.allSatisfy { $0 == 1 }, "not all got one")
      let nobody = counts(expecting: 0) {
        LocalAPIC.current.send(vector: Self.vector, to: .logical(0x80))
      }
      expectations.expect(
        nobody.allSatisfy { $0 == 0 } || bench.computer.processors.count >= 8, "somebody got one")
    }
  }

  private func lowestPriority(_ expectations: inout Expectations) {
    withLogicalIdentifiers {
      let counts = counts(expecting: 1) {
        LocalAPIC.current.send(.lowestPriority, vector: Self.vector, to: .logical(0b11))
      }
      expectations.expect("interrupts at all", counts.reduce(0, +), is: 1)
      expectations.expect("among the named", counts[0] + counts[1], is: 1)
    }
  }

  private func nonMaskable(_ expectations: inout Expectations) {
    let counter = Counter()
    let ready = Counter()
    let vector = ExceptionVector.nonMaskableInterrupt.rawValue
    bench.computer.interrupts.setHandler(vector) { _, processor in
      if processor.number == 1 { counter.increment() }
    }
    let other = bench.computer.processors[1]
    _ = other.perform { _ in
      InterruptFlag.clear()
      ready.increment()
      while counter.value == 0 { ProcessorControl.spinHint() }
    }
    _ = bench.computer.delay.wait(microseconds: Self.patience) { ready.value == 1 }
    LocalAPIC.current.send(.nonMaskable, to: .physical(other.apicIdentifier))
    let ended = bench.computer.delay.wait(microseconds: Self.patience) { other.isIdle }
    expectations.expect(ended, "the other processor did not get it")
    expectations.expect("NMIs", counter.value, is: 1)
    bench.computer.interrupts.setHandler(vector, nil)
  }
}
