/// The Multiboot 2 protocol, which is only recognized, so that its images are refused by name.
enum Multiboot2 {
  private static let magic: UInt32 = 0xE852_50D6
  /// How much of a file may be searched for the header (Multiboot2 Specification 2.0, 3.1).
  private static let searchLength: UInt64 = 32768
  private static let alignment: UInt64.Stride = 8
  private static let fieldCount: UInt64 = 4

  /// Whether a file has a header: magic, architecture, length and checksum, whose sum is zero.
  static func hasHeader(_ bytes: [UInt8]) -> Bool {
    stride(from: 0, to: min(UInt64(bytes.count), searchLength), by: alignment).contains { offset in
      guard bytes.number(at: offset) == magic else { return false }
      let fields = (0..<fieldCount).compactMap { bytes.number(at: offset + 4 * $0, as: UInt32.self) }
      return fields.count == fieldCount && fields.reduce(0, &+) == 0
    }
  }
}
