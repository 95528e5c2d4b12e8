/// The SSE conversions on 128 bits that neither overflow nor underflow (SDM volume 2).
public enum VectorConversion: VectorOperation {
  /// CVTSS2SD: over the first operand.
  case singleToDouble
  /// CVTPS2PD.
  case singlesToDoubles
  /// CVTDQ2PS.
  case integersToSingles
  /// CVTDQ2PD.
  case integersToDoubles
  /// CVTPS2DQ and CVTPD2DQ, by the shape of the source; with zeros above the results.
  case toIntegers(VectorShape)
  /// CVTTPS2DQ and CVTTPD2DQ.
  case truncateToIntegers(VectorShape)

  /// The result of the instruction.
  public func callAsFunction(
    _ first: SIMD2<UInt64>, _ second: SIMD2<UInt64>, in environment: ComputingEnvironment,
    raising exceptions: inout FloatingPointExceptions
  ) -> SIMD2<UInt64> {
    switch self {
    case .singleToDouble:
      widened(1, VectorElements(first, .packedDouble), second, environment, &exceptions)
    case .singlesToDoubles:
      widened(2, VectorElements(.zero, .packedDouble), second, environment, &exceptions)
    case .integersToSingles:
      fromIntegers(.packedSingle, second, environment, &exceptions)
    case .integersToDoubles:
      fromIntegers(.packedDouble, second, environment, &exceptions)
    case .toIntegers(let shape):
      toIntegers(shape, environment.rounding, second, environment, &exceptions)
    case .truncateToIntegers(let shape):
      toIntegers(shape, .towardZero, second, environment, &exceptions)
    }
  }

  private func widened(
    _ count: Int, _ result: VectorElements, _ second: SIMD2<UInt64>, _ environment: ComputingEnvironment,
    _ exceptions: inout FloatingPointExceptions
  ) -> SIMD2<UInt64> {
    let source = VectorElements(second, .packedSingle)
    var result = result
    for index in 0..<count {
      var computation = Computation(environment, .binary64)
      let number = computation.operand(source[index], .binary32)
      if number.isDenormal { exceptions.insert(.denormal) }
      result[index] = BinaryFormat.binary64.encode(computation.convert(number))
      exceptions.formUnion(computation.exceptions)
    }
    return result.halves
  }

  private func fromIntegers(
    _ shape: VectorShape, _ second: SIMD2<UInt64>, _ environment: ComputingEnvironment,
    _ exceptions: inout FloatingPointExceptions
  ) -> SIMD2<UInt64> {
    let source = VectorElements(second, .packedSingle)
    var result = VectorElements(.zero, shape)
    for index in 0..<shape.count {
      let integer = Int64(Int32(truncatingIfNeeded: source[index]))
      result[index] = convertInteger(integer, to: shape, in: environment, raising: &exceptions)
    }
    return result.halves
  }

  private func toIntegers(
    _ shape: VectorShape, _ rounding: RoundingMode, _ second: SIMD2<UInt64>,
    _ environment: ComputingEnvironment, _ exceptions: inout FloatingPointExceptions
  ) -> SIMD2<UInt64> {
    let source = VectorElements(second, shape)
    var result = VectorElements(.zero, .packedSingle)
    for index in 0..<shape.count {
      let integer = convertToInteger(
        source[index], of: shape, width: 32, rounding: rounding, in: environment, raising: &exceptions)
      result[index] = UInt64(bitPattern: integer)
    }
    return result.halves
  }
}

/// CVTSI2SS and CVTSI2SD: the bits of an integer in the format of `shape`.
public func convertInteger(
  _ integer: Int64, to shape: VectorShape, in environment: ComputingEnvironment,
  raising exceptions: inout FloatingPointExceptions
) -> UInt64 {
  var computation = Computation(environment, shape.format)
  let bits = shape.format.encode(computation.convert(UnpackedNumber(integer)))
  exceptions.formUnion(computation.exceptions)
  return bits
}

/// CVTSS2SI, CVTSD2SI and the truncating forms: a number of the format of `shape` as an integer of 32 or 64 bits,
/// sign-extended.
public func convertToInteger(
  _ bits: UInt64, of shape: VectorShape, width: UInt64, rounding: RoundingMode,
  in environment: ComputingEnvironment, raising exceptions: inout FloatingPointExceptions
) -> Int64 {
  var computation = Computation(environment, shape.format)
  let number = computation.operand(bits, shape.format)
  let integer = computation.integer(number, width: width, rounding: rounding)
  exceptions.formUnion(computation.exceptions)
  return integer
}

/// COMISS and COMISD, or UCOMISS and UCOMISD, which are quiet: the relation of two numbers of the format of `shape`.
public func compareNumbers(
  _ first: UInt64, _ second: UInt64, of shape: VectorShape, isQuiet: Bool,
  in environment: ComputingEnvironment, raising exceptions: inout FloatingPointExceptions
) -> FloatingPointRelation {
  var computation = Computation(environment, shape.format)
  let relation = computation.compare(
    computation.operand(first, shape.format), computation.operand(second, shape.format), isQuiet: isQuiet)
  exceptions.formUnion(computation.exceptions)
  return relation
}
