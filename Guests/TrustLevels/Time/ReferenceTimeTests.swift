import Bedrock
import Interfaces

/// The hypervisor's clocks: the counter of 100 ns, the page that computes it from the TSC, the frequencies
/// (TLFS 12.6).
struct ReferenceTimeTests {
  private static let unitsPerSecond: UInt64 = 10_000_000

  let bench: Bench

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let tests = ReferenceTimeTests(bench: bench)
    list.test("the counter does not go back", tests.monotonic)
    list.test("the page tells the counter's time", tests.page)
    list.test("the TSC has the frequency that is told", tests.counterFrequency)
    list.test("the local APIC's timer has the frequency that is told", tests.timerFrequency)
  }

  private var now: UInt64 { ModelSpecificRegister(.referenceCounter).value }

  private func monotonic(_ expectations: inout Expectations) {
    var last = now
    let first = last
    for _ in 0..<1000 {
      let next = now
      expectations.expect(next >= last, "\(next) after \(last)")
      last = next
    }
    expectations.expect(last > first, "it stands still")
  }

  private func page(_ expectations: inout Expectations) {
    guard bench.partition.privileges.contains(.referencePage), let frame = bench.computer.frames.allocate(),
      let page = frame.pointer
    else { return }
    let register = ModelSpecificRegister(.referencePage)
    page.storeBytes(of: .max, as: UInt64.self)
    register.write(HyperV.OverlayControl(at: frame.rawValue).rawValue)
    let sequence = page.load(fromByteOffset: HyperV.ReferencePage.sequence, as: UInt32.self)
    let scale = page.load(fromByteOffset: HyperV.ReferencePage.scale, as: UInt64.self)
    let offset = page.load(fromByteOffset: HyperV.ReferencePage.offset, as: UInt64.self)
    expectations.expect(sequence != 0, "the page is not valid")
    for _ in 0..<10 {
      let before = now
      let computed = TimeStampCounter.value.multipliedFullWidth(by: scale).high &+ offset
      let after = now
      // A scale is a rounded number, and a count an incomplete one.
      expectations.expect(
        computed + 2 >= before && computed <= after + 2, "\(computed) between \(before) and \(after)")
      bench.computer.delay.spin(microseconds: 300)
    }
    register.write(0)
    expectations.expect("RAM", page.load(as: UInt64.self), is: .max)
    bench.computer.frames.free(frame)
  }

  /// How far a counter gets in a millisecond, against what its frequency says.
  private func expectFrequency(
    _ register: HyperV.SyntheticRegister, _ expectations: inout Expectations, _ counter: () -> UInt64
  ) {
    let frequency = ModelSpecificRegister(register).value
    let (start, first) = (now, counter())
    bench.computer.delay.spin(microseconds: 1000)
    let (end, last) = (now, counter())
    let expected = (end - start) * frequency / Self.unitsPerSecond
    let measured = last &- first
    expectations.expect(
      measured > expected - expected / 16 && measured < expected + expected / 16,
      "\(measured) ticks instead of \(expected)")
  }

  private func counterFrequency(_ expectations: inout Expectations) {
    guard bench.partition.privileges.contains(.frequencies) else { return }
    expectFrequency(.timeStampCounterFrequency, &expectations) { TimeStampCounter.value }
  }

  private func timerFrequency(_ expectations: inout Expectations) {
    guard bench.partition.privileges.contains(.frequencies) else { return }
    let localAPIC = Processor.current.localAPIC
    localAPIC.startTimer(.oneShot, vector: Vector.sent, count: .max)
    // The timer counts down, and the bus clock is divided by 16.
    expectFrequency(.localAPICFrequency, &expectations) {
      UInt64(UInt32.max - localAPIC[.timerCurrentCount]) * 16
    }
    localAPIC.stopTimer()
  }
}
