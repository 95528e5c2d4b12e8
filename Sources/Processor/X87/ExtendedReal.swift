/// A number in the 80-bit format of the x87 registers (APM volume 1, 6.3.1), as it lies in memory: 10 bytes.
struct ExtendedReal: Equatable {
  /// Bit 63 is the integer bit.
  var significand: UInt64
  /// Bit 15 is the sign.
  var signAndExponent: UInt16

  init(significand: UInt64, signAndExponent: UInt16) {
    self.significand = significand
    self.signAndExponent = signAndExponent
  }

  /// The value of an integer, which is exact.
  init(_ integer: Int64) {
    let magnitude = integer.magnitude
    let shift = magnitude.leadingZeroBitCount
    let exponent = magnitude == 0 ? 0 : UInt16(Self.exponentBias + 63 - shift)
    self.init(
      significand: magnitude << UInt64(shift), signAndExponent: exponent | (integer < 0 ? Self.signBit : 0))
  }

  /// Loads 10 bytes, which need no alignment.
  init(at address: UnsafeRawPointer) {
    significand = address.loadUnaligned(as: UInt64.self)
    signAndExponent = address.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
  }

  /// Stores 10 bytes, which need no alignment.
  func store(at address: UnsafeMutableRawPointer) {
    address.storeBytes(of: significand, as: UInt64.self)
    address.storeBytes(of: signAndExponent, toByteOffset: 8, as: UInt16.self)
  }

  static let signBit: UInt16 = 0x8000
  static let exponentBias = 0x3FFF
  static let exponentMask: UInt16 = 0x7FFF
  static let integerBit: UInt64 = 1 << 63

  static let zero = ExtendedReal(significand: 0, signAndExponent: 0)
  /// The quiet NaN that masked invalid operations give.
  static let indefinite = ExtendedReal(significand: 3 << 62, signAndExponent: 0xFFFF)

  var isNegative: Bool { signAndExponent & Self.signBit != 0 }

  /// What FXAM and the tag word tell apart (APM volume 1, 6.3.2).
  var category: Category {
    let hasIntegerBit = significand & Self.integerBit != 0
    switch signAndExponent & Self.exponentMask {
    case 0:
      // With the integer bit it is a pseudo-denormal, which counts as denormal.
      return significand == 0 ? .zero : .denormal
    case Self.exponentMask:
      guard hasIntegerBit else { return .unsupported }
      return significand << 1 == 0 ? .infinity : .notANumber
    default:
      return hasIntegerBit ? .normal : .unsupported
    }
  }

  enum Category {
    case unsupported, notANumber, normal, infinity, zero, denormal
  }
}
