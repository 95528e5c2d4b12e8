/// The exceptions of an operation (IEEE 754-2019, 7), at their places in MXCSR and in the x87 status word; their
/// masks have the same order (SDM volume 1, 8.1.3 and 10.2.3).
public struct FloatingPointExceptions: OptionSet, Sendable {
  /// Bits 0 to 5.
  public let rawValue: UInt8

  /// A set of the exceptions whose bits are ones.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// There is no meaningful result.
  public static let invalid = FloatingPointExceptions(rawValue: 1 << 0)
  /// An operand is denormal, which is no exception of IEEE 754.
  public static let denormal = FloatingPointExceptions(rawValue: 1 << 1)
  /// A finite number was divided by zero.
  public static let zeroDivide = FloatingPointExceptions(rawValue: 1 << 2)
  /// The rounded result has too large an exponent.
  public static let overflow = FloatingPointExceptions(rawValue: 1 << 3)
  /// The result is tiny, and if that is masked inexact, too.
  public static let underflow = FloatingPointExceptions(rawValue: 1 << 4)
  /// The result is inexact.
  public static let precision = FloatingPointExceptions(rawValue: 1 << 5)
}
