import Bedrock
import Interfaces

/// Processors that a kernel started in its own way, whichever that is at its level: they work, each with what
/// is its own.
struct ProcessorTests {
  private static let patience: UInt64 = 1_000_000

  let bench: Bench

  private var computer: Computer { bench.computer }
  private var others: ArraySlice<Processor> { computer.processors.dropFirst() }

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let tests = ProcessorTests(bench: bench)
    list.test("all processors start", tests.start)
    guard bench.apicIdentifiers.count > 1 else {
      list.skip("processors together", because: "there is one processor")
      return
    }
    list.test("every processor works under its own name and index", tests.names)
    list.test("no processor uses XSAVE above VTL0", tests.extendedSave)
    list.test("every processor answers an interrupt that a call sends", tests.sendInterrupt)
    list.test("a call that sends an interrupt checks its vector", tests.sendInvalidInterrupt)
    list.test("every processor has an assist page of its own", tests.assistPages)
    list.test("every processor's timers interrupt it alone", tests.timers)
    list.test("the counter is the same for all processors", tests.counter)
  }

  private func start(_ expectations: inout Expectations) {
    expectations.expect("not started", UInt64(computer.startProcessors()), is: 0)
    expectations.expect(
      "processors", UInt64(computer.processors.count), is: UInt64(bench.apicIdentifiers.count))
  }

  /// Has every other processor do something, at once, and waits until all have done it.
  private func everywhere(
    _ expectations: inout Expectations, _ work: @escaping @Sendable (Processor) -> Void
  ) {
    for processor in others {
      expectations.expect(processor.perform(work), "processor \(processor.number) takes no work")
    }
    let ended = computer.delay.wait(microseconds: Self.patience) { others.allSatisfy { $0.isIdle } }
    expectations.expect(ended, "the work does not end")
  }

  private func names(_ expectations: inout Expectations) {
    let partition = bench.partition
    let right = Counter()
    let indexes = others.map { try? partition.processorIndex(ofAPIC: $0.apicIdentifier) }
    let firstNumber = 1
    everywhere(&expectations) { processor in
      let index = UInt32(truncatingIfNeeded: ModelSpecificRegister(.processorIndex).value)
      if processor === Processor.current, processor.localAPIC.identifier == processor.apicIdentifier,
        indexes[processor.number - firstNumber] == index
      {
        right.increment()
      }
    }
    expectations.expect("processors", right.value, is: UInt64(others.count))
  }

  private func extendedSave(_ expectations: inout Expectations) {
    guard bench.partition.isAboveLowestLevel else { return }
    let users = Counter()
    everywhere(&expectations) { _ in
      if ControlRegister4.current.contains(.extendedSave) { users.increment() }
    }
    expectations.expect("processors that do", users.value, is: 0)
  }

  /// The registers of HvCallSendSyntheticClusterIpi.
  private func send(_ vector: UInt64, to processors: UInt64) -> HyperV.HypercallResult {
    bench.partition.call(HyperV.HypercallControl(.sendInterrupt, isFast: true), vector, processors)
  }

  private func sendInterrupt(_ expectations: inout Expectations) {
    let counters = computer.processors.map { _ in Counter() }
    computer.interrupts.setHandler(Vector.sent) { _, processor in
      counters[processor.number].increment()
      processor.localAPIC.endOfInterrupt()
    }
    for processor in others {
      guard let index = try? bench.partition.processorIndex(ofAPIC: processor.apicIdentifier), index < 64
      else { continue }
      expectations.expect("the call", send(UInt64(Vector.sent), to: 1 << UInt64(index)), is: .success)
      let arrived = bench.waits { counters[processor.number].value > 0 }
      expectations.expect(arrived, "processor \(processor.number) hears nothing")
    }
    bench.pause()
    expectations.expect("at the sender", counters[0].value, is: 0)
    for counter in counters.dropFirst() { expectations.expect("at another", counter.value, is: 1) }
  }

  private func sendInvalidInterrupt(_ expectations: inout Expectations) {
    for vector in [0, 15, 0x100, 0xFFFF_FFFF] as [UInt64] {
      expectations.expect("vector", send(vector, to: 0), is: .invalidParameter)
    }
    expectations.expect("level", send(UInt64(Vector.sent) | 0x20 << 32, to: 0), is: .invalidParameter)
    expectations.expect("zeros", send(UInt64(Vector.sent) | 1 << 40, to: 0), is: .invalidParameter)
  }

  private func assistPages(_ expectations: inout Expectations) {
    let frames = computer.frames
    let own = Counter()
    let ready = Counter()
    let (all, patience) = (UInt64(others.count), computer.delay)
    everywhere(&expectations) { processor in
      guard let frame = frames.allocate(), let page = frame.pointer else { return }
      let register = ModelSpecificRegister(.assistPage)
      register.write(HyperV.OverlayControl(at: frame.rawValue).rawValue)
      page.storeBytes(of: UInt64(processor.number), toByteOffset: 0x800, as: UInt64.self)
      ready.increment()
      _ = patience.wait(microseconds: 100_000) { ready.value == all }
      if page.load(fromByteOffset: 0x800, as: UInt64.self) == UInt64(processor.number),
        register.value == HyperV.OverlayControl(at: frame.rawValue).rawValue
      {
        own.increment()
      }
      register.write(0)
      frames.free(frame)
    }
    expectations.expect("processors with their own", own.value, is: all)
  }

  private func timers(_ expectations: inout Expectations) {
    guard bench.hasTimers else { return }
    let counters = computer.processors.map { _ in Counter() }
    computer.interrupts.setHandler(Vector.firstTimer) { _, processor in
      counters[processor.number].increment()
      processor.localAPIC.endOfInterrupt()
    }
    let delay = computer.delay
    everywhere(&expectations) { processor in
      let timer = SyntheticTimer(number: 0)
      timer.configure(.automatic, vector: Vector.firstTimer)
      timer.count = ModelSpecificRegister(.referenceCounter).value + 2000 * UInt64(processor.number)
      _ = delay.wait(microseconds: 100_000) { counters[processor.number].value > 0 }
      timer.reset()
    }
    expectations.expect("at the first processor", counters[0].value, is: 0)
    for counter in counters.dropFirst() { expectations.expect("at another", counter.value, is: 1) }
  }

  private func counter(_ expectations: inout Expectations) {
    let register = ModelSpecificRegister(.referenceCounter)
    let wrong = Counter()
    for processor in others {
      let before = register.value
      let given = processor.perform { _ in
        if register.value < before { wrong.increment() }
      }
      let ended = computer.delay.wait(microseconds: Self.patience) { processor.isIdle }
      expectations.expect(given && ended, "processor \(processor.number) does not work")
      expectations.expect(register.value >= before, "it goes back")
    }
    expectations.expect("processors behind", wrong.value, is: 0)
  }
}
