import X86

/// An operation of two operands that sets all status flags: the eight in the rows 00 to 3F of the opcode map,
/// and TEST.
protocol ArithmeticOperation {
  /// Whether the result goes to the first operand.
  static var storesResult: Bool { get }

  /// Computes the result and sets the flags.
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value
}

extension ArithmeticOperation {
  @inline(__always)
  static var storesResult: Bool { true }
}

enum Add: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let sum = left &+ right
    core.state.lazyFlags.setAddition(left, right, sum: sum)
    return sum
  }
}

enum AddWithCarry: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let sum = left &+ right &+ (core.state.lazyFlags.carry ? 1 : 0)
    core.state.lazyFlags.setAddition(left, right, sum: sum)
    return sum
  }
}

enum Subtract: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let difference = left &- right
    core.state.lazyFlags.setSubtraction(left, right, difference: difference)
    return difference
  }
}

enum SubtractWithBorrow: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let difference = left &- right &- (core.state.lazyFlags.carry ? 1 : 0)
    core.state.lazyFlags.setSubtraction(left, right, difference: difference)
    return difference
  }
}

enum Compare: ArithmeticOperation {
  @inline(__always)
  static var storesResult: Bool { false }

  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    Subtract.apply(core, left, right)
  }
}

enum And: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let result = left & right
    core.state.lazyFlags.setLogic(result)
    return result
  }
}

enum Or: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let result = left | right
    core.state.lazyFlags.setLogic(result)
    return result
  }
}

enum ExclusiveOr: ArithmeticOperation {
  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    let result = left ^ right
    core.state.lazyFlags.setLogic(result)
    return result
  }
}

enum Test: ArithmeticOperation {
  @inline(__always)
  static var storesResult: Bool { false }

  @inline(__always)
  static func apply<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ left: Value, _ right: Value) -> Value {
    And.apply(core, left, right)
  }
}

// MARK: Operands

/// Where the second operand of a record comes from.
protocol SourceOperand {
  static func value<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ record: RecordReference) -> Value
}

enum RegisterSource: SourceOperand {
  @inline(__always)
  static func value<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ record: RecordReference) -> Value {
    core.register(record.fields.source)
  }
}

enum ImmediateSource: SourceOperand {
  @inline(__always)
  static func value<Value: FixedWidthInteger & UnsignedInteger>(_ core: Core, _ record: RecordReference) -> Value {
    Value(truncatingIfNeeded: record.fields.immediate)
  }
}

// MARK: Forms

/// OP register, register or OP register, immediate.
@inline(__always)
func arithmetic<Operation: ArithmeticOperation, Value: FixedWidthInteger & UnsignedInteger, Source: SourceOperand>(
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
enum ArithmeticFromMemory<Operation: ArithmeticOperation, Value: FixedWidthInteger & UnsignedInteger>: LoadOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) {
    let left: Value = core.register(record.fields.destination)
    let result = Operation.apply(core, left, value)
    if Operation.storesResult { core.setRegister(record.fields.destination, result) }
  }
}

/// CMP or TEST memory, register or immediate: memory is only read.
enum ComparisonWithMemory<
  Operation: ArithmeticOperation, Value: FixedWidthInteger & UnsignedInteger, Source: SourceOperand
>: LoadOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) {
    _ = Operation.apply(core, value, Source.value(core, record) as Value)
  }
}

/// OP memory, register or immediate.
enum ArithmeticToMemory<
  Operation: ArithmeticOperation, Value: FixedWidthInteger & UnsignedInteger, Source: SourceOperand
>: ModifyOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value {
    Operation.apply(core, value, Source.value(core, record) as Value)
  }
}
