/// The pages of records of one processor, the oldest first.
struct TracePages: Sendable {
  private enum Place {
    case memory([[UInt8]])
    case file(any TraceFileStorage, offset: Int)
    case compressed(CompressedPages)
  }

  private let place: Place
  /// The number of pages.
  let count: Int
  /// The bytes of a page.
  let pageSize: Int
  /// The bytes of the file that they take.
  let sizeInFile: Int
  /// The bytes of memory that it takes to read them one after the other.
  let sizeWhileRead: Int

  init(_ pages: [[UInt8]]) {
    place = .memory(pages)
    count = pages.count
    pageSize = TracePage.size
    sizeInFile = 0
    sizeWhileRead = 0
  }

  /// Pages in a file.
  ///
  /// - Throws: ``TraceFileError/truncated`` if they do not lie in it.
  init(
    in storage: any TraceFileStorage, at offset: UInt64, size: UInt64, pageSize: Int
  ) throws(TraceFileError) {
    guard let offset = Int(exactly: offset), let size = Int(exactly: size), offset <= storage.size,
      size <= storage.size - offset
    else { throw .truncated }
    place = .file(storage, offset: offset)
    count = size / pageSize
    self.pageSize = pageSize
    sizeInFile = size
    sizeWhileRead = count > 0 ? pageSize : 0
  }

  /// Pages in a file that are compressed.
  init(_ pages: CompressedPages, pageSize: Int) {
    place = .compressed(pages)
    count = pages.pageCount
    self.pageSize = pageSize
    sizeInFile = pages.end - pages.start
    sizeWhileRead = pages.largestBlock + (count > 0 ? pageSize : 0)
  }
}

extension TracePages {
  /// Goes through the pages once.
  struct Reader {
    private let pages: TracePages
    /// How many pages were read.
    private(set) var count = 0
    /// Pages of a block that were not read yet, behind others, and where the next block is.
    private var block: [UInt8] = []
    private var blockPosition = 0
    private var nextBlock = 0

    init(_ pages: TracePages) {
      self.pages = pages
      if case .compressed(let pages) = pages.place { nextBlock = pages.start }
    }

    /// Copies the next page.
    ///
    /// - Parameter page: takes the bytes; it is made as long as a page.
    /// - Returns: `false` behind the last one.
    mutating func next(into page: inout [UInt8]) throws(TraceFileError) -> Bool {
      guard count < pages.count else { return false }
      switch pages.place {
      case .memory(let pages): page = pages[count]
      case .file(let storage, let offset):
        try copy(from: storage, at: offset + count * pages.pageSize, to: &page)
      case .compressed(let compressed): try copy(from: compressed, to: &page)
      }
      count += 1
      return true
    }

    private func copy(
      from storage: any TraceFileStorage, at offset: Int, to page: inout [UInt8]
    ) throws(TraceFileError) {
      if page.count != pages.pageSize { page = [UInt8](repeating: 0, count: pages.pageSize) }
      var failure: TraceFileError?
      page.withUnsafeMutableBytes { buffer in
        do throws(TraceFileError) {
          try storage.read(at: offset, into: buffer)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    }

    private mutating func copy(
      from compressed: CompressedPages, to page: inout [UInt8]
    ) throws(TraceFileError) {
      if blockPosition == block.count {
        block = []
        block = try compressed.block(at: &nextBlock)
        blockPosition = 0
      }
      // The file may have changed since its blocks were counted.
      guard pages.pageSize <= block.count - blockPosition else { throw .truncated }
      page.replaceSubrange(page.indices, with: block[blockPosition..<blockPosition + pages.pageSize])
      blockPosition += pages.pageSize
    }
  }

  /// Copies pages one after the other.
  func makeReader() -> Reader { Reader(self) }
}
