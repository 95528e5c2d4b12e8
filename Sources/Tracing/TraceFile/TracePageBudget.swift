/// What the pages of all processors of a file may take. Pages that share bytes would let a small file become a large
/// trace.
struct TracePageBudget {
  private var bytesOfFile: Int
  private var bytesOfMemory = 1 << 29

  init(of storage: any TraceFileStorage) { bytesOfFile = storage.size }

  /// Takes account of the pages of one processor.
  ///
  /// - Throws: ``TraceFileError/truncated`` if they are too many.
  mutating func take(_ pages: TracePages) throws(TraceFileError) {
    bytesOfFile -= pages.sizeInFile
    bytesOfMemory -= pages.sizeWhileRead
    guard bytesOfFile >= 0, bytesOfMemory >= 0 else { throw .truncated }
  }
}
