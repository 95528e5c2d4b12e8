/// What is known of an encoding while it is read from left to right.
struct Encoding {
  let bytes: UnsafePointer<UInt8>
  /// How many bytes were read.
  var position = 0
  let is64: Bool
  let mode: CodeMode

  /// REX, with VEX translated to the same bits: W 8, R 4, X 2, B 1.
  var rex: UInt8 = 0
  /// Whether there is a REX prefix, even without bits: then SPL to DIL are bytes, not AH to BH.
  var hasREX = false
  var hasOperandSizePrefix = false
  var hasAddressSizePrefix = false
  var hasLock = false
  /// The last of F3 and F2, in the numbers of VEX.pp: 2 F3, 3 F2, 0 neither.
  var repeatPrefix: UInt8 = 0
  /// The segment that a prefix asks for.
  var segmentOverride: SegmentRegister?

  /// Whether there is a VEX prefix.
  var isVEX = false
  /// VEX.vvvv, not inverted: 4 bits in every mode.
  var vexRegister: UInt8 = 0
  /// VEX.L.
  var isLong = false

  var opcode: UInt8 = 0
  var modRM: UInt8 = 0
  /// Whether the byte after the opcode was looked at as a ModRM byte.
  var modRMIsPartOfInstruction = false

  init(bytes: UnsafePointer<UInt8>, mode: CodeMode) {
    self.bytes = bytes
    self.mode = mode
    is64 = mode == .bits64
  }

  // MARK: Bytes

  @inline(__always)
  mutating func readByte() -> UInt8 {
    let byte = bytes[position]
    position &+= 1
    return byte
  }

  /// The next bytes as a signed number.
  @inline(__always)
  mutating func readSigned<Value: FixedWidthInteger>(_ type: Value.Type) -> Int64 {
    let value = UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: position, as: type)
    position &+= MemoryLayout<Value>.size
    return Int64(truncatingIfNeeded: Value(littleEndian: value))
  }

  // MARK: Prefixes

  /// Reads prefixes up to the opcode; legacy prefixes may come in any order and number.
  ///
  /// A REX prefix counts only directly before the opcode.
  @inline(__always)
  mutating func readPrefixes() {
    while position < Decoder.maximumLength {
      let byte = bytes[position]
      if is64 && byte & 0xF0 == 0x40 {
        rex = byte & 0x0F
        hasREX = true
        position &+= 1
        continue
      }
      guard Self.isPrefix(byte) else { return }
      position &+= 1
      rex = 0
      hasREX = false
      switch byte {
      case 0x66: hasOperandSizePrefix = true
      case 0x67: hasAddressSizePrefix = true
      case 0xF0: hasLock = true
      case 0xF2: repeatPrefix = 3
      case 0xF3: repeatPrefix = 2
      case 0x64: segmentOverride = .fs
      case 0x65: segmentOverride = .gs
      // In 64-bit mode the other overrides are ignored (APM volume 3, 1.2.4).
      case _ where is64: break
      case 0x26: segmentOverride = .es
      case 0x2E: segmentOverride = .cs
      case 0x36: segmentOverride = .ss
      default: segmentOverride = .ds
      }
    }
  }

  /// Whether a byte is a legacy prefix: 26, 2E, 36, 3E, 64 to 67, F0, F2, F3.
  @inline(__always)
  private static func isPrefix(_ byte: UInt8) -> Bool {
    let low: UInt64 = 1 << 0x26 | 1 << 0x2E | 1 << 0x36 | 1 << 0x3E
    let middle: UInt64 = 0xF << (0x64 - 0x40)
    let high: UInt64 = 1 << (0xF0 - 0xC0) | 1 << (0xF2 - 0xC0) | 1 << (0xF3 - 0xC0)
    let set: UInt64 =
      switch byte >> 6 {
      case 0: low
      case 1: middle
      case 2: 0
      default: high
      }
    return set >> UInt64(byte & 0x3F) & 1 != 0
  }

  // MARK: Opcode

  /// Reads escapes or VEX and the opcode, and finds the root of the opcode's tree; nil if VEX is malformed.
  @inline(__always)
  mutating func readOpcode() -> Int? {
    var map = OpcodeMap.oneByte
    opcode = readByte()
    if opcode == 0x0F {
      opcode = readByte()
      map = .twoByte
      if opcode == 0x38 {
        map = .map0F38
        opcode = readByte()
      } else if opcode == 0x3A {
        map = .map0F3A
        opcode = readByte()
      }
    } else if opcode & 0xFE == 0xC4 && (is64 || bytes[position] & 0xC0 == 0xC0) {
      guard let vexMap = readVEX() else { return nil }
      map = vexMap
    }
    let prefix = repeatPrefix != 0 ? repeatPrefix : hasOperandSizePrefix ? 1 : 0
    return DecodingTables.root(map: map.rawValue, opcode: opcode, prefix: prefix, is64: is64)
  }

  /// Reads what follows C4 or C5 up to the opcode; nil if VEX may not be there (APM volume 3, 1.2.7).
  private mutating func readVEX() -> OpcodeMap? {
    let isThreeBytes = opcode == 0xC4
    let first = readByte()
    var last = first
    var map = OpcodeMap.vex0F
    var isDefined = !hasREX && !hasOperandSizePrefix && !hasLock && repeatPrefix == 0
    rex = first & 0x80 == 0 ? 4 : 0
    if isThreeBytes {
      rex |= ~first >> 5 & 3
      last = readByte()
      rex |= last >> 4 & 8
      switch first & 0x1F {
      case 1: map = .vex0F
      case 2: map = .vex0F38
      case 3: map = .vex0F3A
      default: isDefined = false
      }
    }
    isVEX = true
    vexRegister = ~last >> 3 & 0xF
    isLong = last & 4 != 0
    repeatPrefix = 0
    hasOperandSizePrefix = false
    switch last & 3 {
    case 1: hasOperandSizePrefix = true
    case 2: repeatPrefix = 2
    case 3: repeatPrefix = 3
    default: break
    }
    if !is64 {
      // There are eight registers; REX bits that would name more are ignored.
      rex &= 8
    }
    opcode = readByte()
    return isDefined ? map : nil
  }

  /// Which of a node's successors the encoding selects.
  @inline(__always)
  mutating func choice(at node: DecodingNode) -> Int {
    if node.has(.regAndMod) {
      modRMIsPartOfInstruction = true
      let modRM = bytes[position]
      return Int(modRM >> 3 & 7) | (modRM >= 0xC0 ? 8 : 0)
    }
    if node.has(.rm) { return Int(bytes[position] & 7) }
    if node.has(.wide) { return Int(rex >> 3) }
    if node.has(.length) { return isLong ? 1 : 0 }
    return Int(rex & 1)
  }
}
