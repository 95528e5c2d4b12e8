/// One operation under way: what it obeys, the format of its result, and what it has to report so far.
struct Computation {
  let environment: ComputingEnvironment
  let format: BinaryFormat
  var exceptions: FloatingPointExceptions = []
  /// The result is inexact and larger in magnitude than the exact value: the x87's C1.
  var isRoundedUp = false

  init(_ environment: ComputingEnvironment, _ format: BinaryFormat) {
    self.environment = environment
    self.format = format
  }

  /// The number that bits of an interchange format encode, as an operand.
  func operand(_ bits: UInt64, _ format: BinaryFormat) -> UnpackedNumber {
    let number = format.decode(bits)
    guard number.isDenormal, environment.denormalsAreZeros else { return number }
    return .zero(isNegative: number.isNegative)
  }

  // MARK: Operands that settle the result

  mutating func invalid() -> UnpackedNumber {
    exceptions.insert(.invalid)
    return .indefinite
  }

  /// The NaN that comes of two operands of which at least one is a NaN (IEEE 754-2019, 6.2.3; SDM volume 1, table
  /// 4-7).
  private mutating func propagate(_ first: UnpackedNumber, _ second: UnpackedNumber) -> UnpackedNumber {
    let signals = (first.kind == .signallingNaN, second.kind == .signallingNaN)
    if signals.0 || signals.1 { exceptions.insert(.invalid) }
    guard second.isNaN else { return first }
    guard first.isNaN else { return second }
    switch environment.nanSelection {
    case .first:
      return first
    case .largerSignificand:
      if signals.0 != signals.1 { return signals.0 ? second : first }
      if first.significand != second.significand {
        return first.significand > second.significand ? first : second
      }
      return first.isNegative ? second : first
    }
  }

  /// The result if an operand is no number; notes denormal operands, which prevent a result where that is not
  /// masked.
  mutating func settle(_ first: UnpackedNumber, _ second: UnpackedNumber) -> UnpackedNumber? {
    if first.kind == .unsupported || second.kind == .unsupported { return invalid() }
    if first.isNaN || second.isNaN { return propagate(first, second).quieted }
    guard first.isDenormal || second.isDenormal else { return nil }
    exceptions.insert(.denormal)
    return environment.unmasked.contains(.denormal) ? first : nil
  }

  /// The sign of zero that is the sum of numbers which differ in theirs (IEEE 754-2019, 6.3).
  private var cancelledZero: UnpackedNumber { .zero(isNegative: environment.rounding == .down) }

  // MARK: Operations (IEEE 754-2019, 5.4.1)

  mutating func add(_ first: UnpackedNumber, _ second: UnpackedNumber) -> UnpackedNumber {
    settle(first, second) ?? sum(first, second, exact: ExactNumber(first))
  }

  mutating func subtract(_ first: UnpackedNumber, _ second: UnpackedNumber) -> UnpackedNumber {
    add(first, second.negated)
  }

  mutating func multiply(_ first: UnpackedNumber, _ second: UnpackedNumber) -> UnpackedNumber {
    if let result = settle(first, second) { return result }
    guard let product = specialProduct(first, second) else { return round(.product(first, second)) }
    return product
  }

  mutating func divide(_ first: UnpackedNumber, _ second: UnpackedNumber) -> UnpackedNumber {
    let isNegative = first.isNegative != second.isNegative
    // A division by zero comes before a denormal dividend.
    if first.kind == .finite, second.kind == .zero {
      exceptions.insert(.zeroDivide)
      return .infinity(isNegative: isNegative)
    }
    if let result = settle(first, second) { return result }
    switch (first.kind, second.kind) {
    case (.finite, .finite): return round(.quotient(first, second))
    case (.zero, .zero), (.infinity, .infinity): return invalid()
    case (.infinity, _): return .infinity(isNegative: isNegative)
    default: return .zero(isNegative: isNegative)
    }
  }

  mutating func squareRoot(_ operand: UnpackedNumber) -> UnpackedNumber {
    if operand.kind == .zero { return operand }
    if operand.isNegative, operand.kind == .finite || operand.kind == .infinity { return invalid() }
    if let result = settle(operand, operand) { return result }
    return operand.kind == .infinity ? operand : round(.squareRoot(operand))
  }

  /// first * second + addend with the signs that `signs` changes, rounded once.
  mutating func multiplyAdd(
    _ first: UnpackedNumber, _ second: UnpackedNumber, _ addend: UnpackedNumber, _ signs: MultiplyAddSigns
  ) -> UnpackedNumber {
    if first.isNaN || second.isNaN || addend.isNaN {
      return propagate(propagate(first, second), addend).quieted
    }
    let isNegative = (first.isNegative != second.isNegative) != signs.contains(.negatesProduct)
    let addend = signs.contains(.negatesAddend) ? addend.negated : addend
    let special = specialProduct(first, second)?.signed(isNegative: isNegative)
    if let special, special.isNaN { return .indefinite }
    if let special, special.kind == .infinity, addend.kind == .infinity, isNegative != addend.isNegative {
      return invalid()
    }
    if first.isDenormal || second.isDenormal || addend.isDenormal { exceptions.insert(.denormal) }
    if let special { return sum(special, addend, exact: ExactNumber(special)) }
    var product = ExactNumber.product(first, second)
    product.isNegative = isNegative
    return sum(UnpackedNumber(kind: .finite, isNegative: isNegative), addend, exact: product)
  }

  /// The product if a factor is zero or infinite.
  private mutating func specialProduct(_ first: UnpackedNumber, _ second: UnpackedNumber) -> UnpackedNumber? {
    let isNegative = first.isNegative != second.isNegative
    switch (first.kind, second.kind) {
    case (.infinity, .zero), (.zero, .infinity): return invalid()
    case (.infinity, _), (_, .infinity): return .infinity(isNegative: isNegative)
    case (.zero, _), (_, .zero): return .zero(isNegative: isNegative)
    default: return nil
    }
  }

  /// The sum of numbers, of which `exact` is the value of the first if that is finite and not zero.
  private mutating func sum(
    _ first: UnpackedNumber, _ second: UnpackedNumber, exact: ExactNumber
  ) -> UnpackedNumber {
    switch (first.kind, second.kind) {
    case (.infinity, .infinity):
      return first.isNegative == second.isNegative ? first : invalid()
    case (.infinity, _): return first
    case (_, .infinity): return second
    case (.zero, .zero): return first.isNegative == second.isNegative ? first : cancelledZero
    case (.zero, _): return round(ExactNumber(second))
    case (_, .zero): return round(exact)
    default:
      let sum = ExactNumber.sum(exact, ExactNumber(second))
      return sum.significand == 0 ? cancelledZero : round(sum)
    }
  }
}
