/// Which neighbour of an exact value is its result (IEEE 754-2019, 4.3), numbered as MXCSR.RC and the x87 control
/// word number it (SDM volume 1, 4.8.4).
public enum RoundingMode: UInt8, Sendable {
  /// To the nearest, of two that are equally near to the even one.
  case toNearestEven
  /// Towards minus infinity.
  case down
  /// Towards plus infinity.
  case up
  /// To the smaller magnitude.
  case towardZero

  /// The lowest two bits of a rounding control.
  public init(control: UInt32) {
    self =
      switch control & 3 {
      case 0: .toNearestEven
      case 1: .down
      case 2: .up
      default: .towardZero
      }
  }

  /// Whether the magnitude grows when bits are lost of which the first is worth one `half` of the last kept bit.
  func roundsUp(isNegative: Bool, isOdd: Bool, lost: UInt128, half: UInt128) -> Bool {
    switch self {
    case .toNearestEven: lost > half || (lost == half && isOdd)
    case .down: isNegative && lost != 0
    case .up: !isNegative && lost != 0
    case .towardZero: false
    }
  }

  /// Whether what is too large becomes an infinity, not the largest finite number (IEEE 754-2019, 7.4).
  func overflowsToInfinity(isNegative: Bool) -> Bool {
    switch self {
    case .toNearestEven: true
    case .down: isNegative
    case .up: !isNegative
    case .towardZero: false
    }
  }
}
