/// A device tree as one block of bytes, which is how a kernel is given it (Devicetree Specification 0.4, 5).
struct FlattenedDeviceTree {
  /// Header, memory reservation block, structure block, strings block.
  let bytes: [UInt8]

  private static let magic: UInt32 = 0xD00D_FEED
  private static let version: UInt32 = 17
  private static let lastCompatibleVersion: UInt32 = 16
  private static let headerSize = 10 * MemoryLayout<UInt32>.size
  /// The entry that ends the memory reservation block: an address and a size of zero. It is the only one.
  private static let reservations = [UInt8](repeating: 0, count: 16)
  private static let bootProcessor: UInt32 = 0

  /// Flattens the tree below a root.
  init(_ root: DeviceTreeNode) {
    var structure = Structure()
    structure.append(root)
    structure.end()

    // Each block begins where its alignment demands: 8 for reservations, 4 for the structure.
    let structureOffset = Self.headerSize + Self.reservations.count
    let stringsOffset = structureOffset + structure.bytes.count
    let size = stringsOffset + structure.strings.bytes.count
    let header = [
      Self.magic, UInt32(truncatingIfNeeded: size), UInt32(truncatingIfNeeded: structureOffset),
      UInt32(truncatingIfNeeded: stringsOffset), UInt32(Self.headerSize), Self.version,
      Self.lastCompatibleVersion, Self.bootProcessor,
      UInt32(truncatingIfNeeded: structure.strings.bytes.count),
      UInt32(truncatingIfNeeded: structure.bytes.count),
    ]
    bytes = header.flatMap(\.bigEndianBytes) + Self.reservations + structure.bytes + structure.strings.bytes
  }

  /// The structure block while it is filled (5.4).
  private struct Structure {
    private(set) var bytes: [UInt8] = []
    private(set) var strings = Strings()

    private enum Token: UInt32 {
      case beginNode = 1
      case endNode = 2
      case property = 3
      case end = 9
    }

    mutating func append(_ node: DeviceTreeNode) {
      append(.beginNode)
      append(padded: node.name.utf8 + [0])
      for property in node.properties {
        append(.property)
        append(UInt32(truncatingIfNeeded: property.value.count))
        append(strings.offset(of: property.name))
        append(padded: property.value)
      }
      for child in node.children { append(child) }
      append(.endNode)
    }

    mutating func end() { append(.end) }

    private mutating func append(_ token: Token) { append(token.rawValue) }

    private mutating func append(_ number: UInt32) { bytes += number.bigEndianBytes }

    /// Tokens stand at multiples of 4.
    private mutating func append(padded content: [UInt8]) {
      bytes += content
      while bytes.count % 4 != 0 { bytes.append(0) }
    }
  }

  /// The strings block while it is filled: the names of properties, each once (5.5).
  private struct Strings {
    private(set) var bytes: [UInt8] = []
    private var offsets: [String: UInt32] = [:]

    mutating func offset(of name: String) -> UInt32 {
      if let known = offsets[name] { return known }
      let offset = UInt32(truncatingIfNeeded: bytes.count)
      offsets[name] = offset
      bytes += name.utf8 + [0]
      return offset
    }
  }
}
