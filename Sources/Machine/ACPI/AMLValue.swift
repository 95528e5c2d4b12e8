/// Something that has a value, in ACPI's machine language (ACPI 6.5, 20.2.3 to 20.2.5).
indirect enum AMLValue {
  case integer(UInt64)
  case string(String)
  /// The identifier of a device: three letters and a number, such as `PNP` and `0x0A08`.
  case eisaIdentifier(String, UInt16)
  case buffer([UInt8])
  case package([AMLValue])
  /// A buffer with the resources that a device uses or hands on.
  case resources([ResourceDescriptor])
  /// The value of an object.
  case object(AMLName)
  /// An argument of the method, 0 to 6.
  case argument(UInt8)
  case equal(AMLValue, AMLValue)
  case not(AMLValue)

  private enum Opcode {
    static let zero: UInt8 = 0x00
    static let one: UInt8 = 0x01
    static let byte: UInt8 = 0x0A
    static let word: UInt8 = 0x0B
    static let doubleWord: UInt8 = 0x0C
    static let string: UInt8 = 0x0D
    static let quadWord: UInt8 = 0x0E
    static let buffer: UInt8 = 0x11
    static let package: UInt8 = 0x12
    static let argument0: UInt8 = 0x68
    static let logicalNot: UInt8 = 0x92
    static let logicalEqual: UInt8 = 0x93
  }

  /// A buffer with a UUID, whose first three groups are little-endian (ACPI 6.5, 19.6.142).
  static func uuid(_ first: UInt32, _ second: UInt16, _ third: UInt16, _ rest: [UInt8]) -> AMLValue {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: first)
    bytes.append(littleEndian: second)
    bytes.append(littleEndian: third)
    return .buffer(bytes + rest)
  }

  /// The value in AML.
  var bytes: [UInt8] {
    switch self {
    case .integer(let number): Self.encode(number)
    case .string(let text): [Opcode.string] + text.utf8 + [0]
    case .eisaIdentifier(let vendor, let product): Self.encode(Self.compress(vendor, product))
    case .buffer(let content):
      [Opcode.buffer] + AMLPackage.prefixed(Self.encode(UInt64(content.count)) + content)
    case .package(let elements):
      [Opcode.package]
        + AMLPackage.prefixed([UInt8(truncatingIfNeeded: elements.count)] + elements.flatMap(\.bytes))
    case .resources(let descriptors): AMLValue.buffer(ResourceDescriptor.template(descriptors)).bytes
    case .object(let name): name.bytes
    case .argument(let number): [Opcode.argument0 + min(number, 6)]
    case .equal(let left, let right): [Opcode.logicalEqual] + left.bytes + right.bytes
    case .not(let value): [Opcode.logicalNot] + value.bytes
    }
  }

  /// A number in the shortest form that holds it.
  private static func encode(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    switch number {
    case 0: bytes = [Opcode.zero]
    case 1: bytes = [Opcode.one]
    case ...0xFF:
      bytes = [Opcode.byte, UInt8(truncatingIfNeeded: number)]
    case ...0xFFFF:
      bytes = [Opcode.word]
      bytes.append(littleEndian: UInt16(truncatingIfNeeded: number))
    case ...0xFFFF_FFFF:
      bytes = [Opcode.doubleWord]
      bytes.append(littleEndian: UInt32(truncatingIfNeeded: number))
    default:
      bytes = [Opcode.quadWord]
      bytes.append(littleEndian: number)
    }
    return bytes
  }

  /// An identifier in 32 bits: five for each letter, then the number, the most significant byte first
  /// (ACPI 6.5, 19.6.38).
  private static func compress(_ vendor: String, _ product: UInt16) -> UInt64 {
    let letters = vendor.utf8.prefix(3).reduce(UInt32(0)) { $0 << 5 | UInt32($1 & 0x1F) }
    return UInt64((letters << 16 | UInt32(product)).byteSwapped)
  }
}

/// What begins with a length that counts itself (PkgLength; ACPI 6.5, 20.2.4).
enum AMLPackage {
  /// The content with its length before it. Contents of 256 MiB or more have no length.
  static func prefixed(_ content: [UInt8]) -> [UInt8] {
    let count = UInt32(truncatingIfNeeded: content.count)
    if count + 1 < 1 << 6 { return [UInt8(count + 1)] + content }
    let extraBytes: UInt32 = count + 2 < 1 << 12 ? 1 : count + 3 < 1 << 20 ? 2 : 3
    let length = count + 1 + extraBytes
    var prefix = [UInt8(extraBytes << 6 | length & 0xF)]
    for index in 0..<extraBytes { prefix.append(UInt8(truncatingIfNeeded: length >> (4 + 8 * index))) }
    return prefix + content
  }
}
