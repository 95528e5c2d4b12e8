extension Array where Element == UInt8 {
  /// The little-endian number at `offset`; `nil` if a part lies outside of the array.
  func number<Number: FixedWidthInteger>(at offset: UInt64, as type: Number.Type = Number.self) -> Number? {
    let length = UInt64(MemoryLayout<Number>.size)
    guard offset <= UInt64(count), length <= UInt64(count) - offset else { return nil }
    return withUnsafeBytes {
      Number(littleEndian: $0.loadUnaligned(fromByteOffset: Int(offset), as: Number.self))
    }
  }

  /// The `length` bytes from `offset` on; `nil` if a part lies outside of the array.
  func slice(at offset: UInt64, length: UInt64) -> ArraySlice<UInt8>? {
    guard offset <= UInt64(count), length <= UInt64(count) - offset else { return nil }
    return self[Int(offset)..<Int(offset + length)]
  }

  /// Whether `pattern` stands at `offset`.
  func has(_ pattern: [UInt8], at offset: UInt64) -> Bool {
    slice(at: offset, length: UInt64(pattern.count))?.elementsEqual(pattern) ?? false
  }

  /// Whether the characters of `text`, which is ASCII, stand at `offset`.
  func has(_ text: StaticString, at offset: UInt64) -> Bool {
    has(text.withUTF8Buffer { [UInt8]($0) }, at: offset)
  }

  /// Appends the bytes of a number, the least significant first.
  mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  /// Overwrites the bytes from `offset` on with a number; whatever would lie outside of the array is dropped.
  mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
    Swift.withUnsafeBytes(of: number.littleEndian) { source in
      for (index, byte) in source.enumerated() where indices.contains(offset + index) {
        self[offset + index] = byte
      }
    }
  }
}
