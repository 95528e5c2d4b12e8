/// A crystal that counts the machine's time in periods of its own.
///
/// All arithmetic is exact: counts do not drift against the machine's nanoseconds.
struct Oscillator {
  /// Periods a second; below one billion.
  let frequency: UInt64

  private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

  /// How many periods have ended by a time in nanoseconds.
  func count(at time: UInt64) -> UInt64 {
    // The quotient is less than `time`, because the frequency is less than the divisor.
    Self.nanosecondsPerSecond.dividingFullWidth(time.multipliedFullWidth(by: frequency)).quotient
  }

  /// The first time in nanoseconds at which `count` periods have ended; `UInt64.max` if that is out of range.
  func time(of count: UInt64) -> UInt64 {
    let product = count.multipliedFullWidth(by: Self.nanosecondsPerSecond)
    guard product.high < frequency else { return .max }
    let (time, remainder) = frequency.dividingFullWidth(product)
    return remainder == 0 || time == .max ? time : time + 1
  }
}
