/// Vector instructions with unmasked exceptions, alignment checks, and memory operands that end beyond a page.
extension VectorOperandGenerator {
  private typealias Place = HostComparisonCase.Place

  mutating func exceptionCase(_ encoding: VectorEncodings.Encoding, _ elements: Elements)
    -> HostComparisonCase
  {
    var scenario = scenario(elements)
    if next() % 2 == 0 { scenario.mxcsr &= ~UInt32(truncatingIfNeeded: next() & 0x1F80) }
    var start = HostComparisonCase()
    start.bytes = encoding.bytes
    start.general[0] = scenario.rax
    start.general[1] = scenario.rcx
    start.general[2] = scenario.rdx
    start.general[4] = Place.stack + Place.stackSize / 2
    let target = target()
    start.general[6] = target
    start.general[7] = target
    start.flags = scenario.flags | 0x202
    if next() % 8 == 0 { start.flags |= 1 << 18 }
    start.vectors = scenario.area
    let end = Place.data + Place.dataSize
    if (Place.data..<end).contains(target) {
      let bytes = Array(scenario.memory.bytes.prefix(Int(end - target)))
      start.patches = [.init(address: target, bytes: bytes)]
    }
    return start
  }

  /// Where memory operands lie: mostly about the end of what is mapped.
  private mutating func target() -> UInt64 {
    let offset = next() % 72
    switch next() % 16 {
    case 0: return Place.data + 0x100 + offset
    case 1: return Place.data + 0x1000 - offset
    case 2: return Place.readOnly + 0x1000 - offset
    case 3: return Place.readOnly + 0x100 + offset / 32 * 32
    case 4: return Place.data &- offset
    case 5: return 0x8000_0000_0000_0000 &+ offset
    case 6, 7, 8: return Place.data + 0x100 + offset / 32 * 32
    default: return Place.data + Place.dataSize - offset
    }
  }
}
