/// The value of an operation before it is rounded: `significand` * 2^(`exponent` - 127).
///
/// The lowest bit of the significand may stand for any number of lost ones: it is far below every precision.
struct ExactNumber {
  var isNegative: Bool
  /// The exponent of the uppermost bit.
  var exponent: Int
  var significand: UInt128

  init(isNegative: Bool, exponent: Int, significand: UInt128) {
    self.isNegative = isNegative
    self.exponent = exponent
    self.significand = significand
  }

  /// The value of a finite number.
  init(_ number: UnpackedNumber) {
    self.init(
      isNegative: number.isNegative, exponent: number.exponent,
      significand: UInt128(number.significand) &<< 64)
  }

  /// The same value with its leading bit at the top, unless it is zero.
  var normalized: ExactNumber {
    let zeros = significand.leadingZeroBitCount
    guard zeros < 128 else { return self }
    return ExactNumber(
      isNegative: isNegative, exponent: exponent &- zeros,
      significand: significand &<< UInt128(truncatingIfNeeded: zeros))
  }

  // MARK: Operations on finite numbers that are not zero

  /// The significand is zero if the numbers cancel.
  static func sum(_ first: ExactNumber, _ second: ExactNumber) -> ExactNumber {
    let (first, second) = (first.normalized, second.normalized)
    let (larger, smaller) = first.exponent >= second.exponent ? (first, second) : (second, first)
    // One bit is left for the carry. Bits are lost only where at most two leading bits cancel.
    let upper = larger.significand.shiftedRight(1)
    let lower = smaller.significand.shiftedRight(larger.exponent &- smaller.exponent &+ 1)
    var sum = ExactNumber(isNegative: larger.isNegative, exponent: larger.exponent &+ 1, significand: 0)
    if larger.isNegative == smaller.isNegative {
      sum.significand = upper &+ lower
    } else if upper >= lower {
      sum.significand = upper &- lower
    } else {
      sum.significand = lower &- upper
      sum.isNegative = smaller.isNegative
    }
    return sum
  }

  static func product(_ first: UnpackedNumber, _ second: UnpackedNumber) -> ExactNumber {
    ExactNumber(
      isNegative: first.isNegative != second.isNegative, exponent: first.exponent &+ second.exponent &+ 1,
      significand: UInt128(first.significand) &* UInt128(second.significand))
  }

  static func quotient(_ dividend: UnpackedNumber, _ divisor: UnpackedNumber) -> ExactNumber {
    // The upper half of what is divided has to be less than the divisor.
    let isLess = dividend.significand < divisor.significand
    let upper = divisor.significand.dividingFullWidth(
      isLess ? (dividend.significand, 0) : (dividend.significand &>> 1, dividend.significand &<< 63))
    let lower = divisor.significand.dividingFullWidth((upper.remainder, 0))
    let lost: UInt64 = lower.remainder == 0 ? 0 : 1
    return ExactNumber(
      isNegative: dividend.isNegative != divisor.isNegative,
      exponent: dividend.exponent &- divisor.exponent &- (isLess ? 1 : 0),
      significand: UInt128(upper.quotient) &<< 64 | UInt128(lower.quotient | lost))
  }

  /// The square root of a positive number.
  static func squareRoot(_ number: UnpackedNumber) -> ExactNumber {
    let isOdd = number.exponent & 1 != 0
    let radicand = UInt128(number.significand) &<< (isOdd ? 64 : 63)
    var root: UInt64 = 0
    var bit = UnpackedNumber.integerBit
    while bit != 0 {
      let tried = root | bit
      if UInt128(tried) &* UInt128(tried) <= radicand { root = tried }
      bit &>>= 1
    }
    let rest = radicand &- UInt128(root) &* UInt128(root)
    // The square of root + 1/2 is larger by root and 1/4, and no integer: there is no tie.
    let below: UInt128 = rest == 0 ? 0 : rest > UInt128(root) ? 3 &<< 62 : 1 &<< 62
    return ExactNumber(
      isNegative: false, exponent: number.exponent &>> 1, significand: UInt128(root) &<< 64 | below)
  }
}

extension UInt128 {
  /// Shifted by any count that is not negative; the lowest bit of the result stands for all that are lost, too.
  func shiftedRight(_ count: Int) -> UInt128 {
    guard count < 128 else { return self == 0 ? 0 : 1 }
    let shifted = self &>> UInt128(truncatingIfNeeded: count)
    return shifted &<< UInt128(truncatingIfNeeded: count) == self ? shifted : shifted | 1
  }
}
