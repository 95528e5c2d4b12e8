import Bedrock
import Interfaces

@_extern(c, "selftest_write_cr8") private func writeCR8(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_read_cr8") private func readCR8(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lmsw") private func loadStatusWord(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_smsw") private func storeStatusWord(_: UInt64, _: UInt64) -> UInt64

/// What the control registers take: AMD64 APM volume 2, sections 3.1 and 3.1.7.
struct ControlRegisterTests {
  private static let high: UInt64 = 1 << 32

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = ControlRegisterTests(bench: bench)
    list.test("CR0: ET cannot be cleared", tests.fixedBits)
    list.strictTest("#GP for illegal combinations in CR0", "APM 2, 3.1.1", tests.illegalCR0)
    list.strictTest("#GP for CR4.PAE cleared in long mode", "APM 2, 14.6.2") {
      let value = ControlRegister4.current.subtracting(.physicalAddressExtension).rawValue
      $0.expect("CR4", Processor.current.probe(probeWriteCR4, value), raises: .generalProtection)
    }
    list.strictTest("#GP for reserved bits of CR4", "APM 2, 3.1.3", tests.reservedCR4)
    list.test("CR4 bits of features that are offered") { tests.features(areOffered: true, &$0) }
    list.strictTest("#GP for CR4 bits of features that are not offered", "APM 2, 3.1.3") {
      tests.features(areOffered: false, &$0)
    }
    list.test("CR8 is the task priority, and #GP for its reserved bits", tests.taskPriority)
    list.strictTest("#GP for EFER: LMA, LME and reserved bits", "APM 2, 3.1.7", tests.extendedFeatures)
    list.test("LMSW sets PE, MP, EM and TS, and cannot clear PE", tests.statusWord)
    list.test("#GP at privilege level 3 for moves of control and debug registers", tests.privilege)
    list.test("CR4.UMIP keeps SGDT, SIDT, SLDT, STR and SMSW from level 3", tests.userModeInstructions)
    list.test("CR4.TSD keeps RDTSC from level 3", tests.timeStampDisable)
  }

  private func expectRefusal(
    _ expectations: inout Expectations, _ what: StaticString, _ routine: ProbeRoutine, _ value: UInt64
  ) {
    expectations.expect(what, Processor.current.probe(routine, value), raises: .generalProtection)
  }

  private func fixedBits(_ expectations: inout Expectations) {
    let value = ControlRegister0.current
    ControlRegister0.current = value.subtracting(.extensionType)
    expectations.expect("CR0", ControlRegister0.current.rawValue, is: value.rawValue)
  }

  private func illegalCR0(_ expectations: inout Expectations) {
    let value = ControlRegister0.current
    expectRefusal(&expectations, "PG without PE", probeWriteCR0, value.subtracting(.protectedMode).rawValue)
    expectRefusal(
      &expectations, "NW without CD", probeWriteCR0, value.union(.notWriteThrough).rawValue)
    expectRefusal(&expectations, "bit 32", probeWriteCR0, value.rawValue | Self.high)
    expectRefusal(
      &expectations, "PG cleared in 64-bit mode", probeWriteCR0, value.subtracting(.paging).rawValue)
    expectations.expect("CR0", ControlRegister0.current.rawValue, is: value.rawValue)
  }

  private func reservedCR4(_ expectations: inout Expectations) {
    let value = ControlRegister4.current.rawValue
    for bit in [15, 19, 31, 32, 63] as [UInt64] {
      expectations.expect(
        "reserved bit", Processor.current.probe(probeWriteCR4, value | 1 << bit), raises: .generalProtection)
    }
  }

  private func features(areOffered: Bool, _ expectations: inout Expectations) {
    let identification = ProcessorIdentification()
    let features: [(ControlRegister4, ProcessorFeature)] = [
      (.segmentBaseInstructions, ProcessorFeature("fsgsbase", 7, .ebx, 0)),
      (.processContextIdentifiers, ProcessorFeature("pcid", 1, .ecx, 17)),
      (.extendedSave, ProcessorFeature("xsave", 1, .ecx, 26)),
      (.supervisorExecutionPrevention, .supervisorExecutionPrevention),
      (.supervisorAccessPrevention, .supervisorAccessPrevention),
      (.userModeInstructionPrevention, ProcessorFeature("umip", 7, .ecx, 2)),
      (.globalPages, ProcessorFeature("pge", 1, .edx, 13)),
    ]
    let before = ControlRegister4.current
    for (bit, feature) in features where identification.has(feature) == areOffered {
      let outcome = Processor.current.probe(probeWriteCR4, before.union(bit).rawValue)
      if areOffered {
        expectations.expectReturn(feature.name, outcome)
        expectations.expect(feature.name, ControlRegister4.current.rawValue, is: before.union(bit).rawValue)
      } else {
        expectations.expect(feature.name, outcome, raises: .generalProtection)
      }
      ControlRegister4.current = before
    }
  }

  private func taskPriority(_ expectations: inout Expectations) {
    expectations.expectReturn("CR8 = 5", Processor.current.probe(writeCR8, 5))
    expectations.expect("CR8", Processor.current.probe(readCR8), returns: 5)
    expectations.expect("TPR", UInt64(LocalAPIC.current[.taskPriority]), is: 0x50)
    LocalAPIC.current[.taskPriority] = 0x9F
    expectations.expect("CR8 after TPR = 9Fh", Processor.current.probe(readCR8), returns: 9)
    expectations.expectReturn("CR8 = 0", Processor.current.probe(writeCR8, 0))
  }

  private func extendedFeatures(_ expectations: inout Expectations) {
    let register = ModelSpecificRegister.extendedFeatures
    let value = ExtendedFeatures.current
    expectations.expect(
      "LME cleared", register.probe(writing: value.subtracting(.longModeEnable).rawValue),
      raises: .generalProtection)
    for bit in [1, 9, 16, 32, 63] as [UInt64] {
      expectations.expect(
        "reserved bit", register.probe(writing: value.rawValue | 1 << bit), raises: .generalProtection)
    }
    // LMA is read-only: what is written there does not matter.
    expectations.expectReturn("LMA", register.probe(writing: value.subtracting(.longModeActive).rawValue))
    expectations.expect("EFER", ExtendedFeatures.current.rawValue, is: value.rawValue)
  }

  private func statusWord(_ expectations: inout Expectations) {
    let before = ControlRegister0.current
    expectations.expectReturn("LMSW", Processor.current.probe(loadStatusWord, 0xFFFF_FFFF & ~0x2))
    let after = ControlRegister0.current
    ControlRegister0.current = before
    expectations.expect(
      "CR0", after.rawValue,
      is: before.union([.emulation, .taskSwitched]).subtracting(.monitorCoprocessor).rawValue)
    expectations.expectReturn("LMSW of 0", Processor.current.probe(loadStatusWord, 0))
    let cleared = ControlRegister0.current
    ControlRegister0.current = before
    expectations.expect(cleared.contains(.protectedMode), "PE was cleared")
    expectations.expect(
      "SMSW", Processor.current.probe(storeStatusWord), returns: before.rawValue & 0xFFFF)
  }

  private func privilege(_ expectations: inout Expectations) {
    let codes: [(StaticString, [UInt8])] = [
      ("MOV RAX, CR0", [0x0F, 0x20, 0xC0]), ("MOV CR3, RAX", [0x0F, 0x22, 0xD8]),
      ("MOV RAX, CR8", [0x44, 0x0F, 0x20, 0xC0]), ("MOV RAX, DR7", [0x0F, 0x21, 0xF8]),
      ("MOV DR0, RAX", [0x0F, 0x23, 0xC0]), ("LMSW AX", [0x0F, 0x01, 0xF0]), ("CLTS", [0x0F, 0x06]),
      ("INVLPG [RDI]", [0x0F, 0x01, 0x3F]), ("WBINVD", [0x0F, 0x09]), ("INVD", [0x0F, 0x08]),
      ("RDMSR", [0x0F, 0x32]), ("WRMSR", [0x0F, 0x30]), ("LGDT [RDI]", [0x0F, 0x01, 0x17]),
      ("LIDT [RDI]", [0x0F, 0x01, 0x1F]), ("SWAPGS", [0x0F, 0x01, 0xF8]), ("LLDT AX", [0x0F, 0x00, 0xD0]),
      ("LTR AX", [0x0F, 0x00, 0xD8]), ("STI", [0xFB]), ("OUT DX, AL", [0xEE]), ("HLT", [0xF4]),
    ]
    let buffer = bench.codeBuffer.address(for: .user64)
    for (name, code) in codes {
      expectations.expect(
        name, bench.execute(code, as: .user64, buffer + 64), raises: .generalProtection, at: buffer)
    }
  }

  private func userModeInstructions(_ expectations: inout Expectations) {
    guard ProcessorIdentification().has(ProcessorFeature("umip", 7, .ecx, 2)) else { return }
    let buffer = bench.codeBuffer.address(for: .user64) + 64
    let codes: [(StaticString, [UInt8])] = [
      ("SGDT", [0x0F, 0x01, 0x07]), ("SIDT", [0x0F, 0x01, 0x0F]), ("SLDT", [0x0F, 0x00, 0xC0]),
      ("STR", [0x0F, 0x00, 0xC8]), ("SMSW", [0x0F, 0x01, 0xE0]),
    ]
    for (name, code) in codes {
      expectations.expectReturn(name, bench.execute(code, as: .user64, buffer))
      ControlRegister4.current.insert(.userModeInstructionPrevention)
      expectations.expect(name, bench.execute(code, as: .user64, buffer), raises: .generalProtection)
      expectations.expectReturn(name, bench.execute(code, as: .kernel64, buffer - UserWindow.base))
      ControlRegister4.current.remove(.userModeInstructionPrevention)
    }
  }

  private func timeStampDisable(_ expectations: inout Expectations) {
    let code: [UInt8] = [0x0F, 0x31]
    expectations.expectReturn("RDTSC", bench.execute(code, as: .user64))
    ControlRegister4.current.insert(.timeStampDisable)
    expectations.expect("with TSD", bench.execute(code, as: .user64), raises: .generalProtection)
    expectations.expectReturn("with TSD at level 0", bench.execute(code))
    ControlRegister4.current.remove(.timeStampDisable)
  }
}
