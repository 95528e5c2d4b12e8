import Bedrock

/// When floating-point instructions are refused, and what saves their state: AMD64 APM volume 2, sections 3.1.1
/// and 11.5.
struct FloatingPointStateTests {
  private static let fld1: [UInt8] = [0xD9, 0xE8]
  private static let fwait: [UInt8] = [0x9B]
  private static let emms: [UInt8] = [0x0F, 0x77]
  private static let xorps: [UInt8] = [0x0F, 0x57, 0xC0]
  private static let pxorMMX: [UInt8] = [0x0F, 0xEF, 0xC0]
  private static let fxsave: [UInt8] = [0x0F, 0xAE, 0x07]
  private static let fninit: [UInt8] = [0xDB, 0xE3]

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = FloatingPointStateTests(bench: bench)
    list.test("#NM with CR0.TS for x87, MMX and SSE instructions", tests.taskSwitched)
    list.strictTest("#NM with CR0.TS for EMMS", "APM 5, EMMS") {
      $0.expect("EMMS", tests.execute(Self.emms, with: .taskSwitched), raises: .deviceNotAvailable)
    }
    list.test("#NM for FWAIT with CR0.TS and MP only") { tests.wait(&$0) }
    list.test("CR0.EM: #NM for x87, #UD for MMX and SSE") { tests.emulation(&$0) }
    list.test("#UD for SSE while CR4.OSFXSR is clear") { tests.withoutFastSave(&$0) }
    list.strictTest("#UD instead of #XF while CR4.OSXMMEXCPT is clear", "APM 2, 8.2.7") {
      ControlRegister4.current.remove(.unmaskedSSEExceptions)
      let outcome = tests.divideUnmasked()
      ControlRegister4.current.insert(.unmaskedSSEExceptions)
      $0.expect("DIVSS", outcome, raises: .invalidOpcode)
      $0.expect("DIVSS", tests.divideUnmasked(), raises: .simdFloatingPoint)
    }
    list.strictTest("#GP for reserved bits of MXCSR", "APM 4, LDMXCSR", tests.reservedControl)
    list.test("#GP for FXSAVE to addresses that are not aligned") {
      $0.expect(
        "FXSAVE", bench.execute(Self.fxsave, as: .kernel64, tests.area + 8), raises: .generalProtection)
    }
    list.test("FXSAVE and FXRSTOR keep registers and control words") { tests.saveAndRestore(&$0) }
    if ProcessorIdentification().has(ProcessorFeature("xsave", 1, .ecx, 26)) {
      list.test("XSAVE: #UD while CR4.OSXSAVE is clear, CPUID tells that bit") {
        tests.extendedSaveDisabled(&$0)
      }
      list.strictTest("XSETBV: #GP for what is not offered, at level 3 and without x87", "APM 4, XSETBV") {
        tests.extendedControl(&$0)
      }
      list.test("XSAVE and XRSTOR: header, and components that are not asked for") { tests.extendedSave(&$0) }
      list.strictTest("XRSTOR: #GP for headers that are not in order", "APM 4, XRSTOR") { tests.headers(&$0) }
    } else {
      list.test("#UD for XSAVE and XGETBV where they are not offered") { expectations in
        expectations.expect("XGETBV", bench.execute([0x0F, 0x01, 0xD0]), raises: .invalidOpcode)
        expectations.expect(
          "XSAVE", bench.execute([0x0F, 0xAE, 0x27], as: .kernel64, tests.area), raises: .invalidOpcode)
      }
    }
  }

  /// 64-byte aligned memory for saved state, 1 KiB.
  private var area: UInt64 { bench.codeBuffer.address(for: .kernel64) + 4096 }

  private var areaPointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bench.codeBuffer.start) + 4096 }

  /// Runs machine code with bits of CR0 set, and others clear.
  private func execute(_ code: [UInt8], with bits: ControlRegister0, without others: ControlRegister0 = [])
    -> ProbeOutcome
  {
    // The compiler's code uses SSE: the routine itself sets the bits and puts them back.
    let before = ControlRegister0.current
    let value = before.union(bits).subtracting(others).rawValue
    // MOV CR0, RDI; the code; MOV CR0, RSI
    let prologue: [UInt8] = [0x0F, 0x22, 0xC7]
    let epilogue: [UInt8] = [0x0F, 0x22, 0xC6]
    return bench.withLenientEntry {
      bench.execute(prologue + code + epilogue, as: .kernel64, value, before.rawValue)
    }
  }

  private func taskSwitched(_ expectations: inout Expectations) {
    for (name, code) in [
      ("FLD1", Self.fld1), ("XORPS", Self.xorps), ("PXOR", Self.pxorMMX),
    ] as [(StaticString, [UInt8])] {
      expectations.expect(name, execute(code, with: .taskSwitched), raises: .deviceNotAvailable)
    }
    expectations.expect(
      "FNINIT", execute(Self.fninit, with: .taskSwitched), raises: .deviceNotAvailable)
    // CLTS; XORPS
    expectations.expectReturn(
      "after CLTS", execute([0x0F, 0x06] + Self.xorps, with: .taskSwitched))
  }

  private func wait(_ expectations: inout Expectations) {
    expectations.expect(
      "TS and MP", execute(Self.fwait, with: [.taskSwitched, .monitorCoprocessor]),
      raises: .deviceNotAvailable)
    expectations.expectReturn(
      "TS alone", execute(Self.fwait, with: .taskSwitched, without: .monitorCoprocessor))
    expectations.expectReturn("MP alone", execute(Self.fwait, with: .monitorCoprocessor))
  }

  private func emulation(_ expectations: inout Expectations) {
    expectations.expect("FLD1", execute(Self.fld1, with: .emulation), raises: .deviceNotAvailable)
    expectations.expect("XORPS", execute(Self.xorps, with: .emulation), raises: .invalidOpcode)
    expectations.expect("PXOR", execute(Self.pxorMMX, with: .emulation), raises: .invalidOpcode)
    expectations.expectReturn("FWAIT", execute(Self.fwait, with: .emulation))
  }

  private func withoutFastSave(_ expectations: inout Expectations) {
    let before = ControlRegister4.current
    let value = before.subtracting(.fastSaveRestore).rawValue
    // MOV CR4, RDI; XORPS; MOV CR4, RSI
    let outcome = bench.withLenientEntry {
      bench.execute(
        [0x0F, 0x22, 0xE7] + Self.xorps + [0x0F, 0x22, 0xE6], as: .kernel64, value, before.rawValue)
    }
    expectations.expect("XORPS", outcome, raises: .invalidOpcode)
  }

  /// Divides 1 by 0 with that exception unmasked.
  private func divideUnmasked() -> ProbeOutcome {
    areaPointer.storeBytes(of: 0x1D80, as: UInt32.self)
    areaPointer.storeBytes(of: 1, toByteOffset: 4, as: Float.self)
    areaPointer.storeBytes(of: 0, toByteOffset: 8, as: Float.self)
    areaPointer.storeBytes(of: 0x1F80, toByteOffset: 12, as: UInt32.self)
    // LDMXCSR [RDI]; MOVSS XMM0, [RDI + 4]; DIVSS XMM0, [RDI + 8]
    let outcome = bench.execute(
      [0x0F, 0xAE, 0x17, 0xF3, 0x0F, 0x10, 0x47, 0x04, 0xF3, 0x0F, 0x5E, 0x47, 0x08], as: .kernel64, area)
    _ = bench.execute([0x0F, 0xAE, 0x57, 0x0C], as: .kernel64, area)
    return outcome
  }

  private func reservedControl(_ expectations: inout Expectations) {
    areaPointer.storeBytes(of: 0x1_1F80, as: UInt32.self)
    expectations.expect(
      "LDMXCSR", bench.execute([0x0F, 0xAE, 0x17], as: .kernel64, area), raises: .generalProtection)
    expectations.expectReturn("FXSAVE", bench.execute(Self.fxsave, as: .kernel64, area))
    areaPointer.storeBytes(of: 0x1_1F80, toByteOffset: 24, as: UInt32.self)
    expectations.expect(
      "FXRSTOR", bench.execute([0x0F, 0xAE, 0x0F], as: .kernel64, area), raises: .generalProtection)
  }

  private func saveAndRestore(_ expectations: inout Expectations) {
    // FNINIT; FLD1; FLDPI; FXSAVE [RDI]; FNINIT; FXRSTOR [RDI]; FNSTSW AX; FNINIT
    let outcome = bench.execute(
      Self.fninit + Self.fld1 + [0xD9, 0xEB] + Self.fxsave + Self.fninit + [
        0x0F, 0xAE, 0x0F, 0x31, 0xC0, 0xDF, 0xE0,
      ]
        + Self.fninit, as: .kernel64, area)
    // TOP is 6.
    expectations.expect("status word", outcome, returns: 6 << 11)
    expectations.expect("control word", UInt64(areaPointer.load(as: UInt16.self)), is: 0x37F)
    expectations.expect("tags", UInt64(areaPointer.load(fromByteOffset: 4, as: UInt8.self)), is: 0xC0)
    let significand = areaPointer.load(fromByteOffset: 32, as: UInt64.self)
    expectations.expect("significand of pi", significand, is: 0xC90F_DAA2_2168_C235)
  }

  // MARK: - XSAVE

  private static let xgetbv: [UInt8] = [0x31, 0xC9, 0x0F, 0x01, 0xD0]
  /// MOV EAX, EDI; XOR EDX, EDX; XOR ECX, ECX; XSETBV
  private static let xsetbv: [UInt8] = [0x89, 0xF8, 0x31, 0xD2, 0x31, 0xC9, 0x0F, 0x01, 0xD1]
  /// MOV EAX, ESI; XOR EDX, EDX; XSAVE [RDI], or XRSTOR [RDI]
  private static let xsave: [UInt8] = [0x89, 0xF0, 0x31, 0xD2, 0x0F, 0xAE, 0x27]
  private static let xrstor: [UInt8] = [0x89, 0xF0, 0x31, 0xD2, 0x0F, 0xAE, 0x2F]

  private func withExtendedSave(_ body: () -> Void) {
    ControlRegister4.current.insert(.extendedSave)
    body()
    ControlRegister4.current.remove(.extendedSave)
  }

  private func extendedSaveDisabled(_ expectations: inout Expectations) {
    let told = ProcessorFeature("osxsave", 1, .ecx, 27)
    expectations.expect("XGETBV", bench.execute(Self.xgetbv), raises: .invalidOpcode)
    expectations.expect("XSAVE", bench.execute(Self.xsave, as: .kernel64, area, 3), raises: .invalidOpcode)
    expectations.expect(!ProcessorIdentification().has(told), "CPUID tells OSXSAVE")
    withExtendedSave {
      expectations.expect("XCR0", bench.execute(Self.xgetbv), returns: 1)
      expectations.expect(ProcessorIdentification().has(told), "CPUID does not tell OSXSAVE")
    }
  }

  private func extendedControl(_ expectations: inout Expectations) {
    withExtendedSave {
      expectations.expectReturn("x87 and SSE", bench.execute(Self.xsetbv, as: .kernel64, 3))
      expectations.expect("XCR0", bench.execute(Self.xgetbv), returns: 3)
      expectations.expect(
        "without x87", bench.execute(Self.xsetbv, as: .kernel64, 2), raises: .generalProtection)
      let offered = UInt64(IdentificationLeaf(0xD).eax)
      let absent = (2...30 as ClosedRange<UInt64>).first { offered >> $0 & 1 == 0 } ?? 31
      expectations.expect(
        "a component that is not offered", bench.execute(Self.xsetbv, as: .kernel64, 3 | 1 << absent),
        raises: .generalProtection)
      expectations.expect(
        "at level 3", bench.execute(Self.xsetbv, as: .user64, 3), raises: .generalProtection)
      expectations.expect(
        "XCR1", bench.execute([0xB9, 2, 0, 0, 0, 0x0F, 0x01, 0xD0]), raises: .generalProtection)
      _ = bench.execute(Self.xsetbv, as: .kernel64, 1)
    }
  }

  private func clearArea() { areaPointer.initializeMemory(as: UInt8.self, repeating: 0, count: 1024) }

  private func extendedSave(_ expectations: inout Expectations) {
    withExtendedSave {
      _ = bench.execute(Self.xsetbv, as: .kernel64, 3)
      clearArea()
      areaPointer.storeBytes(of: 0x5A5A, toByteOffset: 0, as: UInt16.self)
      // PCMPEQD XMM1, XMM1, and only SSE saved.
      expectations.expectReturn(
        "XSAVE", bench.execute([0x66, 0x0F, 0x76, 0xC9] + Self.xsave, as: .kernel64, area, 2))
      expectations.expect("x87's place", UInt64(areaPointer.load(as: UInt16.self)), is: 0x5A5A)
      expectations.expect(
        "components in the header", areaPointer.load(fromByteOffset: 512, as: UInt64.self) & 3, is: 2)
      expectations.expect("XMM1", areaPointer.load(fromByteOffset: 176, as: UInt64.self), is: .max)
      // A component that the header does not have comes back as it is after a reset: XRSTOR; MOVQ RAX, XMM1.
      areaPointer.storeBytes(of: 0, toByteOffset: 512, as: UInt64.self)
      expectations.expect(
        "XMM1 after XRSTOR",
        bench.execute(Self.xrstor + [0x66, 0x48, 0x0F, 0x7E, 0xC8], as: .kernel64, area, 2),
        returns: 0)
      expectations.expect(
        "odd address", bench.execute(Self.xsave, as: .kernel64, area + 16, 3), raises: .generalProtection)
      _ = bench.execute(Self.xsetbv, as: .kernel64, 1)
    }
  }

  private func headers(_ expectations: inout Expectations) {
    withExtendedSave {
      _ = bench.execute(Self.xsetbv, as: .kernel64, 3)
      for (what, offset, value) in [
        ("a component that is not enabled", 512, 1 << 2), ("reserved bytes", 520, 1),
        ("reserved bytes", 528, 1),
      ] as [(StaticString, Int, UInt64)] {
        clearArea()
        areaPointer.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
        expectations.expect(
          what, bench.execute(Self.xrstor, as: .kernel64, area, 3), raises: .generalProtection)
      }
      clearArea()
      areaPointer.storeBytes(of: 2, toByteOffset: 512, as: UInt64.self)
      areaPointer.storeBytes(of: 0x1_0000, toByteOffset: 24, as: UInt32.self)
      expectations.expect(
        "MXCSR", bench.execute(Self.xrstor, as: .kernel64, area, 3), raises: .generalProtection)
      _ = bench.execute(Self.xsetbv, as: .kernel64, 1)
    }
  }
}
