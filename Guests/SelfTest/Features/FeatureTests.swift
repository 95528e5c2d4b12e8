import Bedrock

/// What CPUID offers works, and what it does not offer raises #UD: AMD64 APM volume 3, appendix D and E.
struct FeatureTests {
  private struct Feature {
    let feature: ProcessorFeature
    let name: StaticString
    /// One instruction of it, which works on any registers.
    let code: [UInt8]

    init(
      _ name: StaticString, _ leaf: UInt32, _ register: IdentificationRegister, _ bit: UInt32,
      _ code: UInt8...
    ) {
      feature = ProcessorFeature(name, leaf, register, bit)
      self.name = name
      self.code = code
    }
  }

  private static let features = [
    Feature("CMOV", 1, .edx, 15, 0x0F, 0x44, 0xC0), Feature("CMPXCHG8B", 1, .edx, 8, 0x0F, 0xC7, 0x0F),
    Feature("CLFLUSH", 1, .edx, 19, 0x0F, 0xAE, 0x3F),
    Feature("SSE3, ADDSUBPD", 1, .ecx, 0, 0x66, 0x0F, 0xD0, 0xC0),
    Feature("PCLMULQDQ", 1, .ecx, 1, 0x66, 0x0F, 0x3A, 0x44, 0xC0, 0),
    Feature("SSSE3, PSHUFB", 1, .ecx, 9, 0x66, 0x0F, 0x38, 0x00, 0xC0),
    Feature("CMPXCHG16B", 1, .ecx, 13, 0x48, 0x0F, 0xC7, 0x0F),
    Feature("SSE4.1, PTEST", 1, .ecx, 19, 0x66, 0x0F, 0x38, 0x17, 0xC0),
    Feature("SSE4.2, PCMPGTQ", 1, .ecx, 20, 0x66, 0x0F, 0x38, 0x37, 0xC0),
    Feature("SSE4.2, CRC32", 1, .ecx, 20, 0xF2, 0x0F, 0x38, 0xF0, 0xC0),
    Feature("MOVBE", 1, .ecx, 22, 0x0F, 0x38, 0xF0, 0x07),
    Feature("POPCNT", 1, .ecx, 23, 0xF3, 0x0F, 0xB8, 0xC0),
    Feature("AES", 1, .ecx, 25, 0x66, 0x0F, 0x38, 0xDC, 0xC0),
    Feature("RDRAND", 1, .ecx, 30, 0x0F, 0xC7, 0xF0),
    Feature("RDSEED", 7, .ebx, 18, 0x0F, 0xC7, 0xF8),
    Feature("ADX, ADCX", 7, .ebx, 19, 0x66, 0x0F, 0x38, 0xF6, 0xC0),
    Feature("CLFLUSHOPT", 7, .ebx, 23, 0x66, 0x0F, 0xAE, 0x3F),
    Feature("CLWB", 7, .ebx, 24, 0x66, 0x0F, 0xAE, 0x37),
    Feature("SHA, SHA1NEXTE", 7, .ebx, 29, 0x0F, 0x38, 0xC8, 0xC0),
    Feature("RDPID", 7, .ecx, 22, 0xF3, 0x0F, 0xC7, 0xF8),
    Feature("RDTSCP", 0x8000_0001, .edx, 27, 0x0F, 0x01, 0xF9), Feature("LAHF", 0x8000_0001, .ecx, 0, 0x9F),
    Feature("SSE4A, EXTRQ", 0x8000_0001, .ecx, 6, 0x66, 0x0F, 0x79, 0xC0),
  ]

  /// RDFSBASE RAX
  private static let readFS: [UInt8] = [0xF3, 0x48, 0x0F, 0xAE, 0xC0]
  /// WRFSBASE RDI
  private static let writeFS: [UInt8] = [0xF3, 0x48, 0x0F, 0xAE, 0xD7]

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = FeatureTests(bench: bench)
    list.test("instructions that CPUID offers work") { tests.instructions(areOffered: true, &$0) }
    list.strictTest("#UD for instructions that CPUID does not offer", "APM 3, appendix D") {
      tests.instructions(areOffered: false, &$0)
    }
    list.strictTest("AVX: #UD while it is not switched on", "APM 4, 1.2.5") { expectations in
      // VXORPS XMM0, XMM0, XMM0: XCR0 has not been told of it.
      expectations.expect("VXORPS", bench.execute([0xC5, 0xF8, 0x57, 0xC0]), raises: .invalidOpcode)
    }
    list.test("NX: EFER.NXE can be set exactly if it is offered") { expectations in
      let hasNoExecute = ProcessorIdentification().has(.noExecute)
      expectations.expect(
        ExtendedFeatures.current.contains(.noExecuteEnable) == hasNoExecute, "it is otherwise")
    }
    if ProcessorIdentification().has(ProcessorFeature("fsgsbase", 7, .ebx, 0)) {
      list.test("FSGSBASE: #UD while its bit in CR4 is clear, at every level", tests.segmentBases)
      list.strictTest("FSGSBASE: #GP for bases that are not canonical", "APM 3, WRFSBASE") {
        ControlRegister4.current.insert(.segmentBaseInstructions)
        $0.expect("WRFSBASE", bench.execute(Self.writeFS, as: .kernel64, 1 << 47), raises: .generalProtection)
        ControlRegister4.current.remove(.segmentBaseInstructions)
      }
    } else {
      list.skip("FSGSBASE", because: "the processor does not have it")
    }
    list.test("CPUID: leaves beyond the highest, and reserved subleaves, do not trap") { expectations in
      for leaf in [0x7FFF_FFFF, 0x8000_FFFF, 0x4000_0100, 0xFFFF_FFFF] as [UInt32] {
        _ = IdentificationLeaf(leaf)
      }
      let identification = ProcessorIdentification()
      expectations.expect(identification.highestLeaf >= 1, "there is no leaf 1")
      let apic = IdentificationLeaf(1).ebx >> 24
      expectations.expect("APIC identifier", UInt64(apic), is: UInt64(Processor.current.apicIdentifier))
    }
  }

  private func instructions(areOffered: Bool, _ expectations: inout Expectations) {
    let identification = ProcessorIdentification()
    // Operands in memory: 64 bytes at [RDI].
    let memory = bench.codeBuffer.address(for: .kernel64) + 4096
    for feature in Self.features where identification.has(feature.feature) == areOffered {
      // PUSH RBX; the instruction; POP RBX
      let outcome = bench.execute([0x53] + feature.code + [0x5B], as: .kernel64, memory)
      if areOffered {
        expectations.expectReturn(feature.name, outcome)
      } else {
        expectations.expect(feature.name, outcome, raises: .invalidOpcode)
      }
    }
  }

  private func segmentBases(_ expectations: inout Expectations) {
    expectations.expect("RDFSBASE", bench.execute(Self.readFS), raises: .invalidOpcode)
    ControlRegister4.current.insert(.segmentBaseInstructions)
    for program in [Program.kernel64, .user64] {
      let value: UInt64 = 0x1234_5678_9000
      expectations.expect(
        "bases", bench.execute(Self.writeFS + Self.readFS, as: program, value), returns: value)
    }
    expectations.expect(
      "in 32-bit code", bench.execute([0xF3, 0x0F, 0xAE, 0xC0], as: .user32), raises: .invalidOpcode)
    ControlRegister4.current.remove(.segmentBaseInstructions)
    ModelSpecificRegister.fsBase.write(0)
  }
}
