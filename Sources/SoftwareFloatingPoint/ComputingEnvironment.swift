/// What an operation obeys: the control bits of MXCSR or of the x87 control word.
public struct ComputingEnvironment: Sendable {
  /// The rounding control.
  public var rounding: RoundingMode
  /// The exceptions that are not masked. A result with one of them means nothing, but for the x87's overflow and
  /// underflow, where its exponent is adjusted.
  public var unmasked: FloatingPointExceptions
  /// DAZ: denormal operands are zeros.
  public var denormalsAreZeros: Bool
  /// FZ: tiny results are zeros if underflow is masked.
  public var flushesToZero: Bool
  /// Which of two NaNs is the result.
  var nanSelection: NaNSelection

  /// Which of two operands that are NaNs becomes the result.
  enum NaNSelection {
    /// The first (SDM volume 1, table 4-7, for SSE).
    case first
    /// The quiet one, or the one with the larger significand (the same table for the x87 unit).
    case largerSignificand
  }

  /// What a value of MXCSR says (SDM volume 1, 10.2.3); its flags do not matter.
  public init(mxcsr: UInt32) {
    rounding = RoundingMode(control: mxcsr >> 13)
    unmasked = FloatingPointExceptions(rawValue: UInt8(truncatingIfNeeded: ~(mxcsr >> 7) & 0x3F))
    denormalsAreZeros = mxcsr & 1 << 6 != 0
    flushesToZero = mxcsr & 1 << 15 != 0
    nanSelection = .first
  }

  /// What a value of the x87 control word says (SDM volume 1, 8.1.5), without the precision control.
  public init(x87Control control: UInt16) {
    rounding = RoundingMode(control: UInt32(control) >> 10)
    unmasked = FloatingPointExceptions(rawValue: UInt8(truncatingIfNeeded: ~control & 0x3F))
    denormalsAreZeros = false
    flushesToZero = false
    nanSelection = .largerSignificand
  }
}
