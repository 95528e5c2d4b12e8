/// How many instructions each turn of a processor has.
///
/// Without a seed all turns are equal; with one they vary by a quarter, so that different seeds show different
/// interleavings.
struct TurnLengths {
  static let usual: Int64 = 20_000

  private var random: SplitMix64?

  init(seed: UInt64) { random = seed == 0 ? nil : SplitMix64(seed: ~seed) }

  mutating func next() -> Int64 {
    guard let number = random?.next() else { return Self.usual }
    return Self.usual * 3 / 4 + Int64(number % UInt64(Self.usual / 2))
  }
}
