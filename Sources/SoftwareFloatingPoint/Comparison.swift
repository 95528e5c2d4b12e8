/// What a comparison finds (IEEE 754-2019, 5.11).
public enum FloatingPointRelation: Sendable {
  /// The first number is less.
  case less
  /// The numbers are equal, as zeros of both signs are.
  case equal
  /// The first number is greater.
  case greater
  /// There is a NaN or an unsupported number.
  case unordered
}

extension Computation {
  /// The relation of numbers. A quiet comparison is invalid for signalling NaNs, another for all NaNs.
  mutating func compare(
    _ first: UnpackedNumber, _ second: UnpackedNumber, isQuiet: Bool
  ) -> FloatingPointRelation {
    if first.kind == .unsupported || second.kind == .unsupported {
      exceptions.insert(.invalid)
      return .unordered
    }
    if first.isNaN || second.isNaN {
      if !isQuiet || first.kind == .signallingNaN || second.kind == .signallingNaN {
        exceptions.insert(.invalid)
      }
      return .unordered
    }
    if first.isDenormal || second.isDenormal { exceptions.insert(.denormal) }
    if first.kind == .zero, second.kind == .zero { return .equal }
    if first.kind == .zero { return second.isNegative ? .greater : .less }
    if second.kind == .zero || first.isNegative != second.isNegative {
      return first.isNegative ? .less : .greater
    }
    let (left, right) = first.isNegative ? (second, first) : (first, second)
    return Self.compareMagnitudes(left, right)
  }

  private static func compareMagnitudes(
    _ first: UnpackedNumber, _ second: UnpackedNumber
  ) -> FloatingPointRelation {
    switch (first.kind, second.kind) {
    case (.infinity, .infinity): return .equal
    case (.infinity, _): return .greater
    case (_, .infinity): return .less
    default: break
    }
    if first.exponent != second.exponent { return first.exponent < second.exponent ? .less : .greater }
    if first.significand == second.significand { return .equal }
    return first.significand < second.significand ? .less : .greater
  }
}
