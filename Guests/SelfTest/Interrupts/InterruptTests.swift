import Bedrock
import Interfaces

/// Interrupts on the first processor: the local APIC's timer, priorities, INT.
enum InterruptTests {
  /// How long to wait for what must come, in microseconds.
  private static let patience: UInt64 = 1_000_000

  static func add(to list: inout SelfTestList, _ computer: Computer, _ clocks: Clocks) {
    list.test("local APIC timer: one shot is one interrupt") { oneShot(computer, clocks, &$0) }
    list.test("local APIC timer: periodic goes on") { periodic(computer, clocks, &$0) }
    list.test("an interrupt held back arrives later") { heldBack(computer, clocks, &$0) }
    list.test("HLT ends with an interrupt") { halting(computer, clocks, &$0) }
    list.test("the higher vector comes first") { priorities(computer, &$0) }
    list.test("INT calls its handler and returns") { software(computer, &$0) }
  }

  /// A counter of acknowledged interrupts with that vector.
  private static func counter(_ computer: Computer, _ vector: UInt8) -> Counter {
    let counter = Counter()
    computer.interrupts.setHandler(vector) { _, processor in
      counter.increment()
      processor.localAPIC.endOfInterrupt()
    }
    return counter
  }

  private static func oneShot(_ computer: Computer, _ clocks: Clocks, _ expectations: inout Expectations) {
    let counter = counter(computer, Vector.timer)
    let localAPIC = Processor.current.localAPIC
    InterruptFlag.set()
    localAPIC.startTimer(.oneShot, vector: Vector.timer, count: clocks.localAPICCount(microseconds: 1000))
    let arrived = computer.delay.wait(microseconds: patience) { counter.value > 0 }
    computer.delay.spin(microseconds: 3000)
    InterruptFlag.clear()
    expectations.expect(arrived, "no interrupt")
    expectations.expect("interrupts", counter.value, is: 1)
    expectations.expect("count that is left", UInt64(localAPIC[.timerCurrentCount]), is: 0)
  }

  private static func periodic(_ computer: Computer, _ clocks: Clocks, _ expectations: inout Expectations) {
    let counter = counter(computer, Vector.timer)
    let localAPIC = Processor.current.localAPIC
    InterruptFlag.set()
    localAPIC.startTimer(.periodic, vector: Vector.timer, count: clocks.localAPICCount(microseconds: 1000))
    let arrived = computer.delay.wait(microseconds: patience) { counter.value >= 5 }
    localAPIC.stopTimer()
    InterruptFlag.clear()
    expectations.expect(arrived, "\(counter.value) interrupts instead of 5")
  }

  private static func heldBack(_ computer: Computer, _ clocks: Clocks, _ expectations: inout Expectations) {
    let counter = counter(computer, Vector.timer)
    let localAPIC = Processor.current.localAPIC
    InterruptFlag.clear()
    localAPIC.startTimer(.oneShot, vector: Vector.timer, count: clocks.localAPICCount(microseconds: 1000))
    let ended = computer.delay.wait(microseconds: patience) { localAPIC[.timerCurrentCount] == 0 }
    expectations.expect(ended, "the timer does not count down")
    expectations.expect("interrupts while held back", counter.value, is: 0)
    InterruptFlag.set()
    let arrived = computer.delay.wait(microseconds: patience) { counter.value > 0 }
    InterruptFlag.clear()
    expectations.expect(arrived, "no interrupt afterwards")
  }

  private static func halting(_ computer: Computer, _ clocks: Clocks, _ expectations: inout Expectations) {
    let counter = counter(computer, Vector.timer)
    InterruptFlag.clear()
    Processor.current.localAPIC.startTimer(
      .oneShot, vector: Vector.timer, count: clocks.localAPICCount(microseconds: 2000))
    ProcessorControl.waitForInterrupt()
    InterruptFlag.clear()
    expectations.expect("interrupts behind HLT", counter.value, is: 1)
  }

  private static func priorities(_ computer: Computer, _ expectations: inout Expectations) {
    let low: UInt8 = 0x60
    let high: UInt8 = 0x70
    let order = AddressRecord()
    for vector in [low, high] {
      computer.interrupts.setHandler(vector) { _, processor in
        order.append(UInt64(vector))
        processor.localAPIC.endOfInterrupt()
      }
    }
    InterruptFlag.clear()
    let processor = Processor.current
    processor.localAPIC.send(low, to: processor.apicIdentifier)
    processor.localAPIC.send(high, to: processor.apicIdentifier)
    computer.delay.spin(microseconds: 100)
    InterruptFlag.set()
    _ = computer.delay.wait(microseconds: patience) { order.addresses.count == 2 }
    InterruptFlag.clear()
    expectations.expect(order.addresses == [UInt64(high), UInt64(low)], "another order, or not both")
    for vector in [low, high] { computer.interrupts.setHandler(vector, nil) }
  }

  private static func software(_ computer: Computer, _ expectations: inout Expectations) {
    let counter = Counter()
    computer.interrupts.setHandler(Vector.software) { _, _ in counter.increment() }
    expectations.expect("INT", Processor.current.probe(probeInterrupt50), returns: 1)
    expectations.expect("calls", counter.value, is: 1)
    computer.interrupts.setHandler(Vector.software, nil)
  }
}
