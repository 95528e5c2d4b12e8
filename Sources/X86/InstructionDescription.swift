extension Instruction: CustomStringConvertible {
  /// The instruction in Intel's syntax, for logs and reports: `lock add dword [fs:rax+rcx*4-0x8], 0x1`.
  ///
  /// Branch targets are relative to the next instruction. Operands that are implied are not shown.
  public var description: String {
    var text = ""
    if prefixes.contains(.lock) { text += "lock " }
    if prefixes.contains(.rep) { text += "rep " }
    if prefixes.contains(.repne) { text += "repne " }
    text += mnemonic
    let shown = [operands.0, operands.1, operands.2, operands.3].filter { $0.kind != .none }
    if !shown.isEmpty {
      text += " " + shown.map(describe).joined(separator: ", ")
    }
    return text
  }

  /// The mnemonic, with the condition or the size that belongs to it.
  public var mnemonic: String {
    switch operation {
    case .jcc: "j" + condition.suffix
    case .setcc: "set" + condition.suffix
    case .cmovcc: "cmov" + condition.suffix
    case .fcmovcc: "fcmov" + condition.x87Suffix
    case .movs, .cmps, .stos, .lods, .scas, .ins, .outs: "\(operation)" + sized("b", "w", "d", "q")
    case .convertByte: sized("cbw", "cbw", "cwde", "cdqe")
    case .convertWord: sized("cwd", "cwd", "cdq", "cqo")
    case .iret, .pushf, .popf, .pusha, .popa: "\(operation)" + sized("", "", "d", "q")
    case .jrcxz: addressSize == 2 ? "jcxz" : addressSize == 4 ? "jecxz" : "jrcxz"
    case .fxsave, .fxrstor, .xsave, .xsaveopt, .xsavec, .xsaves, .xrstor, .xrstors:
      "\(operation)" + sized("", "", "", "64")
    case .callFar: "call far"
    case .jmpFar: "jmp far"
    case .retFar: "retf"
    case .movControl, .movDebug, .movSegment: "mov"
    default: "\(operation)"
    }
  }

  private func sized(_ byte: String, _ word: String, _ doubleword: String, _ quadword: String) -> String {
    switch operandSize {
    case 1: byte
    case 2: word
    case 4: doubleword
    default: quadword
    }
  }

  private func describe(_ operand: Operand) -> String {
    let number = operand.number
    return switch operand.kind {
    case .none: ""
    case .register: GeneralRegister.name(number, width: Int(operand.width))
    case .highByteRegister: GeneralRegister.highByteName(number)
    case .memory: Self.keyword(width: operand.width) + memoryText
    case .immediate: Self.hexadecimal(Int64(bitPattern: immediate))
    case .relative: Self.hexadecimal(Int64(bitPattern: immediate), plus: "+")
    case .farPointer: "0x" + String(secondImmediate, radix: 16) + ":0x" + String(immediate, radix: 16)
    case .segmentRegister: SegmentRegister(rawValue: number).map { "\($0)" } ?? "s\(number)"
    case .controlRegister: "cr\(number)"
    case .debugRegister: "dr\(number)"
    case .mmxRegister: "mm\(number)"
    case .vectorRegister: (operand.width == 32 ? "ymm" : "xmm") + "\(number)"
    case .x87Register: "st\(number)"
    case .secondImmediate: "0x" + String(secondImmediate, radix: 16)
    }
  }

  private var memoryText: String {
    var terms: [String] = []
    let registerWidth = Int(addressSize)
    if memory.base == MemoryOperand.instructionPointer {
      terms.append(addressSize == 4 ? "eip" : "rip")
    } else if memory.base != MemoryOperand.noRegister {
      terms.append(GeneralRegister.name(memory.base, width: registerWidth))
    }
    if memory.index != MemoryOperand.noRegister {
      let name =
        hasVectorIndex ? "vmm\(memory.index)" : GeneralRegister.name(memory.index, width: registerWidth)
      terms.append(memory.scaleShift == 0 ? name : name + "*\(1 << Int(memory.scaleShift & 3))")
    }
    var text = terms.joined(separator: "+")
    if text.isEmpty {
      // An address without registers is a number of the size of an address.
      let mask: UInt64 = addressSize == 8 ? ~0 : 1 << (UInt64(addressSize) * 8) - 1
      text = "0x" + String(UInt64(bitPattern: memory.displacement) & mask, radix: 16)
    } else if memory.displacement != 0 {
      text += Self.hexadecimal(memory.displacement, plus: "+")
    }
    let segment = prefixes.contains(.segmentOverride) ? "\(memory.segment):" : ""
    return "[" + segment + text + "]"
  }

  private var hasVectorIndex: Bool {
    switch operation {
    case .vgatherdps, .vgatherdpd, .vgatherqps, .vgatherqpd, .vpgatherdd, .vpgatherdq, .vpgatherqd,
      .vpgatherqq:
      true
    default:
      false
    }
  }

  private static func keyword(width: UInt16) -> String {
    switch width {
    case 1: "byte "
    case 2: "word "
    case 4: "dword "
    case 6: "fword "
    case 8: "qword "
    case 10: "tbyte "
    case 16: "xmmword "
    case 32: "ymmword "
    default: ""
    }
  }

  private static func hexadecimal(_ value: Int64, plus: String = "") -> String {
    (value < 0 ? "-" : plus) + "0x" + String(value.magnitude, radix: 16)
  }
}

extension Condition {
  /// What follows J, SET and CMOV.
  fileprivate var suffix: String {
    switch self {
    case .overflow: "o"
    case .notOverflow: "no"
    case .below: "b"
    case .notBelow: "ae"
    case .zero: "e"
    case .notZero: "ne"
    case .belowOrEqual: "be"
    case .above: "a"
    case .sign: "s"
    case .notSign: "ns"
    case .parity: "p"
    case .notParity: "np"
    case .less: "l"
    case .notLess: "ge"
    case .lessOrEqual: "le"
    case .greater: "g"
    }
  }

  /// What follows FCMOV.
  fileprivate var x87Suffix: String {
    switch self {
    case .notBelow: "nb"
    case .above: "nbe"
    case .parity: "u"
    case .notParity: "nu"
    default: suffix
    }
  }
}
