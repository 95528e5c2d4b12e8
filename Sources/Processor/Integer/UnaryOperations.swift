import X86

/// An operation of one operand.
protocol UnaryOperation {
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value) -> Value
}

enum Increment: UnaryOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value) -> Value {
    let carry = core.state.lazyFlags.carry
    let sum = value &+ 1
    core.state.lazyFlags.setAddition(value, 1, sum: sum)
    core.state.lazyFlags.setCarry(carry)
    return sum
  }
}

enum Decrement: UnaryOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value) -> Value {
    let carry = core.state.lazyFlags.carry
    let difference = value &- 1
    core.state.lazyFlags.setSubtraction(value, 1, difference: difference)
    core.state.lazyFlags.setCarry(carry)
    return difference
  }
}

enum Negate: UnaryOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value) -> Value {
    Subtract.apply(core, 0, value)
  }
}

enum Complement: UnaryOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value) -> Value { ~value }
}

/// OP register.
@inline(__always)
func unary<Operation: UnaryOperation, Value: UnsignedWord>(
  _ operation: Operation.Type, _ type: Value.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let value: Value = core.register(record.fields.destination)
  core.setRegister(record.fields.destination, Operation.apply(core, value))
  return proceed(core, to: record.following)
}

/// OP memory.
enum UnaryOnMemory<Operation: UnaryOperation, Value: UnsignedWord>: ModifyOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value {
    Operation.apply(core, value)
  }
}
