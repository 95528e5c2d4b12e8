import X86

/// Zydis's numbers for what our instructions do.
struct MnemonicNames {
  private let zydis: ZydisDecoder
  private var cache: [UInt32: UInt16] = [:]

  /// Prepares the numbers of all operations with all sizes and conditions.
  init(_ zydis: ZydisDecoder) {
    self.zydis = zydis
    for operation in Operation.allCases {
      for condition in Condition.allCases {
        for (operandSize, addressSize) in Self.sizes {
          var instruction = Instruction()
          instruction.operation = operation
          instruction.condition = condition
          instruction.operandSize = operandSize
          instruction.addressSize = addressSize
          cache[Self.key(instruction)] = zydis.mnemonics[Self.name(of: instruction)]
        }
      }
    }
  }

  private static let sizes: [(operand: UInt8, address: UInt8)] =
    [1, 2, 4, 8].flatMap { operand in [2, 4, 8].map { (operand, $0) } }

  /// The number of what an instruction does; `nil` if Zydis has no name for it.
  func number(of instruction: Instruction) -> UInt16? { cache[Self.key(instruction)] }

  private static func key(_ instruction: Instruction) -> UInt32 {
    UInt32(instruction.operation.rawValue) << 16 | UInt32(instruction.condition.rawValue) << 8
      | UInt32(instruction.operandSize) << 4 | UInt32(instruction.addressSize)
  }

  /// Zydis's name: ours, but for spelling.
  private static func name(of instruction: Instruction) -> String {
    let ours = instruction.mnemonic
    return switch instruction.operation {
    case .jcc, .setcc, .cmovcc: respell(ours)
    case .wrss, .wruss, .rdssp, .incssp: ours + (instruction.operandSize == 8 ? "q" : "d")
    default: spellings[ours] ?? ours
    }
  }

  /// AE, E, NE, A, GE and G are NB, Z, NZ, NBE, NL and NLE there.
  private static func respell(_ mnemonic: String) -> String {
    for prefix in ["j", "set", "cmov"] where mnemonic.hasPrefix(prefix) {
      let suffixes = ["ae": "nb", "e": "z", "ne": "nz", "a": "nbe", "ge": "nl", "g": "nle"]
      if let suffix = suffixes[String(mnemonic.dropFirst(prefix.count))] { return prefix + suffix }
    }
    return mnemonic
  }

  private static let spellings = [
    "call far": "call", "jmp far": "jmp", "retf": "ret", "wait": "fwait",
    "feni": "feni8087_nop", "fdisi": "fdisi8087_nop", "fsetpm": "fsetpm287_nop",
  ]
}
