/// A file that is to be written: what stands before the pages of records, the pages, and what stands behind them.
struct TraceFileLayout {
  let head: [UInt8]
  let processors: [TracePages]
  let tail: [UInt8]

  /// All bytes.
  func bytes() throws(TraceFileError) -> [UInt8] {
    var bytes = head
    var page: [UInt8] = []
    for pages in processors {
      var reader = pages.makeReader()
      while try reader.next(into: &page) { bytes += page }
    }
    return bytes + tail
  }

  /// Gives the bytes to `body`, piece by piece.
  func write(_ progress: TraceFile.Progress, _ body: ([UInt8]) throws -> Void) throws {
    try body(head)
    var page: [UInt8] = []
    var done = 0
    let total = processors.reduce(0) { $0 + $1.count }
    for pages in processors {
      var reader = pages.makeReader()
      while try reader.next(into: &page) {
        try body(page)
        done += 1
        progress(done, total)
      }
    }
    try body(tail)
  }

  /// Where pages can begin at or behind an offset.
  static func alignedUp(_ offset: Int, to pageSize: Int) -> Int {
    (offset + pageSize - 1) / pageSize * pageSize
  }
}
