/// The instructions of FMA on 128 bits: multiplication and addition with one rounding (SDM volume 2, VFMADD132PD and
/// what follows it; IEEE 754-2019, 5.4.1).
public enum FusedMultiplyAdd: Sendable {
  /// VFMADD: first * second + addend.
  case add(VectorShape)
  /// VFMSUB: first * second - addend.
  case subtract(VectorShape)
  /// VFNMADD: -(first * second) + addend.
  case negatedAdd(VectorShape)
  /// VFNMSUB: -(first * second) - addend.
  case negatedSubtract(VectorShape)
  /// VFMADDSUB: subtracts from even elements and adds to odd ones.
  case addSubtract(VectorShape)
  /// VFMSUBADD: adds to even elements and subtracts from odd ones.
  case subtractAdd(VectorShape)

  private var shape: VectorShape {
    switch self {
    case .add(let shape), .subtract(let shape), .negatedAdd(let shape), .negatedSubtract(let shape),
      .addSubtract(let shape), .subtractAdd(let shape):
      shape
    }
  }

  private func signs(at index: Int) -> MultiplyAddSigns {
    switch self {
    case .add: []
    case .subtract: .negatesAddend
    case .negatedAdd: .negatesProduct
    case .negatedSubtract: [.negatesProduct, .negatesAddend]
    case .addSubtract: index & 1 == 0 ? .negatesAddend : []
    case .subtractAdd: index & 1 == 0 ? [] : .negatesAddend
    }
  }

  /// The result of the instruction. Scalar ones pass the upper part of the addend through.
  public func callAsFunction(
    _ first: SIMD2<UInt64>, _ second: SIMD2<UInt64>, _ addend: SIMD2<UInt64>,
    in environment: ComputingEnvironment, raising exceptions: inout FloatingPointExceptions
  ) -> SIMD2<UInt64> {
    let format = shape.format
    let factors = (VectorElements(first, shape), VectorElements(second, shape))
    var result = VectorElements(addend, shape)
    for index in 0..<shape.count {
      var computation = Computation(environment, format)
      let sum = computation.multiplyAdd(
        computation.operand(factors.0[index], format), computation.operand(factors.1[index], format),
        computation.operand(result[index], format), signs(at: index))
      result[index] = format.encode(sum)
      exceptions.formUnion(computation.exceptions)
    }
    return result.halves
  }
}

/// What a fused multiplication and addition negates.
struct MultiplyAddSigns: OptionSet {
  let rawValue: UInt8

  static let negatesProduct = MultiplyAddSigns(rawValue: 1 << 0)
  static let negatesAddend = MultiplyAddSigns(rawValue: 1 << 1)
}
