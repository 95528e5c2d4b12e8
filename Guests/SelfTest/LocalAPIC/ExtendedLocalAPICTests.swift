import Bedrock
import Interfaces

/// The local APIC's x2APIC mode: AMD64 APM volume 2, sections 16.9 to 16.11.
struct ExtendedLocalAPICTests {
  private static let patience: UInt64 = 1_000_000
  private static let vector: UInt8 = 0x72

  private static func register(_ register: LocalAPICRegister) -> ModelSpecificRegister {
    ModelSpecificRegister(index: register.modelSpecificRegister)
  }
  private static let identifier = register(.identifier)
  private static let version = register(.version)
  private static let taskPriority = register(.taskPriority)
  private static let endOfInterrupt = register(.endOfInterrupt)
  private static let logicalDestination = register(.logicalDestination)
  private static let destinationFormat = register(.destinationFormat)
  private static let errorStatus = register(.errorStatus)
  private static let command = register(.interruptCommandLow)
  private static let commandHigh = register(.interruptCommandHigh)
  private static let selfInterrupt = register(.selfInterrupt)

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = ExtendedLocalAPICTests(bench: bench)
    list.test("APIC_BASE: the first processor's mark, the address") { expectations in
      let base = ModelSpecificRegister.apicBase.value
      expectations.expect("mark", base & APICBase.bootstrapProcessor, is: APICBase.bootstrapProcessor)
      expectations.expect("address", base & ~0xFFF, is: APICBase.defaultAddress)
    }
    list.strictTest("#GP for APIC_BASE: reserved bits, EXTD without EN", "APM 2, 16.9") { expectations in
      let register = ModelSpecificRegister.apicBase
      let base = register.value
      expectations.expect("bit 9", register.probe(writing: base | 1 << 9), raises: .generalProtection)
      expectations.expect("bit 63", register.probe(writing: base | 1 << 63), raises: .generalProtection)
      expectations.expect(
        "EXTD without EN", register.probe(writing: base & ~APICBase.enable | APICBase.x2APICEnable),
        raises: .generalProtection)
      expectations.expect(
        "x2APIC registers in memory mode", Self.identifier.probe(), raises: .generalProtection)
    }
    guard ProcessorIdentification().has(.x2APIC) else {
      list.skip("x2APIC", because: "the processor does not have it")
      return
    }
    list.test("x2APIC: identifier, logical identifier, version", tests.identity)
    list.test("x2APIC: #GP for reserved bits and registers that do not exist", tests.refusals)
    list.test("x2APIC: self-interrupts, commands of 64 bits, EOI", tests.interrupts)
    list.test("x2APIC: the ways back", tests.transitions)
    list.test(
      "CPUID tells whether the APIC is on, and that it is always there otherwise", tests.identification)
  }

  /// Runs `body` in x2APIC mode, and goes back by way of an APIC that is off.
  private func inExtendedMode(_ body: () -> Void) {
    let register = ModelSpecificRegister.apicBase
    let base = register.value
    register.write(base | APICBase.x2APICEnable)
    body()
    register.write(base & ~(APICBase.x2APICEnable | APICBase.enable))
    register.write(base)
    Processor.current.localAPIC.enable()
  }

  private func identity(_ expectations: inout Expectations) {
    let identifier = UInt64(Processor.current.apicIdentifier)
    let version = UInt64(LocalAPIC.current[.version])
    inExtendedMode {
      expectations.expect("identifier", Self.identifier.value, is: identifier)
      expectations.expect("version", Self.version.value, is: version)
      expectations.expect(
        "logical identifier", Self.logicalDestination.value,
        is: (identifier >> 4) << 16 | 1 << (identifier & 15))
    }
  }

  private func refusals(_ expectations: inout Expectations) {
    inExtendedMode {
      let refuse = { (expectations: inout Expectations, what: StaticString, outcome: ProbeOutcome) in
        expectations.expect(what, outcome, raises: .generalProtection)
      }
      refuse(&expectations, "write of the identifier", Self.identifier.probe(writing: 0))
      refuse(&expectations, "write of the logical identifier", Self.logicalDestination.probe(writing: 0))
      refuse(&expectations, "task priority of 9 bits", Self.taskPriority.probe(writing: 0x100))
      refuse(&expectations, "EOI of 1", Self.endOfInterrupt.probe(writing: 1))
      refuse(&expectations, "read of EOI", Self.endOfInterrupt.probe())
      refuse(&expectations, "error status of 1", Self.errorStatus.probe(writing: 1))
      refuse(&expectations, "destination format", Self.destinationFormat.probe())
      refuse(&expectations, "the command's upper half", Self.commandHigh.probe())
      refuse(&expectations, "read of the self-interrupt", Self.selfInterrupt.probe())
      refuse(&expectations, "self-interrupt of 9 bits", Self.selfInterrupt.probe(writing: 0x100))
      refuse(&expectations, "reserved bits of the command", Self.command.probe(writing: 1 << 16 | 0x72))
      expectations.expectReturn("task priority", Self.taskPriority.probe(writing: 0x20))
      expectations.expect("task priority", Self.taskPriority.value, is: 0x20)
      Self.taskPriority.write(0)
    }
  }

  private func interrupts(_ expectations: inout Expectations) {
    let counter = Counter()
    bench.computer.interrupts.setHandler(Self.vector) { _, _ in
      counter.increment()
      Self.endOfInterrupt.write(0)
    }
    inExtendedMode {
      InterruptFlag.set()
      Self.selfInterrupt.write(UInt64(Self.vector))
      _ = bench.computer.delay.wait(microseconds: Self.patience) { counter.value == 1 }
      expectations.expect("after a self-interrupt", counter.value, is: 1)
      Self.command.write(
        InterruptCommand(vector: Self.vector, to: .physical(Processor.current.apicIdentifier), .x2APIC)
          .rawValue)
      _ = bench.computer.delay.wait(microseconds: Self.patience) { counter.value == 2 }
      expectations.expect("after a command", counter.value, is: 2)
      InterruptFlag.clear()
    }
    bench.computer.interrupts.setHandler(Self.vector, nil)
  }

  private func transitions(_ expectations: inout Expectations) {
    let register = ModelSpecificRegister.apicBase
    let base = register.value
    inExtendedMode {
      expectations.expect("back to memory mode", register.probe(writing: base), raises: .generalProtection)
      expectations.expectReturn(
        "off", register.probe(writing: base & ~(APICBase.x2APICEnable | APICBase.enable)))
      expectations.expect(
        "from off to x2APIC", register.probe(writing: base | APICBase.x2APICEnable),
        raises: .generalProtection)
    }
  }

  private func identification(_ expectations: inout Expectations) {
    let register = ModelSpecificRegister.apicBase
    let base = register.value
    expectations.expect(ProcessorIdentification().has(.localAPIC), "it is not told while it is on")
    register.write(base & ~APICBase.enable)
    let isTold = ProcessorIdentification().has(.localAPIC)
    register.write(base)
    Processor.current.localAPIC.enable()
    expectations.expect(!isTold, "it is told while it is off")
  }
}
