/// A piece of a file that is compressed by itself: behind its two sizes are so many bytes.
struct CompressedBlock {
  /// The bytes in the file.
  let compressedSize: Int
  /// The bytes that were compressed.
  let size: Int

  /// Reads the sizes.
  ///
  /// - Parameter largest: no block has more bytes.
  /// - Throws: ``TraceFileError/truncated`` if it says that it has.
  init(_ reader: inout ByteReader, largest: Int) throws(TraceFileError) {
    let statedCompressedSize: UInt32 = try reader.number()
    let statedSize: UInt32 = try reader.number()
    let (compressedSize, size) = (Int(statedCompressedSize), Int(statedSize))
    // What cannot be compressed becomes a little larger.
    guard size <= largest, compressedSize <= size + size / 8 + 1024 else { throw .truncated }
    self.compressedSize = compressedSize
    self.size = size
  }

  /// Reads what stands behind the sizes.
  func contents(_ reader: inout ByteReader, _ decompressor: Decompressor) throws(TraceFileError) -> [UInt8] {
    try decompressor.decompress(try reader.bytes(compressedSize), size: size)
  }
}
