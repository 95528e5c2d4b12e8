import Bedrock

@_extern(c, "selftest_gate_target") private func gateTarget(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_gate_record") private func gateRecord() -> UnsafePointer<UInt64>
@_extern(c, "selftest_interrupt_51") private func interrupt51(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_interrupt_51_sti") private func interrupt51Enabled(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_interrupt_51_unaligned") private func interrupt51Unaligned(_: UInt64, _: UInt64)
  -> UInt64

/// Gates of the interrupt descriptor table in long mode, and what becomes of events they refuse: AMD64 APM
/// volume 2, sections 8.9 and 8.2.9.
struct GateTests {
  private static let vector: UInt8 = 0x51
  private static let interruptGate: UInt64 = 0xE
  private static let trapGate: UInt64 = 0xF
  private static let taskGate: UInt64 = 0x5
  private static let callGate: UInt64 = 0xC
  private static let interruptFlag: UInt64 = 1 << 9
  private static let inTable: UInt64 = 1 << 1
  private static let external: UInt64 = 1 << 0

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = GateTests(bench: bench)
    list.test("interrupt gates clear RFLAGS.IF, trap gates do not", tests.interruptFlag)
    list.test("the stack of an interrupt is aligned to 16 bytes", tests.alignment)
    list.test("interrupts of level 3 use RSP0 and a null SS", tests.fromUser)
    list.test("a gate with an IST index uses that stack, at level 0 too", tests.interruptStack)
    list.test("INT and INT3 need a gate of DPL 3 at level 3", tests.privilege)
    list.strictTest("INT1 needs no gate of DPL 3, and is a trap", "APM 3, INT1") { expectations in
      let buffer = bench.codeBuffer
      expectations.expect(
        "at level 3", bench.execute([0xF1], as: .user64), raises: .debug, at: buffer.address(for: .user64) + 1
      )
      expectations.expect(
        "at level 0", bench.execute([0xF1]), raises: .debug, at: buffer.address(for: .kernel64) + 1)
    }
    list.strictTest("refused gates: #GP and #NP with vector * 8 + 2", "APM 2, 8.4.1", tests.refusedGates)
    list.strictTest(
      "targets that gates refuse: #GP and #NP with the selector", "APM 2, 8.9.3", tests.refusedTargets)
    list.strictTest("an exception that meets a refused gate sets EXT", "APM 2, 8.4.1", tests.externalEvents)
    list.strictTest(
      "contributory exceptions make a double fault, others do not", "APM 2, table 8-3",
      tests.doubleFaults)
  }

  private func gate(
    type: UInt64 = Self.interruptGate, _ selector: Selector = .kernelCode, privilege: UInt64 = 0,
    stack: UInt64 = 0,
    isPresent: Bool = true
  ) -> UInt64 {
    let target = address(of: gateTarget)
    return target & 0xFFFF | selector.rawValue64 << 16 | stack << 32 | type << 40 | privilege << 45
      | (isPresent ? 1 << 47 : 0) | (target >> 16 & 0xFFFF) << 48
  }

  /// Executes INT 51h with that gate.
  private func interrupt(
    _ low: UInt64, high: UInt64 = 0, _ routine: ProbeRoutine = interrupt51, as program: Program = .kernel64
  ) -> ProbeOutcome {
    DescriptorTable.withInterruptTable { table in
      table[Int(Self.vector) * 2] = low
      table[Int(Self.vector) * 2 + 1] = high
      return bench.run(routine, as: program)
    }
  }

  private func interruptFlag(_ expectations: inout Expectations) {
    expectations.expect("interrupt gate", interrupt(gate(), interrupt51Enabled), returns: 1)
    expectations.expect("IF", gateRecord()[0] & Self.interruptFlag, is: 0)
    expectations.expect("trap gate", interrupt(gate(type: Self.trapGate), interrupt51Enabled), returns: 1)
    expectations.expect("IF", gateRecord()[0] & Self.interruptFlag, is: Self.interruptFlag)
  }

  private func alignment(_ expectations: inout Expectations) {
    expectations.expect("INT", interrupt(gate(), interrupt51Unaligned), returns: 1)
    // Five words are on the stack.
    expectations.expect("RSP modulo 16", (gateRecord()[1] + 40) % 16, is: 0)
  }

  private func fromUser(_ expectations: inout Expectations) {
    expectations.expect("INT", interrupt(gate(privilege: 3), as: .user64), returns: 1)
    expectations.expect("RSP", gateRecord()[1], is: bench.exceptionStackTop - 40)
    expectations.expect("SS", gateRecord()[2], is: 0)
    expectations.expect("INT in 32-bit code", interrupt(gate(privilege: 3), as: .user32), returns: 1)
    expectations.expect("RSP", gateRecord()[1], is: bench.exceptionStackTop - 40)
  }

  private func interruptStack(_ expectations: inout Expectations) {
    let stack = UnsafeMutableRawPointer.allocate(byteCount: 8192, alignment: 16)
    defer { stack.deallocate() }
    // IST3 of the current task state; Bedrock uses the first two.
    let descriptor = bench.segments[.taskState].rawValue
    let base = descriptor >> 16 & 0xFF_FFFF | descriptor >> 32 & 0xFF00_0000
    let top = UInt64(UInt(bitPattern: stack)) + 8192 - 8
    UnsafeMutableRawPointer(bitPattern: UInt(base))?.storeBytes(of: top, toByteOffset: 0x34, as: UInt64.self)
    expectations.expect("INT", interrupt(gate(stack: 3)), returns: 1)
    expectations.expect("RSP", gateRecord()[1], is: (top & ~15) - 40)
    expectations.expect("INT at level 3", interrupt(gate(privilege: 3, stack: 3), as: .user64), returns: 1)
    expectations.expect("RSP", gateRecord()[1], is: (top & ~15) - 40)
  }

  private func privilege(_ expectations: inout Expectations) {
    expectations.expect("DPL 3 at level 3", interrupt(gate(privilege: 3), as: .user64), returns: 1)
    // Bedrock's gates have DPL 0.
    let outcome = bench.execute([0xCC], as: .user64)
    expectations.expect(outcome.exception?.vector == .generalProtection, "INT3 was permitted")
  }

  private func refusedGates(_ expectations: inout Expectations) {
    let code = UInt64(Self.vector) << 3 | Self.inTable
    for type in [Self.taskGate, Self.callGate, 0x6, 0x7, 0xF & 0x9, 0x0] as [UInt64] {
      expectations.expect("type", interrupt(gate(type: type)), raises: .generalProtection, errorCode: code)
    }
    expectations.expect(
      "absent", interrupt(gate(isPresent: false)), raises: .segmentNotPresent, errorCode: code,
      at: address(of: interrupt51))
    expectations.expect(
      "DPL 0 at level 3", interrupt(gate(), as: .user64), raises: .generalProtection, errorCode: code)
    expectations.expect(
      "absent, DPL 0 at level 3", interrupt(gate(isPresent: false), as: .user64), raises: .generalProtection,
      errorCode: code)
    let beyond = DescriptorTable.withInterruptTable(limit: UInt16(Self.vector) * 16 + 14) { _ in
      bench.run(interrupt51, as: .kernel64)
    }
    expectations.expect("beyond the limit", beyond, raises: .generalProtection, errorCode: code)
  }

  private func refusedTargets(_ expectations: inout Expectations) {
    let refuse = {
      (expectations: inout Expectations, what: StaticString, selector: Selector, vector: ExceptionVector) in
      expectations.expect(
        what, interrupt(gate(selector)), raises: vector, errorCode: selector.rawValue64 & ~3)
    }
    refuse(&expectations, "null", .null, .generalProtection)
    refuse(&expectations, "data", .kernelData, .generalProtection)
    refuse(&expectations, "32-bit code", .kernelCode32, .generalProtection)
    refuse(&expectations, "code of DPL 3", .userCode, .generalProtection)
    refuse(&expectations, "beyond the limit", Selector(rawValue: 0x800), .generalProtection)
    bench.segments[.scratch] = Descriptor(type: Descriptor.code, isPresent: false, flags: Descriptor.longCode)
    refuse(&expectations, "absent", .scratch, .segmentNotPresent)
    expectations.expect(
      "address not canonical", interrupt(gate(), high: 0x8000), raises: .generalProtection)
  }

  /// Makes the gate of an exception absent and raises it.
  private func withAbsentGate(_ vector: ExceptionVector, _ body: () -> ProbeOutcome) -> ProbeOutcome {
    DescriptorTable.withInterruptTable { table in
      table[Int(vector.rawValue) * 2] &= ~(1 << 47)
      return body()
    }
  }

  private func externalEvents(_ expectations: inout Expectations) {
    let outcome = withAbsentGate(.invalidOpcode) { Processor.current.probe(probeUndefined) }
    let code = UInt64(ExceptionVector.invalidOpcode.rawValue) << 3 | Self.inTable | Self.external
    expectations.expect(
      "#UD", outcome, raises: .segmentNotPresent, errorCode: code, at: address(of: probeUndefined))
    let breakpoint = withAbsentGate(.breakpoint) { Processor.current.probe(probeBreakpoint) }
    expectations.expect(
      "INT3", breakpoint, raises: .segmentNotPresent,
      errorCode: UInt64(ExceptionVector.breakpoint.rawValue) << 3 | Self.inTable,
      at: address(of: probeBreakpoint))
  }

  private func doubleFaults(_ expectations: inout Expectations) {
    let nonCanonical: UInt64 = 1 << 63
    let absent: UInt64 = 3 << 39
    expectations.expect(
      "#DE, then #NP", withAbsentGate(.divideError) { Processor.current.probe(probeDivideByZero) },
      raises: .doubleFault)
    expectations.expect(
      "#GP, then #NP",
      withAbsentGate(.generalProtection) { Processor.current.probe(probeRead, nonCanonical) },
      raises: .doubleFault)
    expectations.expect(
      "#PF, then #NP", withAbsentGate(.pageFault) { Processor.current.probe(probeRead, absent) },
      raises: .doubleFault)
    // The page fault's address stays although another exception is told.
    let lost = Processor.current.probe(probeLoseStack, absent + 0x800)
    expectations.expect("#PF, then #PF", lost, raises: .doubleFault)
    expectations.expect("CR2 is in the page", (lost.exception?.faultAddress ?? 0) & ~0xFFF, is: absent)
  }
}
