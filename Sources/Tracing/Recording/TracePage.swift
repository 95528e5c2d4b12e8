/// A page of records in the form in which Linux's ring buffer keeps them and `trace.dat` holds them (Linux,
/// include/linux/ring_buffer.h).
///
/// A page begins with the time of its first record, in nanoseconds, and the number of bytes used. A record begins with
/// a word that has its size and the time since the one before.
struct TracePage {
  /// The size of a page.
  static let size = 4096
  /// The size of its header.
  static let headerSize = 16
  /// The room for records.
  static let capacity = size - headerSize

  /// The lower 27 bits of the second word of the header: the bytes used.
  static let usedMask: UInt64 = 1 << 27 - 1
  /// Records were lost before this page.
  static let missed: UInt64 = 1 << 31
  /// Behind the data stands how many were lost.
  static let missedCountStored: UInt64 = 1 << 30

  private enum Offset {
    static let time = 0
    static let commit = 8
  }

  /// What the lowest five bits of a record's first word mean, beyond a size in words.
  private enum RecordKind {
    static let longest = 28
    static let long: UInt32 = 0
    static let timeExtension: UInt32 = 30
  }

  private static let deltaBits: UInt64 = 27
  private static let kindBits: UInt64 = 5
  /// A time extension has room for this many bits, which are 18 years.
  private static let longestDeltaBits: UInt64 = 59

  let start: UnsafeMutableRawPointer

  /// Makes the page empty, beginning at a time. What no field covers is always the same.
  func begin(at time: UInt64) {
    start.initializeMemory(as: UInt8.self, repeating: 0, count: Self.size)
    start.storeBytes(of: time, toByteOffset: Offset.time, as: UInt64.self)
    start.storeBytes(of: 0, toByteOffset: Offset.commit, as: UInt64.self)
  }

  /// The time at which the page begins.
  var time: UInt64 { start.load(fromByteOffset: Offset.time, as: UInt64.self) }

  /// The bytes used behind the header.
  var used: Int { Int(start.load(fromByteOffset: Offset.commit, as: UInt64.self) & Self.usedMask) }

  /// Notes that records were lost before the first one, and how many if there is room.
  func noteLoss(of count: UInt64) {
    var commit = UInt64(used) | Self.missed
    if used + MemoryLayout<UInt64>.size <= Self.capacity {
      commit |= Self.missedCountStored
      (start + Self.headerSize + used).storeBytes(of: count, as: UInt64.self)
    }
    start.storeBytes(of: commit, toByteOffset: Offset.commit, as: UInt64.self)
  }

  /// The most bytes that a record can have.
  static let longestRecord = capacity - 16

  /// How many bytes a record of so many takes, with its words.
  private static func room(for size: Int, after delta: UInt64) -> Int {
    let payload = (size + 3) & ~3
    return (delta >> deltaBits != 0 ? 8 : 0) + (payload > RecordKind.longest * 4 ? 8 : 4) + payload
  }

  /// Makes room for a record.
  ///
  /// - Parameters:
  ///   - size: its bytes, 1 to ``longestRecord``.
  ///   - delta: nanoseconds since the record before; 0 for the first.
  /// - Returns: where its bytes go; `nil` if it has to go to another page.
  @inline(__always)
  func append(_ size: Int, after delta: UInt64) -> UnsafeMutableRawPointer? {
    let used = used
    let room = Self.room(for: size, after: delta)
    guard used + room <= Self.capacity, delta >> Self.longestDeltaBits == 0 else { return nil }
    start.storeBytes(of: UInt64(used + room), toByteOffset: Offset.commit, as: UInt64.self)
    var place = start + Self.headerSize + used
    var rest = delta
    if delta >> Self.deltaBits != 0 {
      let low = UInt32(truncatingIfNeeded: delta & (1 << Self.deltaBits - 1)) << UInt32(Self.kindBits)
      place.storeBytes(of: low | RecordKind.timeExtension, as: UInt32.self)
      place.storeBytes(
        of: UInt32(truncatingIfNeeded: delta >> Self.deltaBits), toByteOffset: 4, as: UInt32.self)
      place += 8
      rest = 0
    }
    let payload = (size + 3) & ~3
    let word = UInt32(truncatingIfNeeded: rest) << UInt32(Self.kindBits)
    if payload > RecordKind.longest * 4 {
      place.storeBytes(of: word | RecordKind.long, as: UInt32.self)
      place.storeBytes(of: UInt32(payload + 4), toByteOffset: 4, as: UInt32.self)
      place += 8
    } else {
      place.storeBytes(of: word | UInt32(payload / 4), as: UInt32.self)
      place += 4
    }
    return place
  }
}
