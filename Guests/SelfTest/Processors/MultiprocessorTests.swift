import Bedrock
import Interfaces

/// Processors together: interprocessor interrupts, work, atomic instructions.
enum MultiprocessorTests {
  /// How long to wait for the others, in microseconds.
  private static let patience: UInt64 = 5_000_000
  private static let rounds = 2000

  static func add(to list: inout SelfTestList, _ computer: Computer) {
    list.test("all processors of the MADT run") { expectations in
      let listed = computer.apicDescription?.processors.count ?? 1
      expectations.expect("processors", UInt64(computer.processors.count), is: UInt64(listed))
    }
    guard computer.processors.count > 1 else {
      list.skip("interprocessor interrupts, work, atomics", because: "there is one processor")
      return
    }
    list.test("every processor answers an interrupt") { questions(computer, &$0) }
    list.test("a broadcast reaches all others once") { broadcast(computer, &$0) }
    list.test("every processor runs work under its own name") { work(computer, &$0) }
    list.test("atomic additions of all processors are all counted") { atomics(computer, &$0) }
    list.test("a spin lock admits one processor at a time") { locking(computer, &$0) }
  }

  private static func others(_ computer: Computer) -> ArraySlice<Processor> {
    computer.processors.dropFirst()
  }

  private static func waitUntilIdle(_ computer: Computer) -> Bool {
    computer.delay.wait(microseconds: patience) { others(computer).allSatisfy { $0.isIdle } }
  }

  private static func questions(_ computer: Computer, _ expectations: inout Expectations) {
    let first = computer.processors[0]
    let answers = Counter()
    computer.interrupts.setHandler(Vector.question) { _, processor in
      processor.localAPIC.endOfInterrupt()
      processor.localAPIC.send(Vector.answer, to: first.apicIdentifier)
    }
    computer.interrupts.setHandler(Vector.answer) { _, processor in
      answers.increment()
      processor.localAPIC.endOfInterrupt()
    }
    InterruptFlag.set()
    for (count, processor) in others(computer).enumerated() {
      first.localAPIC.send(Vector.question, to: processor.apicIdentifier)
      let answered = computer.delay.wait(microseconds: patience) { answers.value == UInt64(count + 1) }
      expectations.expect(answered, "no answer from processor \(processor.number)")
    }
    InterruptFlag.clear()
  }

  private static func broadcast(_ computer: Computer, _ expectations: inout Expectations) {
    let counters = computer.processors.map { _ in Counter() }
    computer.interrupts.setHandler(Vector.question) { _, processor in
      counters[processor.number].increment()
      processor.localAPIC.endOfInterrupt()
    }
    computer.processors[0].localAPIC.send(vector: Vector.question, to: .shorthand(.everyoneElse))
    let arrived = computer.delay.wait(microseconds: patience) {
      counters.dropFirst().allSatisfy { $0.value > 0 }
    }
    computer.delay.spin(microseconds: 1000)
    expectations.expect(arrived, "not all were reached")
    expectations.expect("at the sender", counters[0].value, is: 0)
    for counter in counters.dropFirst() { expectations.expect("at another", counter.value, is: 1) }
  }

  private static func work(_ computer: Computer, _ expectations: inout Expectations) {
    let correct = Counter()
    for processor in others(computer) {
      let given = processor.perform { worker in
        if Processor.current === worker, worker.localAPIC.identifier == worker.apicIdentifier {
          correct.increment()
        }
      }
      expectations.expect(given, "processor \(processor.number) takes no work")
    }
    expectations.expect(waitUntilIdle(computer), "the work does not end")
    expectations.expect("processors under their own name", correct.value, is: UInt64(others(computer).count))
  }

  private static func atomics(_ computer: Computer, _ expectations: inout Expectations) {
    let counter = Counter()
    for processor in others(computer) {
      _ = processor.perform { _ in for _ in 0..<rounds { counter.increment() } }
    }
    for _ in 0..<rounds { counter.increment() }
    expectations.expect(waitUntilIdle(computer), "the work does not end")
    expectations.expect("additions", counter.value, is: UInt64(rounds * computer.processors.count))
  }

  private static func locking(_ computer: Computer, _ expectations: inout Expectations) {
    let account = Account()
    for processor in others(computer) {
      _ = processor.perform { _ in for _ in 0..<rounds { account.deposit() } }
    }
    for _ in 0..<rounds { account.deposit() }
    expectations.expect(waitUntilIdle(computer), "the work does not end")
    expectations.expect("deposits", account.balance, is: UInt64(rounds * computer.processors.count))
  }
}
