/// Collects the bytes of a file, little-endian.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func put<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }

  mutating func put(_ more: [UInt8]) { bytes += more }

  mutating func put(text: String) { bytes += text.utf8 }

  /// A text and a zero.
  mutating func put(terminated text: String) {
    bytes += text.utf8
    bytes.append(0)
  }

  /// Bytes after their number in 32 bits.
  mutating func put(sized32 more: [UInt8]) {
    put(UInt32(more.count))
    bytes += more
  }

  /// Bytes after their number in 64 bits.
  mutating func put(sized64 more: [UInt8]) {
    put(UInt64(more.count))
    bytes += more
  }

  /// Puts a number in the place of what is there.
  mutating func replace<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
    withUnsafeBytes(of: number.littleEndian) { number in
      bytes.replaceSubrange(offset..<offset + number.count, with: number)
    }
  }

  /// Zeros up to a size.
  mutating func pad(to size: Int) {
    if bytes.count < size { bytes += repeatElement(0, count: size - bytes.count) }
  }
}
