/// What the decoder needs to know of a form, in 16 bytes.
struct DecodingRecord {
  var operation: Operation
  var flags: Flags
  var feature: Feature
  var condition: Condition
  var operands: (OperandCode, OperandCode, OperandCode, OperandCode)

  /// ``FormAttributes`` that are still to be obeyed, and facts about the form that are cheaper to look up.
  struct Flags: OptionSet {
    let rawValue: UInt16
    static let lock = Flags(rawValue: 1 << 0)
    static let default64 = Flags(rawValue: 1 << 1)
    static let force64 = Flags(rawValue: 1 << 2)
    static let byte = Flags(rawValue: 1 << 3)
    static let atMost32 = Flags(rawValue: 1 << 4)
    static let conditional = Flags(rawValue: 1 << 5)
    /// A ModRM byte follows the opcode.
    static let modRM = Flags(rawValue: 1 << 6)
    /// ModRM.rm is a register whatever ModRM.mod says.
    static let anyMod = Flags(rawValue: 1 << 7)
    /// F3 or F2 belongs to the opcode.
    static let ownsRepeat = Flags(rawValue: 1 << 8)
    /// 66 belongs to the opcode.
    static let ownsOperandSize = Flags(rawValue: 1 << 9)
    /// VEX.vvvv is an operand; otherwise it must be zero.
    static let usesVEXRegister = Flags(rawValue: 1 << 10)
    /// The memory operand has a vector of indexes.
    static let vectorIndex = Flags(rawValue: 1 << 11)
    static let longNeedsAVX2 = Flags(rawValue: 1 << 12)
    static let native = Flags(rawValue: 1 << 13)
    /// Something changes the operand size that the prefixes make.
    static let anySize: Flags = [.default64, .force64, .native, .atMost32]
  }
}

/// A step on the way from an opcode to a record: either a record, or what to look at to find the next step.
struct DecodingNode {
  /// The kind of step in the upper byte, the index of a record or of the first of the next nodes in the others.
  let rawValue: UInt32

  enum Selector: UInt32, CaseIterable {
    case record
    /// 16 nodes, by ModRM.reg, and 8 more if ModRM.mod is 3.
    case regAndMod
    /// 8 nodes, by ModRM.rm.
    case rm
    /// 2 nodes, by REX.W or VEX.W.
    case wide
    /// 2 nodes, by VEX.L.
    case length
    /// 2 nodes, by REX.B.
    case extended
  }

  init(_ selector: Selector, _ index: Int) {
    rawValue = selector.rawValue << 24 | UInt32(truncatingIfNeeded: index) & 0xFF_FFFF
  }

  @inline(__always)
  var index: Int { Int(rawValue & 0xFF_FFFF) }

  @inline(__always)
  func has(_ selector: Selector) -> Bool { rawValue >> 24 == selector.rawValue }

  @inline(__always)
  var isRecord: Bool { rawValue >> 24 == Selector.record.rawValue }
}

/// The opcode maps in the shape in which the decoder reads them.
///
/// They are made once, from the lines of the opcode maps, and never freed.
struct DecodingTables {
  /// Roots, then the nodes they lead to. The root of an opcode is at ``root(map:opcode:prefix:is64:)``.
  let nodes: UnsafePointer<DecodingNode>
  /// The records; the first is the invalid instruction.
  let records: UnsafePointer<DecodingRecord>
  /// The widths of operands in bytes, at ``widthIndex(_:operandSize:is64:isLong:)``.
  let widths: UnsafePointer<UInt16>

  // Immutable after initialization, so any thread may read what the pointers lead to.
  nonisolated(unsafe) static let shared = DecodingTables()

  private init() {
    let builder = DecodingTableBuilder()
    nodes = Self.copy(builder.nodes)
    records = Self.copy(builder.records)
    widths = Self.copy(Self.makeWidths())
  }

  /// The index of an opcode's root node.
  ///
  /// - Parameter prefix: 0 none, 1 66, 2 F3, 3 F2, as in VEX.pp.
  @inline(__always)
  static func root(map: UInt8, opcode: UInt8, prefix: UInt8, is64: Bool) -> Int {
    ((is64 ? 1 : 0) * OpcodeMap.allCases.count + Int(map)) << 10 | Int(opcode) << 2 | Int(prefix & 3)
  }

  /// How many roots there are.
  static let rootCount = 2 * OpcodeMap.allCases.count << 10

  /// The index of a width.
  ///
  /// - Parameters:
  ///   - operandSize: 2, 4 or 8.
  ///   - isLong: Whether vectors have 32 bytes.
  @inline(__always)
  static func widthIndex(_ size: OperandSize, operandSize: UInt8, is64: Bool, isLong: Bool) -> Int {
    Int(size.rawValue) << 4 | (is64 ? 8 : 0) | (isLong ? 4 : 0) | Int(operandSize >> 1 & 3)
  }

  private static func makeWidths() -> [UInt16] {
    var widths = [UInt16](repeating: 0, count: OperandSize.allCases.count << 4)
    for size in OperandSize.allCases {
      for operandSize: UInt8 in [2, 4, 8] {
        for (is64, isLong) in [(false, false), (false, true), (true, false), (true, true)] {
          let index = widthIndex(size, operandSize: operandSize, is64: is64, isLong: isLong)
          let bytes = size.bytes(operandSize: Int(operandSize), is64: is64, vectorLength: isLong ? 32 : 16)
          widths[index] = UInt16(truncatingIfNeeded: bytes)
        }
      }
    }
    return widths
  }

  private static func copy<Element>(_ array: [Element]) -> UnsafePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: array.count)
    memory.initialize(from: array, count: array.count)
    return UnsafePointer(memory)
  }
}
