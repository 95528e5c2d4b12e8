/// The prefix that selects among the instructions of an opcode.
enum OpcodePrefix: UInt8, CaseIterable {
  /// None of 66, F3 and F2.
  case np
  /// 66.
  case p66
  /// F3.
  case pF3
  /// F2.
  case pF2
  /// Neither F3 nor F2; 66 keeps its meaning of an operand size.
  case unrepeated

  /// Whether a form with this requirement answers to `column`, the prefix an instruction has.
  func admits(_ column: OpcodePrefix) -> Bool {
    self == column || (self == .unrepeated && (column == .np || column == .p66))
  }
}

/// Whether ModRM.mod names memory or, with the value 3, a register.
enum ModRMForm: UInt8 {
  case memory
  case register
}

/// Properties of a form.
struct FormAttributes: OptionSet {
  let rawValue: UInt16

  /// LOCK is allowed if the destination is memory.
  static let lock = FormAttributes(rawValue: 1 << 0)
  /// In 64-bit mode the operand size is 8 unless a prefix makes it 2.
  static let default64 = FormAttributes(rawValue: 1 << 1)
  /// In 64-bit mode the operand size is 8 whatever the prefixes.
  static let force64 = FormAttributes(rawValue: 1 << 2)
  /// The operand size is 1.
  static let byte = FormAttributes(rawValue: 1 << 3)
  /// The operand size is at most 4.
  static let atMost32 = FormAttributes(rawValue: 1 << 4)
  /// There is no such instruction in 64-bit mode.
  static let not64 = FormAttributes(rawValue: 1 << 5)
  /// There is no such instruction outside 64-bit mode.
  static let only64 = FormAttributes(rawValue: 1 << 6)
  /// The low four bits of the opcode are a condition.
  static let conditional = FormAttributes(rawValue: 1 << 7)
  /// With vectors of 32 bytes it needs AVX2.
  static let longNeedsAVX2 = FormAttributes(rawValue: 1 << 8)
  /// The operand size is 8 in 64-bit mode and 4 otherwise.
  static let native = FormAttributes(rawValue: 1 << 9)
}

/// One form of an opcode: a line of the manuals' opcode tables.
struct OpcodeForm {
  /// The opcodes; several where the low bits are a register or a condition.
  var opcodes: ClosedRange<UInt8>
  /// The prefix it requires; nil if any, which then keeps its general meaning.
  var prefix: OpcodePrefix?
  /// The value of ModRM.reg it requires.
  var reg: UInt8?
  /// The kind of ModRM.mod it requires.
  var mod: ModRMForm?
  /// The value of ModRM.rm it requires.
  var rm: UInt8?
  /// The value of REX.W or VEX.W it requires.
  var wide: Bool?
  /// The vector length it requires in bytes.
  var length: UInt8?
  /// The value of REX.B it requires.
  var extended: Bool?
  /// What it does.
  var operation: Operation
  /// Its operands.
  var operands: (OperandCode, OperandCode, OperandCode, OperandCode)
  /// Its properties.
  var attributes: FormAttributes
  /// The condition of FCMOVcc; others have it in their opcode.
  var condition: Condition
  /// What it needs.
  var feature: Feature

  /// A form: opcode and selectors, operation, operands, properties.
  ///
  /// A form with an operand that can only be memory or only a register requires that ModRM.mod.
  init(
    _ opcode: UInt8, through last: UInt8? = nil, prefix: OpcodePrefix? = nil,
    reg: UInt8? = nil, mod: ModRMForm? = nil, rm: UInt8? = nil,
    wide: Bool? = nil, length: UInt8? = nil, extended: Bool? = nil,
    _ operation: Operation,
    _ first: OperandCode = .none, _ second: OperandCode = .none,
    _ third: OperandCode = .none, _ fourth: OperandCode = .none,
    is attributes: FormAttributes = [], when condition: Condition = .overflow, needs feature: Feature = .base
  ) {
    self.opcodes = opcode...max(opcode, last ?? opcode)
    self.prefix = prefix
    self.reg = reg
    self.rm = rm
    self.wide = wide
    self.length = length
    self.extended = extended
    self.operation = operation
    self.operands = (first, second, third, fourth)
    self.attributes = attributes
    self.condition = condition
    self.feature = feature
    self.mod = mod
    for code in operandCodes {
      switch code.method {
      case .memoryOnly, .vectorMemory: self.mod = .memory
      case .generalOnly, .mmxOnly, .vectorOnly, .stackRegister: self.mod = .register
      default: break
      }
    }
  }

  /// The operands as an array.
  var operandCodes: [OperandCode] { [operands.0, operands.1, operands.2, operands.3] }

  /// Whether a ModRM byte follows the opcode.
  var hasModRM: Bool {
    reg != nil || mod != nil || rm != nil || operandCodes.contains { $0.method.usesModRM }
  }

  /// Of the forms that fit an encoding the one with the greatest precedence is meant.
  ///
  /// Each kind of requirement is a bit, so two fitting forms of equal precedence make the same requirements:
  /// the tables contradict themselves.
  var precedence: Int {
    var precedence = 0
    if mod != nil { precedence |= 1 << 0 }
    if reg != nil { precedence |= 1 << 1 }
    if rm != nil { precedence |= 1 << 2 }
    if prefix == .unrepeated { precedence |= 1 << 3 }
    if prefix != nil && prefix != .unrepeated { precedence |= 1 << 4 }
    if wide != nil { precedence |= 1 << 5 }
    if length != nil { precedence |= 1 << 6 }
    if extended != nil { precedence |= 1 << 7 }
    return precedence
  }
}
