/// Products of polynomials over GF(2), for PCLMULQDQ.
enum CarrylessMultiplication {
  /// The 127 bits of a product of two quadwords.
  static func product(_ left: UInt64, _ right: UInt64) -> Lane {
    // The upper half is the lower half of the product of the mirrored factors.
    Lane(low(left, right), low(left.bitsReversed, right.bitsReversed).bitsReversed >> 1)
  }

  /// The low 64 bits, by integer multiplication of every fourth bit: at most 16 products meet in one place, and 16
  /// only where the carry leaves the quadword.
  @inline(__always)
  private static func low(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let mask: UInt64 = 0x1111_1111_1111_1111
    let (a0, a1, a2, a3) = (left & mask, left & mask << 1, left & mask << 2, left & mask << 3)
    let (b0, b1, b2, b3) = (right & mask, right & mask << 1, right & mask << 2, right & mask << 3)
    let c0 = (a0 &* b0) ^ (a1 &* b3) ^ (a2 &* b2) ^ (a3 &* b1)
    let c1 = (a0 &* b1) ^ (a1 &* b0) ^ (a2 &* b3) ^ (a3 &* b2)
    let c2 = (a0 &* b2) ^ (a1 &* b1) ^ (a2 &* b0) ^ (a3 &* b3)
    let c3 = (a0 &* b3) ^ (a1 &* b2) ^ (a2 &* b1) ^ (a3 &* b0)
    return c0 & mask | c1 & mask << 1 | c2 & mask << 2 | c3 & mask << 3
  }
}

extension UInt64 {
  /// Bit 63 becomes bit 0.
  fileprivate var bitsReversed: UInt64 {
    var value = byteSwapped
    value = value >> 4 & 0x0F0F_0F0F_0F0F_0F0F | (value & 0x0F0F_0F0F_0F0F_0F0F) << 4
    value = value >> 2 & 0x3333_3333_3333_3333 | (value & 0x3333_3333_3333_3333) << 2
    return value >> 1 & 0x5555_5555_5555_5555 | (value & 0x5555_5555_5555_5555) << 1
  }
}
