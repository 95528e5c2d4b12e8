/// How the processor interprets instruction bytes: the default operand and address size.
public enum CodeMode: UInt8, Sendable, CaseIterable {
  /// Real mode, virtual-8086 mode, and segments with D = 0.
  case bits16
  /// Segments with D = 1.
  case bits32
  /// 64-bit mode: a segment with L = 1 while EFER.LMA is set.
  case bits64
}

/// The sixteen conditions of Jcc, SETcc and CMOVcc, with their encodings (APM volume 3, 1.4.7).
public enum Condition: UInt8, Sendable, CaseIterable {
  case overflow, notOverflow, below, notBelow, zero, notZero, belowOrEqual, above
  case sign, notSign, parity, notParity, less, notLess, lessOrEqual, greater
}

/// The segment registers, with their encodings.
public enum SegmentRegister: UInt8, Sendable, CaseIterable {
  case es, cs, ss, ds, fs, gs
}

/// One operand of an instruction.
public struct Operand: Equatable, Sendable {
  /// What an operand is.
  public enum Kind: UInt8, Sendable {
    /// There is no such operand.
    case none
    /// General register `number` (0 RAX to 15 R15), its low `width` bytes.
    case register
    /// AH, CH, DH or BH: `number` is 0 to 3, of the register that the byte belongs to.
    case highByteRegister
    /// The instruction's memory operand.
    case memory
    /// The instruction's immediate, sign-extended to 64 bits where the manual extends it.
    case immediate
    /// A branch displacement, relative to the end of the instruction, in the instruction's immediate.
    case relative
    /// Selector and offset in the instruction: `immediate` is the offset, `secondImmediate` the selector.
    case farPointer
    /// A segment register; `number` is a ``SegmentRegister``.
    case segmentRegister
    /// CR0 to CR15.
    case controlRegister
    /// DR0 to DR15.
    case debugRegister
    /// MM0 to MM7.
    case mmxRegister
    /// XMM0 to XMM15, or YMM where `width` is 32.
    case vectorRegister
    /// ST(number).
    case x87Register
    /// The second immediate of ENTER, EXTRQ and INSERTQ.
    case secondImmediate
  }

  /// What it is.
  public var kind: Kind
  /// The number of the register, where it is one.
  public var number: UInt8
  /// How many bytes it has; 0 where that has no meaning (LEA, INVLPG, NOP).
  public var width: UInt16

  /// An operand of the given kind.
  public init(_ kind: Kind = .none, number: UInt8 = 0, width: UInt16 = 0) {
    self.kind = kind
    self.number = number
    self.width = width
  }
}

/// The memory operand: segment:[base + index * scale + displacement].
public struct MemoryOperand: Equatable, Sendable {
  /// In `base` and `index`: no register.
  public static let noRegister: UInt8 = 0xFF
  /// In `base`: the address of the next instruction.
  public static let instructionPointer: UInt8 = 0xFE

  /// The segment in force, overridden or by default. In 64-bit mode only FS and GS matter.
  public var segment: SegmentRegister = .ds
  /// A general register, ``instructionPointer`` or ``noRegister``.
  public var base: UInt8 = noRegister
  /// A general register or ``noRegister``.
  public var index: UInt8 = noRegister
  /// The index is shifted left by this: 0 to 3.
  public var scaleShift: UInt8 = 0
  /// Added to the sum, sign-extended; for MOV with a 64-bit offset the whole address.
  public var displacement: Int64 = 0

  /// An operand without registers.
  public init() {}
}

/// The prefixes that an instruction had and that still matter once its operands are known.
public struct Prefixes: OptionSet, Equatable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// The set with these bits.
  @inlinable
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// F0.
  @inlinable
  public static var lock: Prefixes { Prefixes(rawValue: 1 << 0) }
  /// F3, where it is not part of the opcode.
  @inlinable
  public static var rep: Prefixes { Prefixes(rawValue: 1 << 1) }
  /// F2, where it is not part of the opcode.
  @inlinable
  public static var repne: Prefixes { Prefixes(rawValue: 1 << 2) }
  /// A segment override was given.
  @inlinable
  public static var segmentOverride: Prefixes { Prefixes(rawValue: 1 << 3) }
  /// VEX-encoded: the upper part of the destination is cleared.
  @inlinable
  public static var vex: Prefixes { Prefixes(rawValue: 1 << 4) }
}

/// One decoded instruction.
public struct Instruction: Equatable, Sendable {
  /// What it does.
  public var operation: Operation = .invalid
  /// How many bytes it takes, 1 to 15.
  public var length: UInt8 = 0
  /// The effective operand size in bytes: 1, 2, 4 or 8.
  public var operandSize: UInt8 = 0
  /// The effective address size in bytes: 2, 4 or 8.
  public var addressSize: UInt8 = 0
  /// The prefixes.
  public var prefixes: Prefixes = []
  /// For Jcc, SETcc, CMOVcc and FCMOVcc.
  public var condition: Condition = .overflow
  /// What the processor must have for this encoding.
  public var feature: Feature = .base
  /// The operands in Intel's order, destination first; unused ones are `.none`.
  public var operands: (Operand, Operand, Operand, Operand) = (Operand(), Operand(), Operand(), Operand())
  /// The memory operand, if one of the operands is `.memory`.
  public var memory = MemoryOperand()
  /// The immediate, displacement or far offset.
  public var immediate: UInt64 = 0
  /// The selector of a far pointer; the second immediate of ENTER, EXTRQ and INSERTQ.
  public var secondImmediate: UInt16 = 0

  /// An invalid instruction of no length.
  public init() {}

  /// Whether all parts are the same.
  public static func == (left: Instruction, right: Instruction) -> Bool {
    left.operation == right.operation && left.length == right.length
      && left.operandSize == right.operandSize && left.addressSize == right.addressSize
      && left.prefixes == right.prefixes && left.condition == right.condition
      && left.feature == right.feature
      && left.operands == right.operands && left.memory == right.memory
      && left.immediate == right.immediate && left.secondImmediate == right.secondImmediate
  }
}
