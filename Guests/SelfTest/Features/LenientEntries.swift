import Bedrock

@_extern(c, "selftest_lenient_6") private func lenientUndefined(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lenient_7") private func lenientUnavailable(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lenient_prepare") private func prepare(_ cr0: UInt64, _ cr4: UInt64)

extension TestBench {
  /// Runs `body`, in which a routine may withhold floating-point instructions: #UD and #NM find CR0 and CR4
  /// as they are now.
  func withLenientEntry<Result>(_ body: () -> Result) -> Result {
    prepare(ControlRegister0.current.rawValue, ControlRegister4.current.rawValue)
    return DescriptorTable.withInterruptTable { table in
      for (vector, entry) in [(6, lenientUndefined), (7, lenientUnavailable)] as [(Int, ProbeRoutine)] {
        let target = address(of: entry)
        let others: UInt64 = 0x0000_FFFF_FFFF_0000
        table[vector * 2] = table[vector * 2] & others | target & 0xFFFF | (target >> 16 & 0xFFFF) << 48
      }
      return body()
    }
  }
}
