/// Copies of a file in which some bytes have other values: the same ones in every run.
struct DamagedCopies: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private let changes: Int
  private var remaining: Int
  private var state: UInt64

  /// So many copies with so many changes each.
  init(of bytes: [UInt8], count: Int, changes: Int, seed: UInt64 = 7) {
    self.bytes = bytes
    self.changes = changes
    remaining = count
    state = seed
  }

  mutating func next() -> [UInt8]? {
    guard remaining > 0 else { return nil }
    remaining -= 1
    var copy = bytes
    for _ in 0..<changes {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      copy[Int(state >> 33) % copy.count] = UInt8(truncatingIfNeeded: state >> 24)
    }
    return copy
  }
}
