import Bedrock

/// Model-specific registers: what they take. AMD64 APM volume 2, appendix A; volume 3, "WRMSR".
struct ModelSpecificRegisterTests {
  private static let nonCanonical: UInt64 = 1 << 47
  private static let highCanonical: UInt64 = 0xFFFF_8000_0000_0000

  private static let pageAttributeTable = ModelSpecificRegister.pageAttributeTable
  private static let timeStampAuxiliary = ModelSpecificRegister(index: 0xC000_0103)
  private static let timeStampAdjust = ModelSpecificRegister(index: 0x3B)
  private static let timeStampCounter = ModelSpecificRegister(index: 0x10)
  private static let memoryTypeDefault = ModelSpecificRegister(index: 0x2FF)

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = ModelSpecificRegisterTests(bench: bench)
    list.test("bases of FS and GS keep 64 bits", tests.bases)
    list.strictTest("#GP for bases that are not canonical", "APM 3, WRMSR", tests.nonCanonicalBases)
    list.test("PAT keeps its types") { expectations in
      let before = Self.pageAttributeTable.value
      expectations.expectReturn("reversed", Self.pageAttributeTable.probe(writing: 0x0006_0401_0506_0007))
      Self.pageAttributeTable.write(before)
      expectations.expect("before", Self.pageAttributeTable.value, is: before)
    }
    list.strictTest("#GP for types that do not exist in PAT and the default memory type", "APM 2, 7.8.1") {
      let before = Self.pageAttributeTable.value
      $0.expect(
        "PAT 2", Self.pageAttributeTable.probe(writing: before & ~0xFF | 2), raises: .generalProtection)
      $0.expect(
        "PAT 3", Self.pageAttributeTable.probe(writing: before & ~0xFF | 3), raises: .generalProtection)
      $0.expect(
        "PAT 8", Self.pageAttributeTable.probe(writing: before & ~0xFF | 8), raises: .generalProtection)
      let type = Self.memoryTypeDefault.value
      $0.expect(
        "default 2", Self.memoryTypeDefault.probe(writing: type & ~0xFF | 2), raises: .generalProtection)
    }
    list.strictTest("the time-stamp counter can be set", "APM 2, 13.2.4", tests.setCounter)
    if ProcessorIdentification().has(ProcessorFeature("tsc_adjust", 7, .ebx, 1)) {
      list.strictTest(
        "TSC_ADJUST moves the counter, and is moved with it", "SDM 3, 18.17.3", tests.adjustCounter)
    } else {
      list.skip("TSC_ADJUST", because: "the processor does not have it")
    }
    if ProcessorIdentification().has(ProcessorFeature("rdtscp", 0x8000_0001, .edx, 27)) {
      list.test("RDTSCP tells TSC_AUX") { expectations in
        Self.timeStampAuxiliary.write(0x1234_5678)
        // RDTSCP; MOV EAX, ECX
        expectations.expect("ECX", bench.execute([0x0F, 0x01, 0xF9, 0x89, 0xC8]), returns: 0x1234_5678)
        Self.timeStampAuxiliary.write(0)
      }
    }
    list.test("SWAPGS exchanges the bases", tests.swap)
  }

  private func bases(_ expectations: inout Expectations) {
    for value in [0, 0x1234_5678_9ABC, Self.highCanonical, .max] as [UInt64] {
      ModelSpecificRegister.fsBase.write(value)
      expectations.expect("FS", ModelSpecificRegister.fsBase.value, is: value)
      let before = ModelSpecificRegister.kernelGSBase.value
      ModelSpecificRegister.kernelGSBase.write(value)
      expectations.expect("KERNEL_GS", ModelSpecificRegister.kernelGSBase.value, is: value)
      ModelSpecificRegister.kernelGSBase.write(before)
    }
    ModelSpecificRegister.fsBase.write(0)
  }

  private func nonCanonicalBases(_ expectations: inout Expectations) {
    for register in [ModelSpecificRegister.fsBase, .gsBase, .kernelGSBase] {
      let before = register.value
      expectations.expect("base", register.probe(writing: Self.nonCanonical), raises: .generalProtection)
      expectations.expect("afterwards", register.value, is: before)
    }
  }

  private func setCounter(_ expectations: inout Expectations) {
    let far: UInt64 = 1 << 40
    let before = TimeStampCounter.value
    Self.timeStampCounter.write(before + far)
    let after = TimeStampCounter.value
    expectations.expect(after >= before + far && after < before + 2 * far, "the counter is at \(after)")
    Self.timeStampCounter.write(TimeStampCounter.value &- far)
    let back = TimeStampCounter.value
    expectations.expect(back >= before && back < before + far, "the counter is at \(back)")
  }

  private func adjustCounter(_ expectations: inout Expectations) {
    let far: UInt64 = 1 << 40
    let adjustment = Self.timeStampAdjust.value
    let before = TimeStampCounter.value
    Self.timeStampAdjust.write(adjustment &+ far)
    let after = TimeStampCounter.value
    expectations.expect(after >= before + far, "the counter is at \(after)")
    Self.timeStampCounter.write(TimeStampCounter.value &- far)
    let drift = Self.timeStampAdjust.value &- adjustment
    expectations.expect(Int64(bitPattern: drift).magnitude < 1 << 24, "TSC_ADJUST is off by \(drift)")
    Self.timeStampAdjust.write(adjustment)
  }

  private func swap(_ expectations: inout Expectations) {
    let gs = ModelSpecificRegister.gsBase.value
    ModelSpecificRegister.kernelGSBase.write(0x5555_0000)
    // SWAPGS; RDGSBASE is not everywhere, so that the MSR tells. MOV ECX, C0000101h; RDMSR; SWAPGS
    let outcome = bench.execute([
      0x0F, 0x01, 0xF8, 0xB9, 0x01, 0x01, 0x00, 0xC0, 0x0F, 0x32, 0x0F, 0x01, 0xF8,
    ])
    ModelSpecificRegister.kernelGSBase.write(gs)
    // RDMSR leaves the upper half of RAX zero.
    expectations.expect("GS in between", outcome, returns: 0x5555_0000)
    expectations.expect("GS afterwards", ModelSpecificRegister.gsBase.value, is: gs)
  }
}
