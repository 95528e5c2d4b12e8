import Bus

/// Hands out pieces of a region of guest memory in turn, and fills them.
struct BootArea {
  private var free: Range<UInt64>

  init(_ region: Range<UInt64>) {
    free = region
  }

  /// Copies `bytes` to the next address that is a multiple of 8, and returns it.
  ///
  /// - Throws: `BootError.tablesTooLarge` if the region is full.
  mutating func place(_ bytes: [UInt8], in memory: GuestMemory) throws(BootError) -> UInt64 {
    let start = free.lowerBound
    guard let end = (start + UInt64(bytes.count)).roundedUp(toMultipleOf: 8), end <= free.upperBound else {
      throw .tablesTooLarge(size: bytes.count, limit: Int(free.upperBound - free.lowerBound))
    }
    try memory.place(bytes, at: start)
    free = end..<free.upperBound
    return start
  }
}
