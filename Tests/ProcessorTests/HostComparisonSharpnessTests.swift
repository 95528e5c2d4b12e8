import Testing

/// The comparison itself: a single wrong bit is a difference.
struct HostComparisonSharpnessTests {
  private typealias Flags = HostComparisonUndefinedFlags

  private static let bits = [
    Flags.carry, Flags.parity, Flags.auxiliary, Flags.zero, Flags.sign, Flags.overflow,
  ]

  @Test func aSingleWrongFlagIsReportedUnlessTheManualLeavesItUndefined() {
    let expected = HostComparisonOutcome()
    #expect(expected.difference(from: expected, ignoring: 0) == nil)
    for flag in Self.bits {
      var wrong = expected
      wrong.flags ^= flag
      #expect(wrong.difference(from: expected, ignoring: 0) != nil)
      #expect(wrong.difference(from: expected, ignoring: Flags.after("adc", width: 4, count: 0)) != nil)
      #expect(wrong.difference(from: expected, ignoring: flag) == nil)
      #expect(wrong.difference(from: expected, ignoring: Flags.status & ~flag) != nil)
    }
  }

  @Test func aSingleWrongBitOfARegisterIsReported() {
    let expected = HostComparisonOutcome()
    for register in 0..<16 {
      var wrong = expected
      wrong.general[register] ^= 1 << UInt64(register * 4)
      #expect(wrong.difference(from: expected, ignoring: Flags.status) != nil)
    }
  }
}
