import X86

/// An operation of two operands that sets all status flags: the eight in the rows 00 to 3F of the opcode map,
/// and TEST.
protocol ArithmeticOperation {
  /// Whether the result goes to the first operand.
  static var storesResult: Bool { get }

  /// Computes the result and sets the flags.
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value
}

extension ArithmeticOperation {
  @inline(__always)
  static var storesResult: Bool { true }
}

enum Add: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let sum = left &+ right
    core.state.lazyFlags.setAddition(left, right, sum: sum)
    return sum
  }
}

enum AddWithCarry: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let sum = left &+ right &+ (core.state.lazyFlags.carry ? 1 : 0)
    core.state.lazyFlags.setAddition(left, right, sum: sum)
    return sum
  }
}

enum Subtract: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let difference = left &- right
    core.state.lazyFlags.setSubtraction(left, right, difference: difference)
    return difference
  }
}

enum SubtractWithBorrow: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let difference = left &- right &- (core.state.lazyFlags.carry ? 1 : 0)
    core.state.lazyFlags.setSubtraction(left, right, difference: difference)
    return difference
  }
}

enum Compare: ArithmeticOperation {
  @inline(__always)
  static var storesResult: Bool { false }

  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    Subtract.apply(core, left, right)
  }
}

enum And: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let result = left & right
    core.state.lazyFlags.setLogic(result)
    return result
  }
}

enum Or: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let result = left | right
    core.state.lazyFlags.setLogic(result)
    return result
  }
}

enum ExclusiveOr: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let result = left ^ right
    core.state.lazyFlags.setLogic(result)
    return result
  }
}

enum Test: ArithmeticOperation {
  @inline(__always)
  static var storesResult: Bool { false }

  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    And.apply(core, left, right)
  }
}

/// IMUL with two or three operands. The flags that the manual leaves undefined follow the product.
enum SignedMultiply: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let product = Int64(bitPattern: LazyFlags.extend(left))
      .multipliedFullWidth(by: Int64(bitPattern: LazyFlags.extend(right)))
    let low = Value(truncatingIfNeeded: product.low)
    let fits: Bool
    if Value.bitWidth == 64 {
      fits = product.high == Int64(bitPattern: product.low) >> 63
    } else {
      fits = product.low == LazyFlags.extend(low)
    }
    core.state.lazyFlags.result = LazyFlags.extend(low)
    // CF equals OF, so their exclusive or is clear.
    core.state.lazyFlags.carries = fits ? 0 : LazyFlags.Bit.carry
    return low
  }
}

/// IMUL register, register, immediate.
@inline(__always)
func multiplyByImmediate<Value: UnsignedWord>(
  _ type: Value.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let left: Value = core.register(record.fields.source)
  let right = Value(truncatingIfNeeded: record.fields.immediate)
  core.setRegister(record.fields.destination, SignedMultiply.apply(core, left, right))
  return proceed(core, to: record.following)
}

/// BT: the bit goes to CF; the other flags stay.
enum BitTest: ArithmeticOperation {
  @inline(__always)
  static var storesResult: Bool { false }

  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    core.state.lazyFlags.setCarry(left &>> right & 1 != 0)
    return left
  }
}

enum BitTestAndSet: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    BitTest.apply(core, left, right) | 1 &<< right
  }
}

enum BitTestAndReset: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    BitTest.apply(core, left, right) & ~(1 &<< right)
  }
}

enum BitTestAndComplement: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    BitTest.apply(core, left, right) ^ 1 &<< right
  }
}

// MARK: Operands

/// Where the second operand of a record comes from.
protocol SourceOperand {
  static func value<Value: UnsignedWord>(_ core: Core, _ record: RecordReference) -> Value
}

enum RegisterSource: SourceOperand {
  @inline(__always)
  static func value<Value: UnsignedWord>(_ core: Core, _ record: RecordReference) -> Value {
    core.register(record.fields.source)
  }
}

enum ImmediateSource: SourceOperand {
  @inline(__always)
  static func value<Value: UnsignedWord>(_ core: Core, _ record: RecordReference) -> Value {
    Value(truncatingIfNeeded: record.fields.immediate)
  }
}

// MARK: Forms

/// OP register, register or OP register, immediate.
@inline(__always)
func arithmetic<Operation: ArithmeticOperation, Value: UnsignedWord, Source: SourceOperand>(
  _ operation: Operation.Type, _ type: Value.Type, _ source: Source.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let left: Value = core.register(record.fields.destination)
  let right: Value = Source.value(core, record)
  let result = Operation.apply(core, left, right)
  if Operation.storesResult { core.setRegister(record.fields.destination, result) }
  return proceed(core, to: record.following)
}

/// OP register, memory.
enum ArithmeticFromMemory<Operation: ArithmeticOperation, Value: UnsignedWord>: LoadOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) {
    let left: Value = core.register(record.fields.destination)
    let result = Operation.apply(core, left, value)
    if Operation.storesResult { core.setRegister(record.fields.destination, result) }
  }
}

/// CMP or TEST memory, register or immediate: memory is only read.
enum ComparisonWithMemory<
  Operation: ArithmeticOperation, Value: UnsignedWord, Source: SourceOperand
>: LoadOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) {
    _ = Operation.apply(core, value, Source.value(core, record) as Value)
  }
}

/// OP memory, register or immediate.
enum ArithmeticToMemory<
  Operation: ArithmeticOperation, Value: UnsignedWord, Source: SourceOperand
>: ModifyOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value {
    Operation.apply(core, value, Source.value(core, record) as Value)
  }
}
