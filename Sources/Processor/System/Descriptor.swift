import X86

/// An entry of the GDT, the LDT or the IDT as it lies in memory (APM volume 2, 4.7 and 4.8).
struct Descriptor: Equatable {
  /// The first eight bytes.
  var low: UInt64
  /// Bytes 8 to 15 of a system descriptor in long mode; zero elsewhere.
  var high: UInt64 = 0

  var attributes: SegmentAttributes {
    SegmentAttributes(rawValue: UInt16(truncatingIfNeeded: low >> 40) & 0xF0FF)
  }

  /// The last valid offset, in bytes.
  var limit: UInt32 {
    let field = UInt32(truncatingIfNeeded: low & 0xFFFF | low >> 32 & 0xF_0000)
    return attributes.hasPageGranularity ? field << 12 | 0xFFF : field
  }

  /// The base of a segment; of a system segment in long mode all 64 bits.
  var base: UInt64 { low >> 16 & 0xFF_FFFF | low >> 32 & 0xFF00_0000 | high << 32 }

  /// What a system descriptor is; `nil` for code, data and types that do not exist.
  var systemType: SystemDescriptorType? {
    attributes.isCodeOrData ? nil : SystemDescriptorType(rawValue: attributes.type)
  }

  // MARK: Gates

  /// The code segment, or the TSS, that a gate leads to.
  var gateSelector: UInt16 { UInt16(truncatingIfNeeded: low >> 16) }
  /// The offset that a gate leads to; of a 16-bit gate only the low half counts.
  var gateOffset: UInt64 { low & 0xFFFF | low >> 32 & 0xFFFF_0000 | high << 32 }
  /// How many words or doublewords a legacy call gate copies.
  var gateParameterCount: Int { Int(low >> 32 & 0x1F) }
  /// The entry of the interrupt stack table that a long-mode gate asks for; 0 for none.
  var gateStackTableIndex: Int { Int(low >> 32 & 7) }

  /// The segment register's hidden part that this descriptor becomes.
  func segment(selector: UInt16) -> Segment {
    Segment(selector: selector, attributes: attributes, limit: limit, base: base)
  }
}

/// The types of system descriptors (APM volume 2, tables 4-5 and 4-6). Long mode has only the 32-bit ones, in which
/// everything is 64 bits wide.
enum SystemDescriptorType: UInt8 {
  case availableTSS16 = 1
  case localDescriptorTable = 2
  case busyTSS16 = 3
  case callGate16 = 4
  case taskGate = 5
  case interruptGate16 = 6
  case trapGate16 = 7
  case availableTSS32 = 9
  case busyTSS32 = 11
  case callGate32 = 12
  case interruptGate32 = 14
  case trapGate32 = 15

  /// In the type of a TSS: the task is running or interrupted.
  static let busyBit: UInt8 = 1 << 1
}

/// A selector's fields (APM volume 2, 4.5.1).
enum Selector {
  /// Selectors 0 to 3 name no segment.
  static func isNull(_ selector: UInt16) -> Bool { selector & ~3 == 0 }
  /// RPL.
  static func requestedPrivilege(_ selector: UInt16) -> UInt8 { UInt8(selector & 3) }
  /// The descriptor lies in the LDT.
  static func usesLocalTable(_ selector: UInt16) -> Bool { selector & 4 != 0 }
  /// The offset of the descriptor in its table.
  static func tableOffset(_ selector: UInt16) -> UInt64 { UInt64(selector & ~7) }
  /// The selector with another RPL.
  static func with(_ selector: UInt16, privilege: UInt8) -> UInt16 { selector & ~3 | UInt16(privilege & 3) }
}

extension SegmentAttributes {
  /// A segment that instructions may use: present, data, read and write, accessed.
  static let writableData = SegmentAttributes(rawValue: 0x93)
  /// Present, code, execute and read, accessed.
  static let readableCode = SegmentAttributes(rawValue: 0x9B)
  /// G and B of a data segment of 4 GiB.
  static let flatBits: UInt16 = granularityBit | defaultBigBit
  static let granularityBit: UInt16 = 1 << 15
  static let longBit: UInt16 = 1 << 13
  static let defaultBigBit: UInt16 = 1 << 14
  static let accessedBit: UInt16 = 1 << 0

  var isAccessed: Bool { rawValue & Self.accessedBit != 0 }
}

extension Fault {
  /// A fault whose error code names a segment (APM volume 2, 8.4.1).
  ///
  /// - Parameter external: bit 0 of the code, EXT, while an event is being delivered that the program did not
  ///   ask for.
  static func selector(_ vector: ExceptionVector, _ selector: UInt16, external: UInt32 = 0) -> Fault {
    Fault(vector, errorCode: UInt32(selector & ~3) | external)
  }

  /// A fault whose error code names an entry of the IDT.
  static func interruptTable(_ vector: ExceptionVector, entry: UInt8, external: UInt32) -> Fault {
    Fault(vector, errorCode: UInt32(entry) << 3 | 1 << 1 | external)
  }
}
