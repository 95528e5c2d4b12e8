/// A table with the header that all of ACPI's tables but two begin with (ACPI 6.5, 5.2.6).
struct ACPITable {
  private enum Field {
    static let length = 4
    static let checksum = 9
    static let headerSize = 36
  }

  private static let manufacturer = "STRATA"
  private static let model = "STRATA  "
  private static let creator = "STRA"
  private static let version: UInt32 = 1

  /// The whole table, with its length and checksum.
  let bytes: [UInt8]

  /// A table of this signature, which has four characters, and of this content.
  ///
  /// - Parameters:
  ///   - signature: The four characters that name the table.
  ///   - revision: The revision of the table's format.
  ///   - content: What follows the header.
  init(_ signature: String, revision: UInt8, content: [UInt8]) {
    var bytes = [UInt8](signature.utf8)
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: Field.headerSize + content.count))
    bytes.append(revision)
    bytes.append(0)  // the checksum, below
    bytes += Self.manufacturer.utf8
    bytes += Self.model.utf8
    bytes.append(littleEndian: Self.version)
    bytes += Self.creator.utf8
    bytes.append(littleEndian: Self.version)
    bytes += content
    bytes[Field.checksum] = Self.checksum(bytes)
    self.bytes = bytes
  }

  /// The byte that makes the sum of `bytes` and itself zero.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt8 {
    0 &- bytes.reduce(0, &+)
  }
}

/// A register's place as ACPI tells it (Generic Address Structure; ACPI 6.5, 5.2.3.2).
struct GenericAddress {
  private enum Space: UInt8 {
    case memory = 0
    case ports = 1
  }

  private let space: Space
  private let bitWidth: UInt8
  private let accessSize: UInt8
  private let address: UInt64

  /// No register.
  static let none = GenericAddress(space: .memory, bitWidth: 0, accessSize: 0, address: 0)

  /// Registers in memory that are accessed by whatever width suits.
  static func memory(_ range: Range<UInt64>, bitWidth: UInt8) -> GenericAddress {
    GenericAddress(space: .memory, bitWidth: bitWidth, accessSize: 0, address: range.lowerBound)
  }

  /// I/O ports that are accessed `accessWidth` bytes at a time: 1, 2 or 4.
  static func ports(_ range: Range<UInt16>, accessWidth: Int) -> GenericAddress {
    GenericAddress(
      space: .ports, bitWidth: UInt8(truncatingIfNeeded: range.count * 8),
      accessSize: UInt8(truncatingIfNeeded: accessWidth.trailingZeroBitCount + 1),
      address: UInt64(range.lowerBound))
  }

  /// The structure's 12 bytes.
  var bytes: [UInt8] {
    var bytes = [space.rawValue, bitWidth, 0, accessSize]
    bytes.append(littleEndian: address)
    return bytes
  }
}
