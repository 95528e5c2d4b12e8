import Bedrock
import Interfaces

/// The local APIC's registers and priorities: AMD64 APM volume 2, sections 16.3 and 16.6.
struct LocalAPICTests {
  private static let low: UInt8 = 0x61
  private static let middle: UInt8 = 0x72
  private static let high: UInt8 = 0x83
  private static let patience: UInt64 = 1_000_000

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = LocalAPICTests(bench: bench)
    list.test("writable bits: task priority, destinations, spurious vector, divider", tests.writableBits)
    list.strictTest(
      "reserved bits of the local vectors and the command read as zero", "APM 2, 16.4 and 16.5",
      tests.reservedBits)
    list.test("read-only registers do not change", tests.readOnly)
    list.test("IRR while an interrupt waits, ISR while it is served", tests.requestAndService)
    list.test("the processor priority is that of what is served, or TPR", tests.processorPriority)
    list.test("the task priority holds back its class and lower ones", tests.taskPriority)
    list.test("a higher class interrupts a lower one's handler; the same class waits", tests.nesting)
    list.test("EOI ends the highest that is served", tests.endOfInterrupt)
    list.test("two of the same vector are one while requested, two when one is served", tests.coalescing)
    list.strictTest(
      "switched off by software: local vectors masked, interrupts not accepted", "APM 2, 16.4.7",
      tests.softwareDisable)
    list.strictTest("errors: illegal vectors sent and received", "APM 2, 16.4.6", tests.errors)
  }

  private func withRegister(_ register: LocalAPICRegister, _ value: UInt32) -> UInt64 {
    let before = LocalAPIC.current[register]
    LocalAPIC.current[register] = value
    defer { LocalAPIC.current[register] = before }
    return UInt64(LocalAPIC.current[register])
  }

  private func writableBits(_ expectations: inout Expectations) {
    expectations.expect("TPR", withRegister(.taskPriority, .max), is: 0xFF)
    expectations.expect("LDR", withRegister(.logicalDestination, .max), is: 0xFF00_0000)
    expectations.expect("DFR of 0", withRegister(.destinationFormat, 0), is: 0x0FFF_FFFF)
    expectations.expect("DFR of ones", withRegister(.destinationFormat, .max), is: 0xFFFF_FFFF)
    expectations.expect("divider", withRegister(.timerDivideConfiguration, .max), is: 0xB)
    let spurious = withRegister(.spuriousInterruptVector, .max)
    expectations.expect("spurious vector", spurious & 0x1FF, is: 0x1FF)
    expectations.expect("its reserved bits", spurious & ~0x13FF, is: 0)
  }

  private func reservedBits(_ expectations: inout Expectations) {
    let vectors: [(StaticString, LocalAPICRegister, UInt64)] = [
      ("timer", .timerVector, 0x7_10FF), ("LINT0", .localInterrupt0Vector, 0x1_F7FF),
      ("LINT1", .localInterrupt1Vector, 0x1_F7FF), ("error", .errorVector, 0x1_17FF),
    ]
    for (name, register, defined) in vectors {
      let value = withRegister(register, .max)
      expectations.expect(name, value & ~defined, is: 0)
      expectations.expect(name, value & 0x1_00FF, is: 0x1_00FF)
      // Bits 12 and 14 tell; they cannot be set.
      expectations.expect(name, value & 0x5000, is: 0)
    }
    expectations.expect("command, high half", withRegister(.interruptCommandHigh, .max), is: 0xFF00_0000)
  }

  private func readOnly(_ expectations: inout Expectations) {
    let registers: [LocalAPICRegister] = [.version, .processorPriority]
    let sets: [VectorSet] = [.inService, .triggerMode, .requests]
    for offset in registers.map({ $0.offset }) + sets.map({ $0.offset(of: 0) }) {
      let before = LocalAPIC.current[offset: offset]
      LocalAPIC.current[offset: offset] = ~before
      expectations.expect("register", UInt64(LocalAPIC.current[offset: offset]), is: UInt64(before))
    }
  }

  // MARK: - Priorities

  /// Sends this processor an interrupt and waits until it is requested.
  private func request(_ vectors: UInt8..., expectations: inout Expectations) {
    for vector in vectors {
      LocalAPIC.current.send(vector: vector, to: .shorthand(.sender))
      let arrived = bench.computer.delay.wait(microseconds: Self.patience) {
        LocalAPIC.current.contains(vector, in: .requests)
      }
      expectations.expect(arrived, "vector \(vector) is not requested")
    }
  }

  /// Lets interrupts come for a moment.
  private func acceptInterrupts() {
    InterruptFlag.set()
    bench.computer.delay.spin(microseconds: 100)
    InterruptFlag.clear()
  }

  /// Notes vectors as they come, acknowledged at once.
  private func recording(_ vectors: [UInt8], _ body: (AddressRecord) -> Void) {
    let record = AddressRecord()
    for vector in vectors {
      bench.computer.interrupts.setHandler(vector) { _, processor in
        record.append(UInt64(vector))
        processor.localAPIC.endOfInterrupt()
      }
    }
    body(record)
    for vector in vectors { bench.computer.interrupts.setHandler(vector, nil) }
  }

  private func requestAndService(_ expectations: inout Expectations) {
    let record = AddressRecord()
    let vector = Self.middle
    bench.computer.interrupts.setHandler(vector) { _, processor in
      record.append(LocalAPIC.current.contains(vector, in: .inService) ? 1 : 0)
      record.append(LocalAPIC.current.contains(vector, in: .requests) ? 1 : 0)
      processor.localAPIC.endOfInterrupt()
      record.append(LocalAPIC.current.contains(vector, in: .inService) ? 1 : 0)
    }
    request(vector, expectations: &expectations)
    expectations.expect(!LocalAPIC.current.contains(vector, in: .inService), "in service too early")
    acceptInterrupts()
    expectations.expect(record.addresses == [1, 0, 0], "ISR and IRR in the handler, ISR after EOI")
    bench.computer.interrupts.setHandler(vector, nil)
  }

  private func processorPriority(_ expectations: inout Expectations) {
    let record = AddressRecord()
    let vector = Self.middle
    bench.computer.interrupts.setHandler(vector) { _, processor in
      record.append(UInt64(LocalAPIC.current[.processorPriority]))
      LocalAPIC.current[.taskPriority] = 0x75
      record.append(UInt64(LocalAPIC.current[.processorPriority]))
      LocalAPIC.current[.taskPriority] = 0x95
      record.append(UInt64(LocalAPIC.current[.processorPriority]))
      processor.localAPIC.endOfInterrupt()
      record.append(UInt64(LocalAPIC.current[.processorPriority]))
      LocalAPIC.current[.taskPriority] = 0
    }
    request(vector, expectations: &expectations)
    acceptInterrupts()
    // Of the same class, the task priority counts with its subclass.
    expectations.expect(record.addresses.count == 4, "the handler did not run once")
    expectations.expect("of vector 72h", record.addresses.first ?? 0, is: 0x70)
    expectations.expect(
      record.addresses.dropFirst().elementsEqual([0x75, 0x95, 0x95]), "with TPR of 75h and 95h")
    expectations.expect("idle", UInt64(LocalAPIC.current[.processorPriority]), is: 0)
    bench.computer.interrupts.setHandler(vector, nil)
  }

  private func taskPriority(_ expectations: inout Expectations) {
    recording([Self.low, Self.middle, Self.high]) { record in
      LocalAPIC.current[.taskPriority] = 0x70
      request(Self.low, Self.middle, Self.high, expectations: &expectations)
      acceptInterrupts()
      expectations.expect(record.addresses == [UInt64(Self.high)], "with TPR of 70h")
      LocalAPIC.current[.taskPriority] = 0x6F
      acceptInterrupts()
      expectations.expect(record.addresses == [Self.high, Self.middle].map(UInt64.init), "with TPR of 6Fh")
      LocalAPIC.current[.taskPriority] = 0
      acceptInterrupts()
      expectations.expect(record.addresses.last == UInt64(Self.low), "with TPR of 0")
    }
  }

  private func nesting(_ expectations: inout Expectations) {
    let record = AddressRecord()
    let delay = bench.computer.delay
    let sameClass = Self.middle + 1
    recording([Self.high, sameClass]) { others in
      bench.computer.interrupts.setHandler(Self.middle) { _, processor in
        record.append(UInt64(others.addresses.count))
        LocalAPIC.current.send(vector: sameClass, to: .shorthand(.sender))
        LocalAPIC.current.send(vector: Self.high, to: .shorthand(.sender))
        InterruptFlag.set()
        _ = delay.wait(microseconds: Self.patience) { others.addresses.count > 0 }
        delay.spin(microseconds: 100)
        InterruptFlag.clear()
        record.append(UInt64(others.addresses.count))
        processor.localAPIC.endOfInterrupt()
      }
      request(Self.middle, expectations: &expectations)
      acceptInterrupts()
      acceptInterrupts()
      expectations.expect(record.addresses == [0, 1], "interrupts before and in the handler")
      expectations.expect(others.addresses == [Self.high, sameClass].map(UInt64.init), "order")
    }
    bench.computer.interrupts.setHandler(Self.middle, nil)
  }

  private func endOfInterrupt(_ expectations: inout Expectations) {
    let record = AddressRecord()
    bench.computer.interrupts.setHandler(Self.low) { _, processor in
      LocalAPIC.current.send(vector: Self.high, to: .shorthand(.sender))
      InterruptFlag.set()
      ProcessorControl.spinHint()
      for _ in 0..<1000 where record.addresses.isEmpty { ProcessorControl.spinHint() }
      InterruptFlag.clear()
      // The handler of the higher one has left it in service.
      let inService = { LocalAPIC.current.contains($0, in: .inService) }
      record.append(inService(Self.high) && inService(Self.low) ? 2 : 0)
      processor.localAPIC.endOfInterrupt()
      record.append(!inService(Self.high) && inService(Self.low) ? 1 : 0)
      processor.localAPIC.endOfInterrupt()
      record.append(inService(Self.low) ? 1 : 0)
    }
    bench.computer.interrupts.setHandler(Self.high) { _, _ in record.append(3) }
    request(Self.low, expectations: &expectations)
    acceptInterrupts()
    expectations.expect(record.addresses == [3, 2, 1, 0], "what is in service after each EOI")
    for vector in [Self.low, Self.high] { bench.computer.interrupts.setHandler(vector, nil) }
  }

  private func coalescing(_ expectations: inout Expectations) {
    recording([Self.middle]) { record in
      request(Self.middle, Self.middle, Self.middle, expectations: &expectations)
      acceptInterrupts()
      expectations.expect("interrupts", UInt64(record.addresses.count), is: 1)
    }
    let record = AddressRecord()
    bench.computer.interrupts.setHandler(Self.middle) { _, processor in
      record.append(1)
      if record.addresses.count == 1 {
        for _ in 0..<3 { LocalAPIC.current.send(vector: Self.middle, to: .shorthand(.sender)) }
      }
      processor.localAPIC.endOfInterrupt()
    }
    request(Self.middle, expectations: &expectations)
    acceptInterrupts()
    acceptInterrupts()
    expectations.expect("interrupts", UInt64(record.addresses.count), is: 2)
    bench.computer.interrupts.setHandler(Self.middle, nil)
  }

  private func softwareDisable(_ expectations: inout Expectations) {
    let spurious = LocalAPIC.current[.spuriousInterruptVector]
    recording([Self.middle]) { record in
      LocalAPIC.current[.timerVector] = UInt32(Self.middle)
      LocalAPIC.current[.spuriousInterruptVector] = spurious & ~SpuriousInterrupt.softwareEnable
      expectations.expect(
        LocalAPIC.current[.timerVector] & LocalVectorField.mask != 0, "the timer's vector is not masked")
      LocalAPIC.current[.timerVector] = UInt32(Self.middle)
      expectations.expect(LocalAPIC.current[.timerVector] & LocalVectorField.mask != 0, "it can be unmasked")
      LocalAPIC.current.send(Self.middle, to: Processor.current.apicIdentifier)
      bench.computer.delay.spin(microseconds: 100)
      LocalAPIC.current[.spuriousInterruptVector] = spurious
      acceptInterrupts()
      expectations.expect("interrupts", UInt64(record.addresses.count), is: 0)
    }
    LocalAPIC.current[.timerVector] = LocalVectorField.mask
  }

  private func errors(_ expectations: inout Expectations) {
    let sentIllegalVector: UInt32 = 1 << 5
    let receivedIllegalVector: UInt32 = 1 << 6
    LocalAPIC.current[.errorStatus] = 0
    LocalAPIC.current.send(5, to: Processor.current.apicIdentifier)
    bench.computer.delay.spin(microseconds: 100)
    LocalAPIC.current[.errorStatus] = 0
    let status = LocalAPIC.current[.errorStatus]
    expectations.expect(status & (sentIllegalVector | receivedIllegalVector) != 0, "vector 5 is no error")
    LocalAPIC.current[.errorStatus] = 0
    expectations.expect("afterwards", UInt64(LocalAPIC.current[.errorStatus]), is: 0)
  }
}
