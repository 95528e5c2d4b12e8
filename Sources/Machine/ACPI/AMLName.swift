/// The name of an object in ACPI's namespace (ACPI 6.5, 5.3 and 20.2.2), such as `\_SB.PCI0` or `_CRS`.
struct AMLName: ExpressibleByStringLiteral {
  /// The name as AML has it.
  let bytes: [UInt8]

  private static let rootPrefix = UInt8(ascii: "\\")
  private static let dualPrefix: UInt8 = 0x2E
  private static let multiplePrefix: UInt8 = 0x2F
  private static let segmentLength = 4

  /// A name of segments separated by dots, with a backslash before it if it begins at the root. Segments are
  /// padded or cut to four characters.
  init(_ path: String) {
    let isAbsolute = path.utf8.first == Self.rootPrefix
    let segments = path.utf8.drop { $0 == Self.rootPrefix }.split(separator: UInt8(ascii: "."))
    var bytes: [UInt8] = isAbsolute ? [Self.rootPrefix] : []
    switch segments.count {
    case 0: bytes.append(0)
    case 1: break
    case 2: bytes.append(Self.dualPrefix)
    default: bytes += [Self.multiplePrefix, UInt8(truncatingIfNeeded: segments.count)]
    }
    for segment in segments {
      bytes += segment.prefix(Self.segmentLength)
      bytes += repeatElement(UInt8(ascii: "_"), count: max(0, Self.segmentLength - segment.count))
    }
    self.bytes = bytes
  }

  init(stringLiteral path: String) {
    self.init(path)
  }
}
