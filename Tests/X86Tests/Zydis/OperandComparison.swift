import X86
import ZydisReference

/// Whether the operands of ours are the same as Zydis's.
struct OperandComparison {
  /// What may be different.
  struct Leniency: OptionSet {
    let rawValue: UInt8
    /// The width of memory.
    static let memoryWidth = Leniency(rawValue: 1 << 0)
    /// The width of general registers of at least 16 bits.
    static let registerWidth = Leniency(rawValue: 1 << 1)
    /// Zydis may see R13D, and no displacement, where we see a displacement without a base.
    static let absentBase = Leniency(rawValue: 1 << 2)
    /// The segment.
    static let segment = Leniency(rawValue: 1 << 3)
    /// All.
    static let everything = Leniency(rawValue: 1 << 4)
  }

  private let instruction: Instruction
  private let mode: CodeMode
  private let theirs: ZydisReferenceInstruction
  private let leniency: Leniency

  init(_ twice: DecodedTwice, but leniency: Leniency = []) {
    instruction = twice.ours
    mode = twice.mode
    theirs = twice.theirs
    self.leniency = leniency
  }

  private typealias Kind = ZydisReferenceOperand.Kind
  private typealias RegisterClass = ZydisReferenceOperand.RegisterClass

  /// Whether our operands are Zydis's that are encoded, and as many of those that are implied as we have more.
  var agrees: Bool {
    if leniency.contains(.everything) { return true }
    let ours = [
      instruction.operands.0, instruction.operands.1, instruction.operands.2, instruction.operands.3,
    ]
    .filter { $0.kind != .none }
    return withUnsafeBytes(of: theirs.operands) { raw in
      let theirs = raw.bindMemory(to: ZydisReferenceOperand.self).prefix(Int(theirs.operandCount))
        .filter { $0.visibility != ZydisReferenceOperand.Visibility.hidden.rawValue }
      let encoded = theirs.count { $0.visibility == ZydisReferenceOperand.Visibility.encoded.rawValue }
      var implied = ours.count - encoded
      var position = 0
      for other in theirs {
        let isImplied = other.visibility == ZydisReferenceOperand.Visibility.implied.rawValue
        if isImplied, implied <= 0 { continue }
        if position < ours.count, isSame(ours[position], as: other) {
          position += 1
          if isImplied { implied -= 1 }
        } else if !isImplied {
          return false
        }
      }
      return position == ours.count
    }
  }

  private func isSame(_ operand: Operand, as other: ZydisReferenceOperand) -> Bool {
    switch operand.kind {
    case .none: false
    case .register: isGeneral(operand.number, width: operand.width, other)
    case .highByteRegister: isRegister(.general8, operand.number + 4, other)
    case .segmentRegister: isRegister(.segment, operand.number, other)
    case .controlRegister: isRegister(.control, operand.number, other)
    case .debugRegister: isRegister(.debug, operand.number, other)
    case .mmxRegister: isRegister(.mmx, operand.number, other)
    case .x87Register: isRegister(.x87, operand.number, other)
    case .vectorRegister:
      // What is used of a register is narrower than the register.
      isRegister(operand.width == 32 ? .ymm : .xmm, operand.number, other)
    case .memory: isMemory(width: operand.width, other)
    case .immediate: isImmediate(instruction.immediate, width: operand.width, other)
    case .secondImmediate: isImmediate(UInt64(instruction.secondImmediate), width: 1, other)
    case .relative:
      other.kind == Kind.immediate.rawValue && other.isRelative
        && other.value == Int64(bitPattern: instruction.immediate)
    case .farPointer:
      other.kind == Kind.pointer.rawValue && other.selector == instruction.secondImmediate
        && UInt64(bitPattern: other.value) == instruction.immediate
    }
  }

  private func isRegister(_ kind: RegisterClass, _ number: UInt8, _ other: ZydisReferenceOperand) -> Bool {
    other.kind == Kind.register.rawValue && other.registerClass == kind.rawValue
      && other.registerNumber == number
  }

  private func isGeneral(_ number: UInt8, width: UInt16, _ other: ZydisReferenceOperand) -> Bool {
    if leniency.contains(.registerWidth), width > 1 {
      return other.kind == Kind.register.rawValue && other.registerNumber == number
        && RegisterClass.general16.rawValue...RegisterClass.general64.rawValue ~= other.registerClass
    }
    return switch width {
    // Zydis numbers AH to BH 4 to 7, and what needs REX after them.
    case 1: isRegister(.general8, number < 4 ? number : number + 4, other)
    case 2: isRegister(.general16, number, other)
    case 4: isRegister(.general32, number, other)
    default: isRegister(.general64, number, other)
    }
  }

  private func isImmediate(_ value: UInt64, width: UInt16, _ other: ZydisReferenceOperand) -> Bool {
    // What is extended is extended to the operand size.
    let used = max(UInt64(width), UInt64(instruction.operandSize))
    let mask: UInt64 = used >= 8 ? ~0 : 1 << (used * 8) - 1
    return other.kind == Kind.immediate.rawValue && !other.isRelative
      && (UInt64(bitPattern: other.value) ^ value) & mask == 0
  }

  // MARK: Memory

  private func isMemory(width: UInt16, _ other: ZydisReferenceOperand) -> Bool {
    guard other.kind == Kind.memory.rawValue else { return false }
    let memory = instruction.memory
    if !other.isAddress {
      guard leniency.contains(.segment) || isSegment(memory.segment, other) else { return false }
      let anyWidth = leniency.contains(.memoryWidth) || width == 0 || other.width == 0
      guard anyWidth || width == other.width else { return false }
    }
    let mask: UInt64 = instruction.addressSize == 8 ? ~0 : 1 << (UInt64(instruction.addressSize) * 8) - 1
    if leniency.contains(.absentBase), memory.base == MemoryOperand.noRegister {
      return other.registerClass == addressClass.rawValue && other.registerNumber == 13
        && isIndex(memory, other)
    }
    return isBase(memory.base, other) && isIndex(memory, other)
      && UInt64(bitPattern: memory.displacement ^ other.value) & mask == 0
  }

  /// In 64-bit mode only FS and GS are segments.
  private func isSegment(_ segment: SegmentRegister, _ other: ZydisReferenceOperand) -> Bool {
    if mode == .bits64, segment.rawValue < SegmentRegister.fs.rawValue {
      return other.segment < SegmentRegister.fs.rawValue
    }
    return other.segment == segment.rawValue
  }

  private var addressClass: RegisterClass {
    switch instruction.addressSize {
    case 2: .general16
    case 4: .general32
    default: .general64
    }
  }

  private func isBase(_ base: UInt8, _ other: ZydisReferenceOperand) -> Bool {
    switch base {
    case MemoryOperand.noRegister: other.registerClass == RegisterClass.none.rawValue
    case MemoryOperand.instructionPointer: other.registerClass == RegisterClass.instructionPointer.rawValue
    default: other.registerClass == addressClass.rawValue && other.registerNumber == base
    }
  }

  private func isIndex(_ memory: MemoryOperand, _ other: ZydisReferenceOperand) -> Bool {
    guard memory.index != MemoryOperand.noRegister else {
      return other.indexClass == RegisterClass.none.rawValue
    }
    let isVector = [RegisterClass.xmm.rawValue, RegisterClass.ymm.rawValue].contains(other.indexClass)
    return other.indexNumber == memory.index && other.scale == 1 << memory.scaleShift
      && (isVector || other.indexClass == addressClass.rawValue)
  }
}
