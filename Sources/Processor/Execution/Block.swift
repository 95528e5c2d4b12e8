/// The header of a run of records that were decoded from consecutive instructions of one page.
///
/// The records follow it in memory. A block ends with an instruction that goes elsewhere, at the end of its
/// page, or after ``maximumCount`` instructions; conditional branches in its midst leave it when they are taken.
struct Block {
  /// What the block was decoded from.
  struct Key: Equatable {
    /// The place of the first byte in the machine's RAM, with the code mode in the top bits.
    let rawValue: UInt64

    init(memoryOffset: UInt64, mode: UInt8) { rawValue = memoryOffset | UInt64(mode) << 60 }

    /// A well-mixed index into a table of `1 << bits` entries.
    func hash(bits: UInt64) -> Int {
      Int(truncatingIfNeeded: (rawValue &* 0x9E37_79B9_7F4A_7C15) >> (64 - bits))
    }
  }

  var key: Key
  /// The next block with the same hash.
  var nextInBucket: UnsafeMutablePointer<Block>?
  /// The next block of the same page.
  var nextInPage: UnsafeMutablePointer<Block>?
  /// The number of instructions.
  var count: Int64

  static let maximumCount = 64
}

extension UnsafeMutablePointer<Block> {
  /// The first record.
  @inline(__always)
  var firstRecord: RecordReference { RecordReference(UnsafeMutableRawPointer(self + 1)) }
}
