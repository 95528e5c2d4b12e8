/// A format of binary floating-point numbers (IEEE 754-2019, 3.6 and 3.7).
struct BinaryFormat {
  /// Bits of the significand, with the leading one, whether or not it is stored; at most 64.
  let precision: Int
  /// Bits of the exponent.
  let exponentWidth: Int

  static let binary16 = BinaryFormat(precision: 11, exponentWidth: 5)
  static let binary32 = BinaryFormat(precision: 24, exponentWidth: 8)
  static let binary64 = BinaryFormat(precision: 53, exponentWidth: 11)
  /// The x87's 80-bit format, which stores the leading bit (SDM volume 1, 4.2.2).
  static let extended80 = BinaryFormat(precision: 64, exponentWidth: 15)

  /// What the x87's results in registers are rounded to: the precision that its control word says, and the range of
  /// the 80-bit format (SDM volume 1, 8.1.5.2).
  static func register(x87Control control: UInt16) -> BinaryFormat {
    switch control >> 8 & 3 {
    case 0: BinaryFormat(precision: 24, exponentWidth: 15)
    case 2: BinaryFormat(precision: 53, exponentWidth: 15)
    default: .extended80
    }
  }

  var greatestStoredExponent: Int { 1 &<< exponentWidth &- 1 }
  /// Also the greatest exponent of a number.
  var bias: Int { 1 &<< (exponentWidth &- 1) &- 1 }
  /// The least exponent of a normal number.
  var leastExponent: Int { 1 &- bias }
  /// What an unmasked overflow takes from the exponent, and an unmasked underflow adds (SDM volume 1, 8.5.4).
  var exponentAdjustment: Int { 3 &<< (exponentWidth &- 2) }
  /// What is worth one in the last place of a significand with its leading bit at the top.
  var unit: UInt64 { 1 &<< UInt64(truncatingIfNeeded: 64 &- precision) }

  /// The bits of the fraction, and thus the place of the exponent, where the leading bit is not stored.
  private var fractionWidth: UInt64 { UInt64(truncatingIfNeeded: precision &- 1) }

  // MARK: Interchange formats

  /// The number that the lowest bits encode in an interchange format.
  func decode(_ bits: UInt64) -> UnpackedNumber {
    let stored = Int(truncatingIfNeeded: bits &>> fractionWidth) & greatestStoredExponent
    let fraction = (bits &<< (64 &- fractionWidth)) &>> 1
    return unpack(
      isNegative: bits &>> (fractionWidth &+ UInt64(truncatingIfNeeded: exponentWidth)) & 1 != 0,
      storedExponent: stored, significand: stored == 0 ? fraction : fraction | UnpackedNumber.integerBit)
  }

  /// The encoding in an interchange format of a number that was rounded to it.
  func encode(_ number: UnpackedNumber) -> UInt64 {
    let (stored, significand) = pack(number)
    let sign: UInt64 = number.isNegative ? 1 : 0
    return sign &<< (fractionWidth &+ UInt64(truncatingIfNeeded: exponentWidth))
      | UInt64(truncatingIfNeeded: stored) &<< fractionWidth
      | (significand &<< 1) &>> (64 &- fractionWidth)
  }

  // MARK: All formats

  /// The number of these fields; the significand's leading bit, stored or not, is its uppermost.
  func unpack(isNegative: Bool, storedExponent: Int, significand: UInt64) -> UnpackedNumber {
    let hasIntegerBit = significand & UnpackedNumber.integerBit != 0
    if storedExponent != 0, !hasIntegerBit {
      return UnpackedNumber(kind: .unsupported, isNegative: isNegative, significand: significand)
    }
    if storedExponent == greatestStoredExponent {
      if significand == UnpackedNumber.integerBit { return .infinity(isNegative: isNegative) }
      let isQuiet = significand & UnpackedNumber.quietBit != 0
      return UnpackedNumber(
        kind: isQuiet ? .quietNaN : .signallingNaN, isNegative: isNegative, significand: significand)
    }
    if significand == 0 { return .zero(isNegative: isNegative) }
    let zeros = significand.leadingZeroBitCount
    return UnpackedNumber(
      kind: .finite, isNegative: isNegative, isDenormal: storedExponent == 0,
      exponent: max(storedExponent, 1) &- bias &- zeros,
      significand: significand &<< UInt64(truncatingIfNeeded: zeros))
  }

  /// The fields of a number that was rounded to this format. NaNs come out quiet.
  func pack(_ number: UnpackedNumber) -> (storedExponent: Int, significand: UInt64) {
    switch number.kind {
    case .zero:
      (0, 0)
    case .finite:
      number.significand & UnpackedNumber.integerBit != 0
        ? ((number.exponent &+ bias) & greatestStoredExponent, number.significand) : (0, number.significand)
    case .infinity:
      (greatestStoredExponent, UnpackedNumber.integerBit)
    case .quietNaN, .signallingNaN, .unsupported:
      (
        greatestStoredExponent,
        number.significand | UnpackedNumber.integerBit | UnpackedNumber.quietBit
      )
    }
  }
}
