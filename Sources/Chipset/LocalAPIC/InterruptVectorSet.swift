import Bus

/// A set of interrupt vectors that knows its highest member.
///
/// Vectors 0 to 15 are never members, so that a highest member of 0 means the empty set.
struct InterruptVectorSet: Equatable {
  private var words = SIMD4<UInt64>()
  /// The member with the highest priority; 0 if there is none.
  private(set) var highest: UInt8 = 0

  @inline(__always)
  func contains(_ vector: UInt8) -> Bool {
    words[Int(vector >> 6)] >> UInt64(vector & 63) & 1 != 0
  }

  @inline(__always)
  mutating func insert(_ vector: UInt8) {
    words[Int(vector >> 6)] |= 1 << UInt64(vector & 63)
    if vector > highest { highest = vector }
  }

  @inline(__always)
  mutating func remove(_ vector: UInt8) {
    words[Int(vector >> 6)] &= ~(1 << UInt64(vector & 63))
    if vector == highest { findHighest() }
  }

  /// The 32 vectors from `32 * index` on, as the registers show them; `index` is below 8.
  func register(_ index: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: words[index >> 1 & 3] >> UInt64((index & 1) * 32))
  }

  private mutating func findHighest() {
    highest = 0
    for index in (0..<4).reversed() where words[index] != 0 {
      highest = UInt8(index * 64 + 63 - words[index].leadingZeroBitCount)
      return
    }
  }

  func save(to writer: inout StateWriter) {
    for index in 0..<4 { writer.write(words[index]) }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    for index in 0..<4 { words[index] = try reader.read() }
    guard words[0] & 0xFFFF == 0 else { throw .invalid }
    findHighest()
  }
}
