/// A reproducible source of numbers (SplitMix64).
struct HostComparisonNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// 0 to `count - 1`.
  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

  /// True once in `count` times.
  mutating func chance(_ count: Int) -> Bool { below(count) == 0 }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// An operand: often one at which carries, signs and limits change.
  mutating func operand() -> UInt64 {
    switch below(10) {
    case 0: UInt64(below(17))
    case 1: 0 &- UInt64(below(17))
    case 2: 1 << UInt64(below(64))
    case 3: (1 << UInt64(below(64))) &- 1
    case 4: ~(1 << UInt64(below(64)))
    case 5: 0x0101_0101_0101_0101 &* UInt64(below(256))
    case 6: pick([0x7F, 0x80, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]) as UInt64
    default: next()
    }
  }
}
