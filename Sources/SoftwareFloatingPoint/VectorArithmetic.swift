/// The SSE instructions whose results may overflow or underflow, on 128 bits (SDM volume 2).
public enum VectorArithmetic: VectorOperation {
  /// ADDPS and its kin.
  case add(VectorShape)
  /// SUBPS and its kin.
  case subtract(VectorShape)
  /// MULPS and its kin.
  case multiply(VectorShape)
  /// DIVPS and its kin.
  case divide(VectorShape)
  /// ADDSUBPS and ADDSUBPD: even elements are subtracted and odd ones added.
  case subtractAndAdd(VectorShape)
  /// HADDPS and HADDPD: neighbours with each other, those of the first operand first.
  case addPairs(VectorShape)
  /// HSUBPS and HSUBPD.
  case subtractPairs(VectorShape)
  /// CVTPD2PS and CVTSD2SS, by the shape of their source.
  case narrow(VectorShape)

  /// The result of the instruction. Scalar ones pass the upper part of the first operand through.
  public func callAsFunction(
    _ first: SIMD2<UInt64>, _ second: SIMD2<UInt64>, in environment: ComputingEnvironment,
    raising exceptions: inout FloatingPointExceptions
  ) -> SIMD2<UInt64> {
    switch self {
    case .add(let shape):
      vertically(shape, .add, .add, first, second, environment, &exceptions)
    case .subtract(let shape):
      vertically(shape, .subtract, .subtract, first, second, environment, &exceptions)
    case .multiply(let shape):
      vertically(shape, .multiply, .multiply, first, second, environment, &exceptions)
    case .divide(let shape):
      vertically(shape, .divide, .divide, first, second, environment, &exceptions)
    case .subtractAndAdd(let shape):
      vertically(shape, .subtract, .add, first, second, environment, &exceptions)
    case .addPairs(let shape):
      horizontally(shape, .add, first, second, environment, &exceptions)
    case .subtractPairs(let shape):
      horizontally(shape, .subtract, first, second, environment, &exceptions)
    case .narrow(let shape):
      narrowed(shape, first, second, environment, &exceptions)
    }
  }
}

/// An operation on two numbers.
enum BinaryOperation {
  case add, subtract, multiply, divide
}

extension Computation {
  /// first `operation` second.
  mutating func compute(
    _ operation: BinaryOperation, _ first: UnpackedNumber, _ second: UnpackedNumber
  ) -> UnpackedNumber {
    switch operation {
    case .add: add(first, second)
    case .subtract: subtract(first, second)
    case .multiply: multiply(first, second)
    case .divide: divide(first, second)
    }
  }
}

/// The elements of both vectors with each other.
private func vertically(
  _ shape: VectorShape, _ even: BinaryOperation, _ odd: BinaryOperation, _ first: SIMD2<UInt64>,
  _ second: SIMD2<UInt64>, _ environment: ComputingEnvironment, _ exceptions: inout FloatingPointExceptions
) -> SIMD2<UInt64> {
  var result = VectorElements(first, shape)
  let second = VectorElements(second, shape)
  for index in 0..<shape.count {
    var computation = Computation(environment, shape.format)
    let left = computation.operand(result[index], shape.format)
    let right = computation.operand(second[index], shape.format)
    result[index] = shape.format.encode(computation.compute(index & 1 == 0 ? even : odd, left, right))
    exceptions.formUnion(computation.exceptions)
  }
  return result.halves
}

/// Neighbours with each other.
private func horizontally(
  _ shape: VectorShape, _ operation: BinaryOperation, _ first: SIMD2<UInt64>, _ second: SIMD2<UInt64>,
  _ environment: ComputingEnvironment, _ exceptions: inout FloatingPointExceptions
) -> SIMD2<UInt64> {
  var result = VectorElements(first, shape)
  let sources = (VectorElements(first, shape), VectorElements(second, shape))
  let half = shape.count &>> 1
  for index in 0..<shape.count {
    let source = index < half ? sources.0 : sources.1
    let pair = 2 &* (index < half ? index : index &- half)
    var computation = Computation(environment, shape.format)
    let left = computation.operand(source[pair], shape.format)
    let right = computation.operand(source[pair &+ 1], shape.format)
    result[index] = shape.format.encode(computation.compute(operation, left, right))
    exceptions.formUnion(computation.exceptions)
  }
  return result.halves
}

/// Numbers of double precision in single precision: of a scalar over the first operand, of others with zeros above.
private func narrowed(
  _ shape: VectorShape, _ first: SIMD2<UInt64>, _ second: SIMD2<UInt64>, _ environment: ComputingEnvironment,
  _ exceptions: inout FloatingPointExceptions
) -> SIMD2<UInt64> {
  let source = VectorElements(second, shape)
  var result = VectorElements(shape.count == 1 ? first : .zero, .packedSingle)
  for index in 0..<shape.count {
    var computation = Computation(environment, .binary32)
    let number = computation.operand(source[index], shape.format)
    if number.isDenormal { exceptions.insert(.denormal) }
    result[index] = BinaryFormat.binary32.encode(computation.convert(number))
    exceptions.formUnion(computation.exceptions)
  }
  return result.halves
}
