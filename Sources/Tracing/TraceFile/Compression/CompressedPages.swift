/// The pages of a processor in a file that is compressed: a number of blocks, then the blocks, each of some pages.
struct CompressedPages: Sendable {
  private let storage: any TraceFileStorage
  private let decompressor: Decompressor
  private let pageSize: Int
  /// Where the first block is.
  let start: Int
  /// Behind the last block.
  let end: Int
  /// The number of pages.
  let pageCount: Int
  /// The bytes of the largest block.
  let largestBlock: Int

  /// trace-cmd compresses ten pages at a time.
  private static let mostPagesOfBlock = 16

  /// Reads the sizes of all blocks.
  ///
  /// - Throws: ``TraceFileError/truncated`` if they lie outside of the file or have no whole pages.
  init(
    in storage: any TraceFileStorage, at offset: Int, pageSize: Int, _ decompressor: Decompressor
  ) throws(TraceFileError) {
    self.storage = storage
    self.decompressor = decompressor
    self.pageSize = pageSize
    var reader = ByteReader(storage, at: offset)
    let count: UInt32 = try reader.number()
    start = reader.position
    var (size, largest) = (0, 0)
    for _ in 0..<count {
      let block = try CompressedBlock(&reader, largest: Self.mostPagesOfBlock * pageSize)
      guard block.size > 0, block.size % pageSize == 0 else { throw .truncated }
      try reader.skip(block.compressedSize)
      size += block.size
      largest = max(largest, block.size)
    }
    end = reader.position
    pageCount = size / pageSize
    largestBlock = largest
  }

  /// The pages of the block at a place, one behind the other.
  ///
  /// - Parameter position: set to the place of the next block.
  func block(at position: inout Int) throws(TraceFileError) -> [UInt8] {
    var reader = ByteReader(storage, at: position)
    let block = try CompressedBlock(&reader, largest: largestBlock)
    let pages = try block.contents(&reader, decompressor)
    position = reader.position
    return pages
  }
}
