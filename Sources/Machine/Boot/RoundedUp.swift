extension UInt64 {
  /// The least multiple of a power of two that is not less than this; `nil` if it overflows.
  func roundedUp(toMultipleOf alignment: UInt64) -> UInt64? {
    let (sum, overflow) = addingReportingOverflow(alignment &- 1)
    return overflow ? nil : sum & ~(alignment &- 1)
  }
}
