import Interfaces

/// A record of a file.
public struct FileRecord {
  /// How many records were lost right before a record.
  public enum Loss: Equatable, Sendable {
    /// None.
    case none
    /// So many.
    case counted(UInt64)
    /// Nobody counted.
    case uncounted
  }

  /// Where it was made.
  public let processor: Int
  /// When, in nanoseconds.
  public let time: UInt64
  /// What was lost before it.
  public let loss: Loss
  /// Header and fields; valid during the call that gives the record.
  public let bytes: UnsafeRawBufferPointer

  /// The number of the event.
  public var event: Int { Int(truncatingIfNeeded: header(TraceRecord.event, size: 2)) }
  /// The state in which the event happened.
  public var flags: UInt8 { UInt8(truncatingIfNeeded: header(TraceRecord.flags, size: 1)) }
  /// How deep preemption was disabled.
  public var preemptionCount: UInt8 {
    UInt8(truncatingIfNeeded: header(TraceRecord.preemptionCount, size: 1))
  }
  /// Who was running.
  public var task: Int32 { Int32(truncatingIfNeeded: header(TraceRecord.task, size: 4)) }

  private func header(_ offset: Int, size: Int) -> Int64 {
    EventDescription.Field.number(in: bytes, at: offset, size: size, isSigned: false)
  }
}

/// Takes the records of several processors in the order of time; at the same time, the lowest processor first.
struct TraceRecordMerger {
  private var cursors: [Cursor] = []
  /// A heap of indexes of ``cursors``: the one with the earliest record is first.
  private var heap: [Int] = []
  /// How many pages were read so far.
  private(set) var pagesRead = 0

  /// A processor's place in its records.
  private struct Cursor {
    let processor: Int
    var pages: TracePages.Reader
    var page: [UInt8] = []
    var reader: TracePageReader?
    var next: PlacedRecord?
    var loss = FileRecord.Loss.none

    init(processor: Int, pages: TracePages) throws(TraceFileError) {
      self.processor = processor
      self.pages = pages.makeReader()
      try advance()
    }

    mutating func advance() throws(TraceFileError) {
      loss = .none
      next = reader?.next()
      while next == nil {
        // Lets the bytes of the page before be replaced in place.
        reader = nil
        guard try pages.next(into: &page) else { return }
        reader = TracePageReader(page)
        next = reader?.next()
        if let lost = reader?.lost {
          if lost > 0 { loss = .counted(lost) }
        } else if reader != nil {
          loss = .uncounted
        }
      }
    }
  }

  init(_ processors: [(number: Int, pages: TracePages)]) throws(TraceFileError) {
    for (number, pages) in processors {
      let cursor = try Cursor(processor: number, pages: pages)
      if cursor.next != nil { cursors.append(cursor) }
    }
    heap = Array(cursors.indices)
    for place in heap.indices.reversed() { sift(place) }
  }

  /// Gives the next record to `body`.
  ///
  /// - Returns: `false` when there is none.
  mutating func next(_ body: (FileRecord) throws -> Void) throws -> Bool {
    guard let first = heap.first, let record = cursors[first].next else { return false }
    try cursors[first].page[record.range].withUnsafeBytes {
      try body(
        FileRecord(
          processor: cursors[first].processor, time: record.time, loss: cursors[first].loss, bytes: $0))
    }
    let pagesBefore = cursors[first].pages.count
    try cursors[first].advance()
    pagesRead += cursors[first].pages.count - pagesBefore
    if cursors[first].next == nil {
      heap[0] = heap[heap.count - 1]
      heap.removeLast()
    }
    sift(0)
    return true
  }

  private func isEarlier(_ left: Int, _ right: Int) -> Bool {
    (cursors[left].next?.time ?? .max, left) < (cursors[right].next?.time ?? .max, right)
  }

  /// Moves what is at a place of the heap down to where it belongs.
  private mutating func sift(_ start: Int) {
    var place = start
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < heap.count && isEarlier(heap[child], heap[least]) { least = child }
      guard least != place else { return }
      heap.swapAt(place, least)
      place = least
    }
  }
}

extension TraceFile {
  /// Calls `body` with records in the order of time.
  ///
  /// - Throws: ``TraceFileError``, and what `body` throws.
  public func forEachRecord(
    _ selection: TraceSelection = TraceSelection(), progress: Progress = { _, _ in },
    _ body: (FileRecord) throws -> Void
  ) throws {
    let processors = parts.processors.enumerated().filter {
      selection.processors?.contains($0.offset) ?? true
    }
    let total = processors.reduce(0) { $0 + $1.element.count }
    var merger = try TraceRecordMerger(processors.map { (number: $0.offset, pages: $0.element) })
    var done = 0
    while try merger.next({ if selection.contains($0) { try body($0) } }) {
      guard merger.pagesRead != done else { continue }
      done = merger.pagesRead
      progress(done, total)
    }
  }
}
