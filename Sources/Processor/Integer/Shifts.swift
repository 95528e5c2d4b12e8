import X86

/// A shift or rotation by a count that is not zero and was masked to 5 or 6 bits (APM volume 3).
protocol ShiftOperation {
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value, _ count: UInt64) -> Value
}

extension ShiftOperation {
  /// Leaves value and flags alone if the masked count is zero.
  @inline(__always)
  static func applyMasked<Value: UnsignedWord>(
    _ core: Core, _ value: Value, _ count: UInt64
  ) -> Value {
    let masked = count & (Value.bitWidth == 64 ? 63 : 31)
    return masked == 0 ? value : apply(core, value, masked)
  }
}

extension Core {
  /// The flags after SHL, SHR and SAR. AF is undefined and left clear.
  @inline(__always)
  func setShiftFlags<Value: UnsignedWord>(_ result: Value, carry: Bool, overflow: Bool) {
    state.lazyFlags.result = LazyFlags.extend(result)
    state.lazyFlags.carries =
      (carry ? LazyFlags.Bit.carry : 0) | (carry != overflow ? LazyFlags.Bit.carryXorOverflow : 0)
  }
}

enum ShiftLeft: ShiftOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value, _ count: UInt64) -> Value {
    let beforeLast = value << Value(truncatingIfNeeded: count - 1)
    let result = beforeLast << 1
    let carry = beforeLast.leadingZeroBitCount == 0
    core.setShiftFlags(result, carry: carry, overflow: carry != (result.leadingZeroBitCount == 0))
    return result
  }
}

enum ShiftRight: ShiftOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value, _ count: UInt64) -> Value {
    let beforeLast = value >> Value(truncatingIfNeeded: count - 1)
    let result = beforeLast >> 1
    core.setShiftFlags(result, carry: beforeLast & 1 != 0, overflow: beforeLast.leadingZeroBitCount == 0)
    return result
  }
}

enum ShiftArithmeticRight: ShiftOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value, _ count: UInt64) -> Value {
    let wide = Int64(bitPattern: LazyFlags.extend(value))
    let beforeLast = wide >> Int64(count - 1)
    let result = Value(truncatingIfNeeded: beforeLast >> 1)
    core.setShiftFlags(result, carry: beforeLast & 1 != 0, overflow: false)
    return result
  }
}

enum RotateLeft: ShiftOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value, _ count: UInt64) -> Value {
    let distance = Value(truncatingIfNeeded: count) & Value(Value.bitWidth - 1)
    let opposite = (Value(Value.bitWidth) &- distance) & Value(Value.bitWidth - 1)
    let result = value &<< distance | (distance == 0 ? 0 : value &>> opposite)
    let carry = result & 1 != 0
    core.state.lazyFlags.setCarry(carry, overflow: carry != (result.leadingZeroBitCount == 0))
    return result
  }
}

enum RotateRight: ShiftOperation {
  @inline(__always)
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value, _ count: UInt64) -> Value {
    let distance = Value(truncatingIfNeeded: count) & Value(Value.bitWidth - 1)
    let opposite = (Value(Value.bitWidth) &- distance) & Value(Value.bitWidth - 1)
    let result = value &>> distance | (distance == 0 ? 0 : value &<< opposite)
    let carry = result.leadingZeroBitCount == 0
    core.state.lazyFlags.setCarry(carry, overflow: carry != ((result << 1).leadingZeroBitCount == 0))
    return result
  }
}

enum RotateCarryLeft: ShiftOperation {
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value, _ count: UInt64) -> Value {
    var result = value
    var carry = core.state.lazyFlags.carry
    for _ in 0..<count % UInt64(Value.bitWidth + 1) {
      let out = result.leadingZeroBitCount == 0
      result = result << 1 | (carry ? 1 : 0)
      carry = out
    }
    core.state.lazyFlags.setCarry(carry, overflow: carry != (result.leadingZeroBitCount == 0))
    return result
  }
}

enum RotateCarryRight: ShiftOperation {
  static func apply<Value: UnsignedWord>(_ core: Core, _ value: Value, _ count: UInt64) -> Value {
    var result = value
    var carry = core.state.lazyFlags.carry
    for _ in 0..<count % UInt64(Value.bitWidth + 1) {
      let out = result & 1 != 0
      result = result >> 1 | (carry ? 1 << Value(Value.bitWidth - 1) : 0)
      carry = out
    }
    let overflow = (result.leadingZeroBitCount == 0) != ((result << 1).leadingZeroBitCount == 0)
    core.state.lazyFlags.setCarry(carry, overflow: overflow)
    return result
  }
}

/// Where the count comes from.
protocol ShiftCount {
  static func count(_ core: Core, _ record: RecordReference) -> UInt64
}

enum ImmediateCount: ShiftCount {
  @inline(__always)
  static func count(_ core: Core, _ record: RecordReference) -> UInt64 { record.fields.immediate }
}

/// CL.
enum RegisterCount: ShiftCount {
  @inline(__always)
  static func count(_ core: Core, _ record: RecordReference) -> UInt64 { core.general(GeneralRegister.rcx) }
}

/// OP register, count.
@inline(__always)
func shift<Operation: ShiftOperation, Value: UnsignedWord, Count: ShiftCount>(
  _ operation: Operation.Type, _ type: Value.Type, _ count: Count.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let value: Value = core.register(record.fields.destination)
  let result = Operation.applyMasked(core, value, Count.count(core, record))
  core.setRegister(record.fields.destination, result)
  return proceed(core, to: record.following)
}

/// OP memory, count.
enum ShiftMemory<Operation: ShiftOperation, Value: UnsignedWord, Count: ShiftCount>:
  ModifyOperation
{
  @inline(__always)
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value {
    Operation.applyMasked(core, value, Count.count(core, record))
  }
}
