/// The records of one processor: a ring of pages, in memory that is taken at the start.
final class TraceBuffer {
  /// What becomes of records when all pages are full.
  enum Policy {
    /// The oldest page goes.
    case overwrite
    /// New records are lost.
    case stop
  }

  private let policy: Policy
  private let memory: UnsafeMutableRawPointer
  private let pageCount: Int
  /// The records of each page.
  private let counts: UnsafeMutablePointer<Int>
  /// How many records were lost right before each page.
  private let losses: UnsafeMutablePointer<UInt64>
  /// The oldest page, and the one that is being filled.
  @exclusivity(unchecked) private var oldest = 0
  @exclusivity(unchecked) private var current = 0
  @exclusivity(unchecked) private var isEmpty = true
  @exclusivity(unchecked) private var lastTime: UInt64 = 0
  /// Records that were lost since the last one that was kept.
  @exclusivity(unchecked) private var pendingLoss: UInt64 = 0
  /// All records that were lost.
  @exclusivity(unchecked) private(set) var lost: UInt64 = 0
  /// All records that were kept at first.
  @exclusivity(unchecked) private(set) var written: UInt64 = 0

  /// - Parameter pageCount: 2 or more.
  init(pageCount: Int, policy: Policy) {
    self.policy = policy
    self.pageCount = max(pageCount, 2)
    memory = .allocate(byteCount: self.pageCount * TracePage.size, alignment: TracePage.size)
    counts = .allocate(capacity: self.pageCount)
    counts.initialize(repeating: 0, count: self.pageCount)
    losses = .allocate(capacity: self.pageCount)
    losses.initialize(repeating: 0, count: self.pageCount)
  }

  deinit {
    memory.deallocate()
    counts.deallocate()
    losses.deallocate()
  }

  private func page(_ index: Int) -> TracePage { TracePage(start: memory + index * TracePage.size) }

  /// Makes room for a record of at most ``TracePage/longestRecord`` bytes; `nil` if it is lost.
  ///
  /// A time before that of the last record is taken for the last record's.
  @inline(__always)
  func append(_ size: Int, at time: UInt64) -> UnsafeMutableRawPointer? {
    let time = max(time, lastTime)
    if !isEmpty, let place = page(current).append(size, after: time &- lastTime) {
      lastTime = time
      written &+= 1
      counts[current] &+= 1
      return place
    }
    return appendToNextPage(size, at: time)
  }

  @inline(never)
  private func appendToNextPage(_ size: Int, at time: UInt64) -> UnsafeMutableRawPointer? {
    guard size <= TracePage.longestRecord, takeNextPage() else {
      pendingLoss &+= 1
      lost &+= 1
      return nil
    }
    let page = page(current)
    page.begin(at: time)
    counts[current] = 1
    losses[current] = pendingLoss
    pendingLoss = 0
    lastTime = time
    written &+= 1
    return page.append(size, after: 0)
  }

  private func takeNextPage() -> Bool {
    guard !isEmpty else {
      isEmpty = false
      return true
    }
    let next = (current + 1) % pageCount
    if next == oldest {
      guard policy == .overwrite else { return false }
      let dropped = UInt64(counts[oldest])
      lost &+= dropped
      let follower = (oldest + 1) % pageCount
      losses[follower] &+= losses[oldest] &+ dropped
      oldest = follower
    }
    current = next
    return true
  }

  /// Forgets every record, and how many there were.
  func clear() {
    (oldest, current, isEmpty) = (0, 0, true)
    (pendingLoss, lost, written) = (0, 0, 0)
  }

  /// The pages, the oldest first, with the numbers of records that were lost before them.
  var pages: [[UInt8]] {
    guard !isEmpty else { return [] }
    var result: [[UInt8]] = []
    var index = oldest
    while true {
      var bytes = Array(UnsafeRawBufferPointer(start: page(index).start, count: TracePage.size))
      bytes.withUnsafeMutableBytes { buffer in
        guard let start = buffer.baseAddress else { return }
        let copy = TracePage(start: start)
        let end = TracePage.headerSize + copy.used
        (start + end).initializeMemory(as: UInt8.self, repeating: 0, count: TracePage.size - end)
        if losses[index] > 0 { copy.noteLoss(of: losses[index]) }
      }
      result.append(bytes)
      if index == current { return result }
      index = (index + 1) % pageCount
    }
  }
}
