/// A number taken apart (IEEE 754-2019, 3.3). A finite one is worth `significand` * 2^(`exponent` - 63).
struct UnpackedNumber {
  /// What numbers are, as far as operations tell them apart.
  enum Kind {
    case zero, finite, infinity, quietNaN, signallingNaN
    /// An encoding of the 80-bit format that no unit makes (SDM volume 1, 8.2.2).
    case unsupported
  }

  static let integerBit: UInt64 = 1 << 63
  /// Tells quiet NaNs from signalling ones (IEEE 754-2019, 6.2.1).
  static let quietBit: UInt64 = 1 << 62

  var kind: Kind
  var isNegative: Bool
  /// It was denormal in its format.
  var isDenormal = false
  var exponent = 0
  /// Of a finite operand with its leading bit at the top; of a denormal result at its place under the least
  /// exponent; of a NaN with the payload below the quiet bit.
  var significand: UInt64 = 0

  /// The NaN that invalid operations give (SDM volume 1, 4.8.3.7).
  static let indefinite = UnpackedNumber(
    kind: .quietNaN, isNegative: true, significand: integerBit | quietBit)

  static func zero(isNegative: Bool) -> UnpackedNumber { UnpackedNumber(kind: .zero, isNegative: isNegative) }
  static func infinity(isNegative: Bool) -> UnpackedNumber {
    UnpackedNumber(kind: .infinity, isNegative: isNegative)
  }

  /// An integer, which is exact.
  init(_ integer: Int64) {
    self.init(isNegative: integer < 0, magnitude: integer.magnitude)
  }

  /// An integer of a sign and a magnitude.
  init(isNegative: Bool, magnitude: UInt64) {
    let zeros = magnitude.leadingZeroBitCount
    self.init(
      kind: magnitude == 0 ? .zero : .finite, isNegative: isNegative, exponent: 63 &- zeros,
      significand: magnitude &<< UInt64(truncatingIfNeeded: zeros))
  }

  init(
    kind: Kind, isNegative: Bool, isDenormal: Bool = false, exponent: Int = 0, significand: UInt64 = 0
  ) {
    self.kind = kind
    self.isNegative = isNegative
    self.isDenormal = isDenormal
    self.exponent = exponent
    self.significand = significand
  }

  var isNaN: Bool { kind == .quietNaN || kind == .signallingNaN }

  /// Neither a NaN nor unsupported nor infinite.
  var isFinite: Bool { kind == .zero || kind == .finite }

  /// The number with its sign changed; a NaN keeps its own (SDM volume 2, FSUB).
  var negated: UnpackedNumber {
    var number = self
    if !isNaN { number.isNegative.toggle() }
    return number
  }

  /// The number with a sign.
  func signed(isNegative: Bool) -> UnpackedNumber {
    var number = self
    number.isNegative = isNegative
    return number
  }

  /// A signalling NaN made quiet (IEEE 754-2019, 6.2.3).
  var quieted: UnpackedNumber {
    var number = self
    number.kind = .quietNaN
    number.significand |= Self.quietBit
    return number
  }
}
