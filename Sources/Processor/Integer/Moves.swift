import X86

/// MOV register, register.
@inline(__always)
func move<Value: UnsignedWord, Source: SourceOperand>(
  _ type: Value.Type, _ source: Source.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.setRegister(record.fields.destination, Source.value(core, record) as Value)
  return proceed(core, to: record.following)
}

/// MOV register, memory.
enum MoveFromMemory<Value: UnsignedWord>: LoadOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) {
    core.setRegister(record.fields.destination, value)
  }
}

/// MOV memory, register or immediate.
enum MoveToMemory<Value: UnsignedWord, Source: SourceOperand>: StoreOperation {
  @inline(__always)
  static func value(_ core: Core, _ record: RecordReference) -> Value { Source.value(core, record) }
}

/// How a narrow value becomes a wide one.
protocol Extension {
  static func extend<Narrow: UnsignedWord, Wide: UnsignedWord>(
    _ value: Narrow, to type: Wide.Type
  ) -> Wide
}

enum ZeroExtension: Extension {
  @inline(__always)
  static func extend<Narrow: UnsignedWord, Wide: UnsignedWord>(
    _ value: Narrow, to type: Wide.Type
  ) -> Wide { Wide(truncatingIfNeeded: value) }
}

enum SignExtension: Extension {
  @inline(__always)
  static func extend<Narrow: UnsignedWord, Wide: UnsignedWord>(
    _ value: Narrow, to type: Wide.Type
  ) -> Wide { Wide(truncatingIfNeeded: LazyFlags.extend(value)) }
}

/// MOVZX, MOVSX or MOVSXD register, register.
@inline(__always)
func extend<How: Extension, Narrow: UnsignedWord, Wide: UnsignedWord>(
  _ how: How.Type, _ narrow: Narrow.Type, _ wide: Wide.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let value: Narrow = core.register(record.fields.source)
  core.setRegister(record.fields.destination, How.extend(value, to: Wide.self))
  return proceed(core, to: record.following)
}

/// MOVZX, MOVSX or MOVSXD register, memory.
enum ExtendFromMemory<
  How: Extension, Value: UnsignedWord, Wide: UnsignedWord
>: LoadOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) {
    core.setRegister(record.fields.destination, How.extend(value, to: Wide.self))
  }
}

/// LEA.
@inline(__always)
func loadAddress<Value: UnsignedWord, Form: AddressForm>(
  _ type: Value.Type, _ form: Form.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.setRegister(record.fields.destination, Value(truncatingIfNeeded: Form.address(core, record)))
  return proceed(core, to: record.following)
}

/// CMOVcc register, register. The 32-bit form clears the upper half even when the condition does not hold.
@inline(__always)
func conditionalMove<Condition: StaticCondition, Value: UnsignedWord>(
  _ condition: Condition.Type, _ type: Value.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  ConditionalMove<Condition, Value>.execute(core, record, core.register(record.fields.source))
  return proceed(core, to: record.following)
}

/// CMOVcc register, memory.
enum ConditionalMove<Condition: StaticCondition, Value: UnsignedWord>: LoadOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) {
    let old: Value = core.register(record.fields.destination)
    core.setRegister(record.fields.destination, Condition.holds(core.state.lazyFlags) ? value : old)
  }
}

/// XCHG memory, register.
enum ExchangeWithMemory<Value: UnsignedWord>: ModifyOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value {
    let new: Value = core.register(record.fields.source)
    core.setRegister(record.fields.source, value)
    return new
  }
}

/// XADD memory, register.
enum ExchangeAndAdd<Value: UnsignedWord>: ModifyOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value {
    let addend: Value = core.register(record.fields.source)
    core.setRegister(record.fields.source, value)
    return Add.apply(core, value, addend)
  }
}

/// CMPXCHG memory, register. The old value is written back if the comparison fails, as the hardware does.
enum CompareAndExchange<Value: UnsignedWord>: ModifyOperation {
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value {
    let accumulator: Value = core.register(RegisterOffset.general(0))
    _ = Compare.apply(core, accumulator, value)
    if accumulator == value { return core.register(record.fields.source) }
    core.setRegister(RegisterOffset.general(0), value)
    return value
  }
}

/// SETcc register.
@inline(__always)
func setOnCondition<Condition: StaticCondition>(
  _ condition: Condition.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.setRegister(record.fields.destination, UInt8(Condition.holds(core.state.lazyFlags) ? 1 : 0))
  return proceed(core, to: record.following)
}

/// SETcc memory.
enum SetMemoryOnCondition: StoreOperation {
  @inline(__always)
  static func value(_ core: Core, _ record: RecordReference) -> UInt8 {
    core.state.lazyFlags.holds(Condition(rawValue: record.fields.parameter).unsafelyUnwrapped) ? 1 : 0
  }
}
