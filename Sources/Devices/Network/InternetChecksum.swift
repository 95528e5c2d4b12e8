/// The checksum of IP and of the protocols above it (RFC 1071).
struct InternetChecksum {
  private var sum: UInt64 = 0

  /// Adds bytes, which are a multiple of two of them except in the last addition.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var index = 0
    while index + 1 < bytes.count {
      sum &+= UInt64(bytes[index]) << 8 | UInt64(bytes[index + 1])
      index += 2
    }
    if index < bytes.count { sum &+= UInt64(bytes[index]) << 8 }
  }

  /// Adds a number as two bytes.
  mutating func add(_ word: UInt16) { sum &+= UInt64(word) }

  /// What goes into the packet; zero over a packet that has the right checksum in it.
  var value: UInt16 {
    var folded = sum
    while folded > 0xFFFF { folded = (folded & 0xFFFF) + folded >> 16 }
    return ~UInt16(truncatingIfNeeded: folded)
  }
}
