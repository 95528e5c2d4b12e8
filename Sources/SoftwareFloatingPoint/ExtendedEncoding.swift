/// The fields of a number in the x87's 80-bit format (SDM volume 1, 4.2.2).
public struct ExtendedEncoding: Equatable, Sendable {
  /// The significand; bit 63 is the integer bit.
  public var significand: UInt64
  /// The exponent in bits 0 to 14, and the sign in bit 15.
  public var signAndExponent: UInt16

  /// A number of these fields.
  public init(significand: UInt64, signAndExponent: UInt16) {
    self.significand = significand
    self.signAndExponent = signAndExponent
  }

  init(_ number: UnpackedNumber) {
    let (stored, significand) = BinaryFormat.extended80.pack(number)
    self.init(
      significand: significand,
      signAndExponent: UInt16(truncatingIfNeeded: stored) | (number.isNegative ? 0x8000 : 0))
  }

  var unpacked: UnpackedNumber {
    BinaryFormat.extended80.unpack(
      isNegative: signAndExponent & 0x8000 != 0, storedExponent: Int(signAndExponent & 0x7FFF),
      significand: significand)
  }
}

/// An operand of an x87 instruction, by its format.
public enum X87Operand: Sendable {
  /// In a register, or 10 bytes of memory.
  case extended(ExtendedEncoding)
  /// Single precision.
  case single(UInt32)
  /// Double precision.
  case double(UInt64)

  var unpacked: UnpackedNumber {
    switch self {
    case .extended(let encoding): encoding.unpacked
    case .single(let bits): BinaryFormat.binary32.decode(UInt64(bits))
    case .double(let bits): BinaryFormat.binary64.decode(bits)
    }
  }
}
