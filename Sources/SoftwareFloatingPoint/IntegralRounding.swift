extension Computation {
  /// The magnitude of a finite number rounded to an integer (IEEE 754-2019, 5.9), or nil if that has more than 64
  /// bits. Notes what is lost.
  private mutating func integralMagnitude(_ number: UnpackedNumber, _ rounding: RoundingMode) -> UInt64? {
    if number.kind == .zero { return 0 }
    guard number.exponent <= 63 else { return nil }
    // The integer goes to the upper half and the fraction to the lower.
    let fixed = ExactNumber(number).significand.shiftedRight(63 &- number.exponent)
    let kept = UInt64(truncatingIfNeeded: fixed &>> 64)
    let lost = fixed & UInt128(UInt64.max)
    let isUp = rounding.roundsUp(
      isNegative: number.isNegative, isOdd: kept & 1 != 0, lost: lost,
      half: UInt128(UnpackedNumber.integerBit))
    guard !isUp || kept != .max else { return nil }
    if lost != 0 {
      exceptions.insert(.precision)
      isRoundedUp = isUp
    }
    return isUp ? kept &+ 1 : kept
  }

  /// The magnitude of a number as an integer that is at most `limit`, or nil if the operation is invalid (IEEE
  /// 754-2019, 5.8).
  mutating func magnitude(
    _ number: UnpackedNumber, atMost limit: UInt64, rounding: RoundingMode
  ) -> UInt64? {
    if number.isFinite, let magnitude = integralMagnitude(number, rounding), magnitude <= limit {
      return magnitude
    }
    exceptions = .invalid
    isRoundedUp = false
    return nil
  }

  /// A number as an integer of `width` bits, sign-extended; the least such integer if the operation is invalid (SDM
  /// volume 1, table 4-9).
  mutating func integer(_ number: UnpackedNumber, width: UInt64, rounding: RoundingMode) -> Int64 {
    let limit: UInt64 = 1 &<< (width &- 1)
    let bound = number.isNegative ? limit : limit &- 1
    guard let magnitude = magnitude(number, atMost: bound, rounding: rounding) else {
      return Int64(truncatingIfNeeded: 0 &- limit)
    }
    return Int64(truncatingIfNeeded: number.isNegative ? 0 &- magnitude : magnitude)
  }

  /// A number rounded to an integer in its format (IEEE 754-2019, 5.9); notes a denormal operand.
  mutating func roundToIntegral(_ number: UnpackedNumber) -> UnpackedNumber {
    switch number.kind {
    case .zero, .infinity, .quietNaN, .signallingNaN, .unsupported:
      return convert(number)
    case .finite:
      if number.isDenormal { exceptions.insert(.denormal) }
      // Beyond the significand's width there is no fraction.
      guard number.exponent < 63, let magnitude = integralMagnitude(number, environment.rounding) else {
        return number
      }
      return UnpackedNumber(isNegative: number.isNegative, magnitude: magnitude)
    }
  }
}
