import Bedrock
import Interfaces

/// The synthetic registers: which there are, what they hold at first, and what they do not take (TLFS,
/// appendix "MSR").
struct SyntheticRegisterTests {
  private static let firstSource = HyperV.SyntheticRegister.interruptSources.lowerBound
  private static let firstTimer = HyperV.SyntheticRegister.timers.lowerBound

  let bench: Bench

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let tests = SyntheticRegisterTests(bench: bench)
    list.test("what the registers hold at first", tests.initialValues)
    list.test("#GP for a write of what can only be read", tests.readOnly)
    list.test("#GP for a read of what can only be written", tests.writeOnly)
    list.test("#GP for reserved bits", tests.reserved)
    list.test("#GP where there is no register", tests.missing)
    list.test("#GP without the privilege", tests.privileges)
    list.test("the task priority is the local APIC's", tests.taskPriority)
    list.test("the interrupt command sends", tests.interruptCommand)
    list.test("the end of interrupt ends one", tests.endOfInterrupt)
    list.test("the crash registers keep what a kernel leaves", tests.crash)
  }

  private func register(_ which: HyperV.SyntheticRegister) -> ModelSpecificRegister {
    ModelSpecificRegister(which)
  }

  private func initialValues(_ expectations: inout Expectations) {
    for number in 0..<16 as Range<UInt32> {
      expectations.expect(
        "an interrupt source", ModelSpecificRegister(index: Self.firstSource + number).probe(),
        returns: HyperV.InterruptSource.reset.rawValue)
    }
    for number in 0..<8 as Range<UInt32> where bench.hasTimers {
      expectations.expect(
        "a timer", ModelSpecificRegister(index: Self.firstTimer + number).probe(), returns: 0)
    }
    expectations.expect("interrupt control", register(.interruptControl).probe(), returns: 0)
    expectations.expect("interrupt version", register(.interruptVersion).probe(), returns: 1)
    expectations.expect("message page", register(.messagePage).probe(), returns: 0)
    expectations.expect("event flags page", register(.eventFlagsPage).probe(), returns: 0)
    expectations.expect("assist page", register(.assistPage).probe(), returns: 0)
    if bench.partition.privileges.contains(.referencePage) {
      expectations.expect("reference page", register(.referencePage).probe(), returns: 0)
    }
    expectations.expect("task priority", register(.taskPriority).probe(), returns: 0)
  }

  private func readOnly(_ expectations: inout Expectations) {
    for which in [
      HyperV.SyntheticRegister.processorIndex, .referenceCounter, .timeStampCounterFrequency,
      .localAPICFrequency, .interruptVersion,
    ] {
      let value = register(which).value
      expectations.expect("a write of 0", register(which).probe(writing: 0), raises: .generalProtection)
      expectations.expect(
        "a write of what it holds", register(which).probe(writing: value), raises: .generalProtection)
    }
    expectations.expect("the index", register(.processorIndex).value, is: UInt64(bench.ownIndex))
  }

  private func writeOnly(_ expectations: inout Expectations) {
    expectations.expect("end of interrupt", register(.endOfInterrupt).probe(), raises: .generalProtection)
  }

  private func reserved(_ expectations: inout Expectations) {
    func refuses(_ what: StaticString, _ which: ModelSpecificRegister, _ value: UInt64) {
      expectations.expect(what, which.probe(writing: value), raises: .generalProtection)
    }
    refuses("end of interrupt, upper half", register(.endOfInterrupt), 1 << 32)
    refuses("task priority, bit 8", register(.taskPriority), 1 << 8)
    refuses("task priority, bit 63", register(.taskPriority), 1 << 63)
    for bit in 1...11 as ClosedRange<UInt64> {
      refuses("assist page, bits 1 to 11", register(.assistPage), 1 << bit)
    }
    let source = ModelSpecificRegister(index: Self.firstSource + 1)
    refuses("an interrupt source with vector 15", source, 15)
    expectations.expect("the source afterwards", source.value, is: HyperV.InterruptSource.reset.rawValue)
    expectations.expect("the assist page afterwards", register(.assistPage).value, is: 0)
    guard bench.hasTimers else { return }
    let timer = ModelSpecificRegister(index: Self.firstTimer)
    for bit in [13, 15, 20, 32, 63] as [UInt64] {
      refuses("timer configuration, bits 13 to 15 and 20 to 63", timer, 1 << bit)
    }
    expectations.expect("the timer afterwards", timer.value, is: 0)
  }

  private func missing(_ expectations: inout Expectations) {
    for index in [0x4000_0004, 0x4000_0024, 0x4000_00A0, 0x4000_00FF, 0x4000_1FFF] as [UInt32] {
      let register = ModelSpecificRegister(index: index)
      expectations.expect("a read", register.probe(), raises: .generalProtection)
      expectations.expect("a write", register.probe(writing: 0), raises: .generalProtection)
    }
  }

  private func privileges(_ expectations: inout Expectations) {
    let pairs: [(HyperV.SyntheticRegister, HyperV.Privileges)] = [
      (.runtime, .runtime), (.reset, .reset), (.guestIdle, .guestIdle),
      (.invariantCounterControl, .invariantCounterControl), (.referencePage, .referencePage),
      (.timeStampCounterFrequency, .frequencies), (.taskPriority, .localAPICRegisters),
    ]
    for (which, privilege) in pairs where !bench.partition.privileges.contains(privilege) {
      expectations.expect("a read", register(which).probe(), raises: .generalProtection)
    }
    // All but this one, which Linux writes without looking for the privilege.
    expectations.expectReturn("the assist page", register(.assistPage).probe(writing: 0))
  }

  private func taskPriority(_ expectations: inout Expectations) {
    guard bench.partition.privileges.contains(.localAPICRegisters) else { return }
    register(.taskPriority).write(0x50)
    expectations.expect("register", register(.taskPriority).value, is: 0x50)
    expectations.expect("local APIC", UInt64(LocalAPIC.current[.taskPriority]), is: 0x50)
    LocalAPIC.current[.taskPriority] = 0
    expectations.expect("register after the local APIC", register(.taskPriority).value, is: 0)
  }

  private func interruptCommand(_ expectations: inout Expectations) {
    let arrivals = Counter()
    bench.computer.interrupts.setHandler(Vector.sent) { _, processor in
      arrivals.increment()
      processor.localAPIC.endOfInterrupt()
    }
    let destination = UInt64(Processor.current.apicIdentifier) << 56
    let assert: UInt64 = 1 << 14
    InterruptFlag.set()
    register(.interruptCommand).write(destination | assert | UInt64(Vector.sent))
    let arrived = bench.waits { arrivals.value > 0 }
    InterruptFlag.clear()
    expectations.expect(arrived, "nothing arrives")
    expectations.expect("interrupts", arrivals.value, is: 1)
  }

  private func endOfInterrupt(_ expectations: inout Expectations) {
    let arrivals = Counter()
    let end = register(.endOfInterrupt)
    bench.computer.interrupts.setHandler(Vector.sent) { _, _ in
      arrivals.increment()
      end.write(0)
    }
    InterruptFlag.set()
    for _ in 0..<2 {
      LocalAPIC.current.send(Vector.sent, to: Processor.current.apicIdentifier)
      bench.pause()
    }
    InterruptFlag.clear()
    expectations.expect("interrupts", arrivals.value, is: 2)
  }

  private func crash(_ expectations: inout Expectations) {
    guard bench.partition.features.contains(.crashRegisters) else { return }
    for (offset, index) in HyperV.SyntheticRegister.crashParameters.enumerated() {
      let parameter = ModelSpecificRegister(index: index)
      parameter.write(0x1234_5678_9ABC_DE00 + UInt64(offset))
    }
    for (offset, index) in HyperV.SyntheticRegister.crashParameters.enumerated() {
      expectations.expect(
        "a parameter", ModelSpecificRegister(index: index).probe(),
        returns: 0x1234_5678_9ABC_DE00 + UInt64(offset))
    }
    let control = register(.crashControl).value
    expectations.expect(control & HyperV.CrashControl.notify != 0, "a crash cannot be told")
  }
}
