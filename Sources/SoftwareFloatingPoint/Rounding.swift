extension Computation {
  /// A significand cut to the format's precision.
  private struct RoundedSignificand {
    var significand: UInt64
    /// It became a power of two whose exponent is one more.
    var carries: Bool
    var isInexact: Bool
    var isUp: Bool
  }

  private func roundedSignificand(_ number: ExactNumber) -> RoundedSignificand {
    let unit = UInt128(format.unit) &<< 64
    let lost = number.significand & (unit &- 1)
    let isUp = environment.rounding.roundsUp(
      isNegative: number.isNegative, isOdd: number.significand & unit != 0, lost: lost, half: unit &>> 1)
    let kept = UInt64(truncatingIfNeeded: (number.significand ^ lost) &>> 64)
    let rounded = isUp ? kept &+ format.unit : kept
    let carries = isUp && rounded == 0
    return RoundedSignificand(
      significand: carries ? UnpackedNumber.integerBit : rounded, carries: carries, isInexact: lost != 0,
      isUp: isUp)
  }

  /// Rounds a value that is not zero to the format (IEEE 754-2019, 4.3, 7.4 and 7.5).
  ///
  /// Where overflow or underflow is not masked, its result has the adjusted exponent that x87 registers get
  /// (SDM volume 1, 8.5.4 and 8.5.5).
  mutating func round(_ value: ExactNumber) -> UnpackedNumber {
    let value = value.normalized
    // Whether a result is too large or tiny is judged after rounding (SDM volume 1, 4.9.1.5).
    var rounded = roundedSignificand(value)
    var exponent = rounded.carries ? value.exponent &+ 1 : value.exponent
    if exponent > format.bias {
      exceptions.insert(.overflow)
      guard environment.unmasked.contains(.overflow) else { return overflowed(isNegative: value.isNegative) }
      exponent &-= format.exponentAdjustment
    } else if exponent < format.leastExponent {
      if environment.unmasked.contains(.underflow) {
        exceptions.insert(.underflow)
        exponent &+= format.exponentAdjustment
      } else if environment.flushesToZero {
        exceptions.formUnion([.underflow, .precision])
        return .zero(isNegative: value.isNegative)
      } else {
        rounded = roundedSignificand(value.denormalized(to: format.leastExponent))
        exponent = format.leastExponent
        if rounded.isInexact { exceptions.insert(.underflow) }
      }
    }
    if rounded.isInexact {
      exceptions.insert(.precision)
      isRoundedUp = rounded.isUp
    }
    return UnpackedNumber(
      kind: rounded.significand == 0 ? .zero : .finite, isNegative: value.isNegative, exponent: exponent,
      significand: rounded.significand)
  }

  private mutating func overflowed(isNegative: Bool) -> UnpackedNumber {
    exceptions.insert(.precision)
    guard environment.rounding.overflowsToInfinity(isNegative: isNegative) else {
      return UnpackedNumber(
        kind: .finite, isNegative: isNegative, exponent: format.bias, significand: 0 &- format.unit)
    }
    isRoundedUp = true
    return .infinity(isNegative: isNegative)
  }

  /// A number in the format of this computation (IEEE 754-2019, 5.4.2). That it is denormal is not reported.
  mutating func convert(_ number: UnpackedNumber) -> UnpackedNumber {
    switch number.kind {
    case .zero, .infinity, .quietNaN: return number
    case .finite: return round(ExactNumber(number))
    case .unsupported: return invalid()
    case .signallingNaN:
      exceptions.insert(.invalid)
      return number.quieted
    }
  }
}

extension ExactNumber {
  /// The same value with an exponent that is not less than its own.
  fileprivate func denormalized(to exponent: Int) -> ExactNumber {
    ExactNumber(
      isNegative: isNegative, exponent: exponent,
      significand: significand.shiftedRight(exponent &- self.exponent))
  }
}
