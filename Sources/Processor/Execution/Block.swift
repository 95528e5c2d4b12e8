/// The header of a run of records that were decoded from consecutive instructions of one page.
///
/// The records follow it in memory. A block ends with an instruction that goes elsewhere, at the end of its
/// page, or after ``maximumCount`` instructions; conditional branches in its midst leave it when they are taken.
struct Block {
  /// What the block was decoded from.
  struct Key: Equatable {
    /// The place of the first byte in the machine's RAM, with the code mode in the top bits.
    let rawValue: UInt64

    /// Added to a code mode: the block's instructions are looked at by a hypervisor.
    static let guestMode: UInt8 = 1 << 2

    /// A place in RAM and a ``Core/blockMode``.
    init(memoryOffset: UInt64, mode: UInt8) { rawValue = memoryOffset | UInt64(mode) << 60 }

    /// The place of the first byte's page in the machine's RAM.
    var page: UInt64 { rawValue & 0x0FFF_FFFF_FFFF_F000 }

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

/// Where a branch leads that stays in its page.
///
/// The linear address tells which block that is only as long as the page is mapped as it was when the branch was
/// decoded. So a record without a link tells the page in RAM, and only a block of that page is linked.
struct BlockLink {
  /// The address of a block, or a page's place in RAM with bit 0 set.
  let rawValue: UInt64

  @inline(__always)
  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// No link yet, from a block of this page.
  init(unlinkedIn page: UInt64) { rawValue = page | 1 }

  init(_ block: UnsafeMutablePointer<Block>) { rawValue = UInt64(UInt(bitPattern: block)) }

  /// The block, if it is known.
  @inline(__always)
  var block: UnsafeMutablePointer<Block>? {
    guard rawValue & 1 == 0 else { return nil }
    return UnsafeMutablePointer(bitPattern: UInt(truncatingIfNeeded: rawValue)).unsafelyUnwrapped
  }

  /// The page that a block must be of, while none is known.
  var page: UInt64 { rawValue & ~1 }
}

extension UnsafeMutablePointer<Block> {
  /// The first record.
  @inline(__always)
  var firstRecord: RecordReference { RecordReference(UnsafeMutableRawPointer(self + 1)) }
}
