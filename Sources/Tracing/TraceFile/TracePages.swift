/// The pages of records of one processor, the oldest first.
struct TracePages: Sendable {
  private enum Place {
    case memory([[UInt8]])
    case file(any TraceFileStorage, offset: Int)
  }

  private let place: Place
  /// The number of pages.
  let count: Int
  /// The bytes of a page.
  let pageSize: Int

  init(_ pages: [[UInt8]]) {
    place = .memory(pages)
    count = pages.count
    pageSize = TracePage.size
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
  }

  /// Copies a page.
  ///
  /// - Parameter page: takes the bytes; it is made as long as a page.
  func read(_ index: Int, into page: inout [UInt8]) throws(TraceFileError) {
    switch place {
    case .memory(let pages): page = pages[index]
    case .file(let storage, let offset):
      if page.count != pageSize { page = [UInt8](repeating: 0, count: pageSize) }
      var failure: TraceFileError?
      page.withUnsafeMutableBytes { buffer in
        do throws(TraceFileError) {
          try storage.read(at: offset + index * pageSize, into: buffer)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    }
  }
}
