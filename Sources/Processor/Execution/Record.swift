import X86

/// Executes one record and goes on.
///
/// In release builds a handler ends by jumping to the next record's handler, so a value comes back only when
/// the chain stops; in debug builds it returns the next record, because nothing there makes a call a jump.
typealias Handler =
  @convention(c) (_ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer)
  -> Continuation

/// The address of the record to execute next, or ``leaveBlock``.
///
/// It is an integer and not an optional pointer because the latter's conversions keep the compiler from
/// turning the call at a handler's end into a jump.
typealias Continuation = UInt

/// Back to the run loop.
let leaveBlock: Continuation = 0

/// One decoded instruction, or a part of one, in the form that its handler wants.
struct Record {
  /// What to do.
  var handler: Handler
  /// An immediate, a link to a block, or a pointer to the ``Instruction``, as the handler knows.
  var immediate: UInt64 = 0
  /// Added to the address of a memory operand.
  var displacement: Int32 = 0
  /// Byte offsets of registers in the state.
  var destination: UInt8 = 0
  var source: UInt8 = 0
  var base: UInt8 = RegisterOffset.zero
  var index: UInt8 = RegisterOffset.zero
  /// The byte offset of a register that holds a segment's base.
  var segmentBase: UInt8 = RegisterOffset.zero
  /// The index is shifted left by this.
  var scaleShift: UInt8 = 0
  /// The instruction's length in bytes.
  var length: UInt8 = 0
  /// How many instructions of the block come after this one.
  var remaining: UInt8 = 0
  /// Where the instruction begins in its page.
  var pageOffset: UInt16 = 0
  /// For handlers that want more than registers: the width in bytes, a condition, a count.
  var parameter: UInt8 = 0
  /// What slow paths have to know.
  var traits: Traits = []

  /// What is particular about a record.
  struct Traits: OptionSet {
    let rawValue: UInt8
    /// Faults of the memory operand are #SS instead of #GP.
    static let stackSegment = Traits(rawValue: 1 << 0)
    /// The next record is part of the same instruction: the block must not be left between the two.
    static let continuesInstruction = Traits(rawValue: 1 << 1)
    /// The instruction is VEX-encoded.
    static let vex = Traits(rawValue: 1 << 2)
    /// Vectors have 32 bytes.
    static let ymm = Traits(rawValue: 1 << 3)
  }

  init(_ handler: @escaping Handler) { self.handler = handler }
}

/// A handler's second argument.
struct RecordReference {
  private let pointer: UnsafeMutablePointer<Record>

  @inline(__always)
  init(_ raw: UnsafeMutableRawPointer) { pointer = raw.assumingMemoryBound(to: Record.self) }

  @inline(__always)
  init(_ pointer: UnsafeMutablePointer<Record>) { self.pointer = pointer }

  @inline(__always)
  var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }

  @inline(__always)
  var fields: Record {
    unsafeAddress { UnsafePointer(pointer) }
    nonmutating unsafeMutableAddress { pointer }
  }

  /// The record after this one.
  @inline(__always)
  var following: RecordReference { RecordReference(pointer + 1) }

  /// The value with which a handler asks for this record.
  @inline(__always)
  var continuation: Continuation { UInt(bitPattern: pointer) }

  /// The immediate as a pointer to the whole instruction.
  @inline(__always)
  var instruction: UnsafePointer<Instruction> {
    UnsafePointer(bitPattern: UInt(truncatingIfNeeded: fields.immediate)).unsafelyUnwrapped
  }
}

/// Ends a handler: goes on with a record.
@inline(__always)
func proceed(_ core: Core, to record: RecordReference) -> Continuation {
  #if DEBUG
    return record.continuation
  #else
    return record.fields.handler(core.raw, record.raw)
  #endif
}

extension Core {
  /// The linear address of a record's instruction.
  @inline(__always)
  func address(of record: RecordReference) -> UInt64 {
    register(RegisterOffset.codePage, as: UInt64.self) &+ UInt64(record.fields.pageOffset)
  }

  /// The instruction pointer for a linear address in the code segment.
  @inline(__always)
  func instructionPointer(at address: UInt64) -> UInt64 {
    (address &- register(RegisterOffset.codeBase, as: UInt64.self))
      & register(RegisterOffset.pointerMask, as: UInt64.self)
  }

  /// The linear address of the instruction after a record's.
  @inline(__always)
  func nextAddress(_ record: RecordReference) -> UInt64 {
    address(of: record) &+ UInt64(record.fields.length)
  }
}
