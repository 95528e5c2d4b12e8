/// A program and the state from which it is executed here and by the host.
struct HostComparisonCase {
  /// Where things lie, at the same linear addresses in both. All are below 2 GiB, so that every form of address
  /// can name them.
  enum Place {
    static let region: UInt64 = 0x2000_0000
    static let regionSize: UInt64 = 0x4_0000
    /// Two pages of code. The first quadword is where programs jump to when they are done.
    static let code = region
    static let codeSize: UInt64 = 0x2000
    static let landingPointer = code
    /// Where programs begin.
    static let programs = code + 0x40
    /// Four pages of data, with nothing after them.
    static let data = region + 0x1_0000
    static let dataSize: UInt64 = 0x4000
    static let readOnly = region + 0x1_8000
    static let readOnlySize: UInt64 = 0x1000
    /// Two pages of stack, with nothing before and after them.
    static let stack = region + 0x2_0000
    static let stackSize: UInt64 = 0x2000
    static let nothing = region + 0x3_0000
    /// The base of GS.
    static let gsBase: UInt64 = 0x1230
  }

  /// Bytes that the memory has before the program runs.
  struct Patch {
    var address: UInt64
    var bytes: [UInt8]
  }

  var bytes: [UInt8] = []
  var address = Place.programs
  var general = [UInt64](repeating: 0, count: 16)
  var flags: UInt64 = 0x202
  var patches: [Patch] = []
  /// The vector and x87 state, where it is compared, in the form of XSAVE64.
  var vectors: InlineBytes?
  /// The bits of RFLAGS that the manual leaves undefined after the program.
  var undefinedFlags: UInt64 = 0
  /// The program is a CMPS.
  var hasTwoMemoryOperands = false

  /// The address after the program.
  var end: UInt64 { address + UInt64(bytes.count) }

  /// The program as it is put into memory: followed by a jump to the landing.
  var program: [UInt8] {
    let displacement = Int64(Place.landingPointer) - Int64(end) - 6
    return bytes + [0xFF, 0x25] + Self.bytes(of: UInt64(bitPattern: displacement), count: 4)
  }

  /// A number in little-endian order.
  static func bytes(of value: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
  }
}

extension HostComparisonCase: CustomStringConvertible {
  var description: String {
    let registers = general.enumerated().map { "\(Self.names[$0.offset])=\(hex($0.element))" }
    let area = vectors.map { VectorScenario(area: $0).comparable.differences(from: VectorScenario()) } ?? ""
    let memory = patches.map { "[\(hex($0.address))]=\($0.bytes.map(hexadecimal).joined())" }
    return "\(bytes.map(hexadecimal).joined(separator: " ")) at \(hex(address)) with "
      + "\(registers.joined(separator: " ")) flags=\(hex(flags)) \(memory.joined(separator: " ")) \(area)"
  }

  static let names = [
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
    "r15",
  ]
}

/// A number as people write it.
func hex(_ value: UInt64) -> String { String(value, radix: 16) }

/// How a program ended.
struct HostComparisonOutcome: Equatable {
  var general = [UInt64](repeating: 0, count: 16)
  var flags: UInt64 = 0
  var rip: UInt64 = 0
  /// The exception that ended it.
  var vector: UInt64 = 0
  var errorCode: UInt64 = 0
  /// CR2, after page faults.
  var faultAddress: UInt64 = 0
  /// The vector and x87 state, where it is compared.
  var vectors: InlineBytes?

  /// What stands for RIP and the vector if the program came to its end.
  static let landing: UInt64 = 0

  /// The status flags, TF, IF, DF, IOPL, NT, RF, AC and ID.
  private static let comparedFlags: UInt64 = 0x25_7FD5

  /// The differences, for people; `nil` if there are none.
  func difference(from expected: HostComparisonOutcome, ignoring undefinedFlags: UInt64) -> String? {
    var found: [String] = []
    func compare(_ name: String, _ mine: UInt64, _ theirs: UInt64) {
      if mine != theirs { found.append("\(name) \(hex(mine)), not \(hex(theirs))") }
    }
    for number in 0..<16 {
      compare(HostComparisonCase.names[number], general[number], expected.general[number])
    }
    let mask = Self.comparedFlags & ~undefinedFlags
    compare("flags", flags & mask, expected.flags & mask)
    compare("rip", rip, expected.rip)
    compare("vector", vector, expected.vector)
    // The host's kernel hides which of its own pages are present.
    let hidden: UInt64 = expected.faultAddress >= 0x7FFF_FFFF_F000 ? 1 : 0
    compare("error code", errorCode | hidden, expected.errorCode | hidden)
    compare("cr2", faultAddress, expected.faultAddress)
    if let vectors, let theirs = expected.vectors {
      let mine = VectorScenario(area: vectors).comparable
      let others = VectorScenario(area: theirs).comparable
      if mine != others { found.append(mine.differences(from: others)) }
    }
    return found.isEmpty ? nil : found.joined(separator: "; ")
  }
}
