/// Puts a message together, in little-endian order.
struct MessageWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write<Number: FixedWidthInteger>(_ value: Number) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Zeros up to the next multiple of `alignment`.
  mutating func align(to alignment: Int) {
    while !bytes.count.isMultiple(of: alignment) { bytes.append(0) }
  }

  /// Writes a number over what is there already.
  mutating func replace<Number: FixedWidthInteger>(at offset: Int, with value: Number) {
    withUnsafeBytes(of: value.littleEndian) {
      for (index, byte) in $0.enumerated() where bytes.indices.contains(offset + index) {
        bytes[offset + index] = byte
      }
    }
  }
}

/// Takes a message apart, in little-endian order; gives `nil` behind its end.
struct MessageReader {
  private var rest: Slice<UnsafeRawBufferPointer>

  /// What is valid as long as `bytes` are.
  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

  var remaining: Int { rest.count }

  mutating func read<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
    guard let bytes = take(MemoryLayout<Number>.size) else { return nil }
    return Number(littleEndian: bytes.loadUnaligned(as: Number.self))
  }

  /// The next `count` bytes.
  mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
  }
}
