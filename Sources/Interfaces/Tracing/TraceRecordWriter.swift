/// Writes the fields of a record in the order of their declaration.
///
/// Whoever records must write as many fields of the same sizes as the event declares; texts that are too long are cut.
public struct TraceRecordWriter {
  /// The size of the longest record.
  public static let capacity = 512

  @usableFromInline let start: UnsafeMutableRawPointer
  @usableFromInline var offset = TraceRecord.headerSize
  /// Where the next text goes.
  private var textOffset: Int

  /// Writes at `start`, behind the place of the header.
  ///
  /// - Parameters:
  ///   - start: room for ``capacity`` bytes, at a multiple of 8.
  ///   - layoutSize: the size of header and fields, as ``TraceLayout`` has it.
  public init(_ start: UnsafeMutableRawPointer, layoutSize: Int) {
    self.start = start
    textOffset = layoutSize
  }

  /// The bytes of the record with its texts.
  public var size: Int { textOffset }

  /// A number, of the size of its field.
  @inlinable @inline(__always)
  public mutating func put<Number: FixedWidthInteger>(_ number: Number) {
    let size = MemoryLayout<Number>.size
    offset = (offset + size - 1) & ~(size - 1)
    start.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
    offset += size
  }

  /// A text.
  public mutating func put(_ text: StaticString) {
    text.withUTF8Buffer { put(UnsafeRawBufferPointer($0)) }
  }

  /// A text in UTF-8, without a final zero.
  public mutating func put(_ text: UnsafeRawBufferPointer) {
    let count = min(text.count, Self.capacity - textOffset - 1)
    guard count >= 0 else { return put(UInt32(0)) }
    put(UInt32(count + 1) << 16 | UInt32(textOffset))
    if count > 0, let source = text.baseAddress {
      (start + textOffset).copyMemory(from: source, byteCount: count)
    }
    start.storeBytes(of: 0, toByteOffset: textOffset + count, as: UInt8.self)
    textOffset += count + 1
  }

  /// All that is behind the header, as another writer wrote it; in place of the fields one by one.
  public mutating func put(body: UnsafeRawBufferPointer) {
    let count = min(body.count, Self.capacity - TraceRecord.headerSize)
    if count > 0, let source = body.baseAddress {
      (start + TraceRecord.headerSize).copyMemory(from: source, byteCount: count)
    }
    textOffset = TraceRecord.headerSize + count
  }
}
