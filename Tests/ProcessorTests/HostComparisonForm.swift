import HostProcessor
import X86

/// One encoding of an instruction, as a line of ``HostComparisonForms`` says it.
struct HostComparisonForm: CustomStringConvertible, Sendable {
  /// What follows the opcode.
  enum ModRM: Equatable {
    case none
    /// `/r`: a register operand and one that is a register or memory.
    case register
    /// `/0` to `/7`: the digit belongs to the opcode.
    case digit(UInt8)
  }

  enum Immediate {
    case none
    /// `ib`, `iw`.
    case byte, word
    /// `iz`: of the operand size, at most 4 bytes; `iv`: of the operand size.
    case atMost32, full
    /// `iwib`: ENTER's.
    case frame
    /// `moffs`: an address of the address size.
    case address
    /// `rel8`, `rel32`.
    case shortDistance, distance
  }

  /// The sizes of the operands.
  enum Size: Equatable {
    /// `b`: a byte, whatever the prefixes say.
    case byte
    /// `v`: 2, 4 or 8 bytes.
    case any
    /// `wide`: 4 or 8 bytes.
    case wide
    /// `stack`: 8 bytes, or 2 with the operand-size prefix.
    case stack
    /// `branch`: 8 bytes.
    case branch
  }

  /// The register in the lower bits of the opcode and REX.B.
  enum OpcodeRegister {
    case any, r8
  }

  /// What `VEX.66.0F38` and the like say: the encoding begins with C4.
  struct VEX: Equatable {
    /// The values of VEX.pp and VEX.mmmmm.
    let prefix: UInt8
    let map: UInt8

    init?(_ word: String) {
      let parts = word.split(separator: ".").map(String.init)
      guard parts.count == 3, parts[0] == "VEX",
        let prefix = ["NP", "66", "F3", "F2"].firstIndex(of: parts[1]),
        let map = ["0F", "0F38", "0F3A"].firstIndex(of: parts[2])
      else { return nil }
      self.prefix = UInt8(prefix)
      self.map = UInt8(map + 1)
    }
  }

  let description: String
  let name: String
  let vex: VEX?
  /// `vvvv`: a third operand is a register in VEX.vvvv.
  let hasVEXRegister: Bool
  let mandatoryPrefix: UInt8?
  let opcode: [UInt8]
  let modRM: ModRM
  /// `+r`, or `+r8`, which is that register and no other.
  let opcodeRegister: OpcodeRegister?
  let immediate: Immediate
  let size: Size
  /// `narrow`: the register or memory operand of `/r` is a byte.
  let hasNarrowSource: Bool
  /// `mem`: the operand is never a register.
  let needsMemory: Bool
  /// `noaccess`: the address is computed and nothing is done there.
  let isWithoutAccess: Bool
  let isLockable: Bool
  let isString: Bool

  init?(_ line: String) {
    description = line
    var words = line.split(separator: " ").map(String.init)
    guard !words.isEmpty else { return nil }
    name = words.removeFirst()
    vex = VEX(words.first ?? "")
    if vex != nil { words.removeFirst() }
    let bytes = words.prefix { $0.count == 2 && UInt8($0, radix: 16) != nil }
    words.removeFirst(bytes.count)
    var opcode = bytes.compactMap { UInt8($0, radix: 16) }
    if vex == nil, opcode.count > 1, let first = opcode.first, [0x66, 0xF2, 0xF3].contains(first) {
      mandatoryPrefix = first
      opcode.removeFirst()
    } else {
      mandatoryPrefix = nil
    }
    self.opcode = opcode
    let digit = words.first { $0.hasPrefix("/") }.flatMap { UInt8($0.dropFirst()) }
    modRM = digit.map { .digit($0) } ?? (words.contains("/r") ? .register : .none)
    opcodeRegister = words.contains("+r") ? .any : words.contains("+r8") ? .r8 : nil
    let immediates: [String: Immediate] = [
      "ib": .byte, "iw": .word, "iz": .atMost32, "iv": .full, "iwib": .frame, "moffs": .address,
      "rel8": .shortDistance, "rel32": .distance,
    ]
    immediate = words.compactMap { immediates[$0] }.first ?? .none
    hasVEXRegister = words.contains("vvvv")
    isString = words.contains("string")
    hasNarrowSource = words.contains("narrow")
    needsMemory = words.contains("mem")
    isWithoutAccess = words.contains("noaccess")
    isLockable = words.contains("lock")
    let sizes: [String: Size] = ["b": .byte, "v": .any, "wide": .wide, "stack": .stack, "branch": .branch]
    guard let size = words.compactMap({ sizes[$0] }).first, !opcode.isEmpty else { return nil }
    self.size = size
  }

  /// Whether the host has the instruction.
  var isOnHost: Bool {
    switch name {
    case "movbe": Feature.movbe.isOnHost
    case "popcnt", "crc32", "cmpxchg8b": Feature.popcnt.isOnHost
    case "lzcnt": Feature.lzcnt.isOnHost
    case "tzcnt", "andn", "bextr", "blsr", "blsmsk", "blsi": Feature.bmi1.isOnHost
    case "bzhi", "pext", "pdep", "mulx", "rorx", "shlx", "shrx", "sarx": Feature.bmi2.isOnHost
    case "adcx", "adox": Feature.adx.isOnHost
    default: true
    }
  }

  /// The operand sizes, in bytes, that the instruction has.
  var widths: [Int] {
    switch size {
    case .byte: [1]
    case .any: [2, 4, 8]
    case .wide: [4, 8]
    case .stack: [8, 2]
    case .branch: [8]
    }
  }
}
