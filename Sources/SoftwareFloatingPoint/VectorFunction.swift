/// The SSE instructions on 128 bits whose results neither overflow nor underflow (SDM volume 2).
public enum VectorFunction: VectorOperation {
  /// MINPS and its kin.
  case minimum(VectorShape)
  /// MAXPS and its kin.
  case maximum(VectorShape)
  /// SQRTPS and its kin.
  case squareRoot(VectorShape)
  /// RCPPS and RCPSS; with all bits of the result right, where processors have 12.
  case reciprocal(VectorShape)
  /// RSQRTPS and RSQRTSS; as above.
  case reciprocalSquareRoot(VectorShape)
  /// CMPPS and its kin with predicate 0.
  case equal(VectorShape)
  /// CMPPS and its kin with predicate 1.
  case less(VectorShape)
  /// CMPPS and its kin with predicate 2.
  case lessOrEqual(VectorShape)
  /// CMPPS and its kin with predicate 3.
  case unordered(VectorShape)
  /// ROUNDPS and its kin, by the rounding control.
  case roundToIntegral(VectorShape)

  private var shape: VectorShape {
    switch self {
    case .minimum(let shape), .maximum(let shape), .squareRoot(let shape), .reciprocal(let shape),
      .reciprocalSquareRoot(let shape), .equal(let shape), .less(let shape), .lessOrEqual(let shape),
      .unordered(let shape), .roundToIntegral(let shape):
      shape
    }
  }

  /// The result of the instruction; those with one operand take the second. Scalar ones pass the upper part of the
  /// first through.
  public func callAsFunction(
    _ first: SIMD2<UInt64>, _ second: SIMD2<UInt64>, in environment: ComputingEnvironment,
    raising exceptions: inout FloatingPointExceptions
  ) -> SIMD2<UInt64> {
    var result = VectorElements(first, shape)
    let operand = VectorElements(second, shape)
    for index in 0..<shape.count {
      var computation = Computation(environment, shape.format)
      result[index] = element(
        computation.operand(result[index], shape.format), computation.operand(operand[index], shape.format),
        &computation)
      exceptions.formUnion(computation.exceptions)
    }
    return result.halves
  }

  private func element(
    _ first: UnpackedNumber, _ second: UnpackedNumber, _ computation: inout Computation
  ) -> UInt64 {
    let format = shape.format
    switch self {
    case .minimum:
      let relation = computation.compare(first, second, isQuiet: false)
      return format.encodeExactly(relation == .less ? first : second)
    case .maximum:
      let relation = computation.compare(first, second, isQuiet: false)
      return format.encodeExactly(relation == .greater ? first : second)
    case .squareRoot:
      return format.encode(computation.squareRoot(second))
    case .reciprocal:
      return reciprocal(second, &computation) { _, number in number }
    case .reciprocalSquareRoot:
      return reciprocal(second, &computation) { $0.squareRoot($1) }
    case .equal:
      return mask(computation.compare(first, second, isQuiet: true) == .equal)
    case .less:
      return mask(computation.compare(first, second, isQuiet: false) == .less)
    case .lessOrEqual:
      let relation = computation.compare(first, second, isQuiet: false)
      return mask(relation == .less || relation == .equal)
    case .unordered:
      return mask(computation.compare(first, second, isQuiet: true) == .unordered)
    case .roundToIntegral:
      let integral = computation.roundToIntegral(second)
      computation.exceptions.remove(.denormal)
      return format.encode(integral)
    }
  }

  private func mask(_ holds: Bool) -> UInt64 { holds ? .max : 0 }

  /// One divided by what `transform` makes of a number. Denormal numbers are zeros, and nothing is reported (SDM
  /// volume 2, RCPPS).
  private func reciprocal(
    _ number: UnpackedNumber, _ computation: inout Computation,
    _ transform: (inout Computation, UnpackedNumber) -> UnpackedNumber
  ) -> UInt64 {
    let operand = number.isDenormal ? .zero(isNegative: number.isNegative) : number
    var environment = computation.environment
    environment.rounding = .toNearestEven
    environment.unmasked = []
    environment.flushesToZero = true
    var silent = Computation(environment, shape.format)
    let divisor = transform(&silent, operand)
    return shape.format.encode(silent.divide(UnpackedNumber(1), divisor))
  }
}

extension BinaryFormat {
  /// The encoding of an operand of this format: that of a denormal one too, and of a NaN as it is.
  fileprivate func encodeExactly(_ number: UnpackedNumber) -> UInt64 {
    if number.isDenormal {
      var number = number
      let shift = UInt64(truncatingIfNeeded: leastExponent &- number.exponent)
      number.significand = number.significand &>> shift
      return encode(number)
    }
    let bits = encode(number)
    guard number.kind == .signallingNaN else { return bits }
    return bits & ~(1 &<< UInt64(truncatingIfNeeded: precision &- 2))
  }
}
