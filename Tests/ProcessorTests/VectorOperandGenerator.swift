/// Makes scenarios from a seed, with many of the values at which instructions behave in a special way.
struct VectorOperandGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(next() % UInt64(values.count))] }

  /// What the numbers in vectors are.
  enum Elements: CaseIterable {
    case integers, singles, doubles, text
    /// Indexes of gathers, from -4 to 3, of 4 and of 8 bytes.
    case indexes32, indexes64
    /// Single precision near to the limits of half precision, and numbers of half precision.
    case halves
    /// Digits in packed BCD.
    case decimals
    /// What MXCSR can hold.
    case controls
  }

  private mutating func integerHalf() -> UInt64 {
    switch next() % 4 {
    case 0: return next()
    case 1: return pick([0, ~0, 1, 0x8000_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x0000_0040_0000_0003])
    default:
      var half: UInt64 = 0
      for _ in 0..<8 { half = half << 8 | pick([0, 1, 0x7F, 0x80, 0x81, 0xFE, 0xFF, next() & 0xFF]) }
      return half
    }
  }

  private mutating func single() -> UInt32 {
    let sign = UInt32(next() & 1) << 31
    switch next() % 3 {
    case 0:
      // Nothing, the denormals, the smallest normal number, one, two, large ones, infinity, NaNs.
      let special: [UInt32] = [
        0, 1, 0x0012_3456, 0x007F_FFFF, 0x0080_0000, 0x3F80_0000, 0x3F80_0001, 0x4000_0000, 0x4F00_0000,
        0x5F00_0000, 0x7F7F_FFFF, 0x7F80_0000, 0x7F80_0001, 0x7FA0_1234, 0x7FC0_0000, 0x7FC0_4321,
        0x7FFF_FFFF,
      ]
      return sign | pick(special)
    case 1: return sign | (0x3F00_0000 &+ UInt32(next() & 0x1FF_FFFF))
    default: return UInt32(truncatingIfNeeded: next())
    }
  }

  private mutating func double() -> UInt64 {
    let sign = (next() & 1) << 63
    switch next() % 3 {
    case 0:
      let special: [UInt64] = [
        0, 1, 0x0008_1234_5678_9ABC, 0x000F_FFFF_FFFF_FFFF, 0x0010_0000_0000_0000, 0x3FF0_0000_0000_0000,
        0x3FF0_0000_0000_0001, 0x4000_0000_0000_0000, 0x41E0_0000_0000_0000, 0x43E0_0000_0000_0000,
        0x7FEF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000, 0x7FF0_0000_0000_0001, 0x7FF4_0000_0000_1234,
        0x7FF8_0000_0000_0000, 0x7FF8_0000_0000_4321, 0x380F_FFFF_FFFF_FFFF, 0x3690_0000_0000_0000,
      ]
      return sign | pick(special)
    case 1: return sign | (0x3FE0_0000_0000_0000 &+ next() & 0x3F_FFFF_FFFF_FFFF)
    default: return next()
    }
  }

  private mutating func index32() -> UInt32 { UInt32(truncatingIfNeeded: next() % 8 &- 4) }

  private mutating func halfPrecision() -> UInt16 {
    let special: [UInt16] = [0, 1, 0x3FF, 0x400, 0x3C00, 0x7BFF, 0x7C00, 0x7C01, 0x7DFF, 0x7E00, 0x7FFF]
    let sign = UInt16(next() & 1) << 15
    return next() % 2 == 0 ? sign | pick(special) : UInt16(truncatingIfNeeded: next())
  }

  /// Exponents of half precision, its denormal numbers and a few beyond, with ties and almost ties.
  private mutating func nearHalf() -> UInt32 {
    if next() % 4 == 0 { return single() }
    let exponent = UInt32(0x65 + next() % 0x2D) << 23
    let fraction = UInt32(truncatingIfNeeded: next()) & pick([0x7F_FFFF, 0x7F_E000, 0x7F_F000, 0x7F_F001])
    return UInt32(next() & 1) << 31 | exponent | fraction
  }

  private mutating func half(_ elements: Elements) -> UInt64 {
    switch elements {
    case .integers: return integerHalf()
    case .singles: return UInt64(single()) | UInt64(single()) << 32
    case .doubles: return double()
    case .indexes32: return UInt64(index32()) | UInt64(index32()) << 32
    case .indexes64: return next() % 8 &- 4
    case .decimals: return (0..<16).reduce(0) { value, _ in value << 4 | next() % 10 }
    case .controls: return next() & 0xFFFF_0000_FFFF
    case .halves:
      return next() % 2 == 0
        ? UInt64(nearHalf()) | UInt64(nearHalf()) << 32
        : (0..<4).reduce(0) { value, _ in value << 16 | UInt64(halfPrecision()) }
    case .text:
      var half: UInt64 = 0
      for _ in 0..<8 { half = half << 8 | pick([0, 0x61, 0x61, 0x62, 0x63, 0xE1]) }
      return half
    }
  }

  private mutating func extended() -> (UInt64, UInt16) {
    let sign = UInt16(next() & 1) << 15
    switch next() % 4 {
    case 0:
      let special: [(UInt64, UInt16)] = [
        (0, 0), (1, 0), (1 << 63, 0), (0x7FFF_FFFF_FFFF_FFFF, 0), (1 << 63, 1), (1 << 63, 0x3FFF),
        (3 << 62, 0x3FFE), (~0, 0x3FFF), (1 << 63, 0x403E), (~0, 0x7FFE), (1 << 63, 0x7FFF),
        (1 << 63 | 1, 0x7FFF),
        (3 << 62, 0x7FFF), (3 << 62 | 5, 0x7FFF), (5, 0x7FFF), (0, 0x7FFF), (5, 0x4000), (1 << 62, 0x3FFF),
        (~0, 0x3C00), (1 << 63, 0x3F80), (~0, 0x407E), (1 << 63 | 1 << 39, 0x407E),
      ]
      let (significand, exponent) = pick(special)
      return (significand, sign | exponent)
    case 1: return (next() | 1 << 63, sign | UInt16(0x3FF0 + next() % 32))
    case 2: return (next() << 40 | 1 << 63, sign | UInt16(0x3FFF + next() % 24))
    default: return (next() | 1 << 63, UInt16(truncatingIfNeeded: next()))
    }
  }

  /// A state in which SSE exceptions are masked and no x87 exception is pending.
  mutating func scenario(_ elements: Elements) -> VectorScenario {
    var scenario = VectorScenario()
    // DAZ, rounding, FZ and the flags vary.
    scenario.mxcsr = 0x1F80 | UInt32(truncatingIfNeeded: next() & 0xE07F)
    if next() % 2 == 0 { scenario.mxcsr &= ~0x8040 }
    for register in 0..<16 {
      scenario.area[at: VectorScenario.xmm(register)] = half(elements)
      scenario.area[at: VectorScenario.xmm(register) + 8] = half(elements)
      scenario.area[at: VectorScenario.upperYMM(register)] = half(elements)
      scenario.area[at: VectorScenario.upperYMM(register) + 8] = half(elements)
    }
    for offset in stride(from: 0, to: 64, by: 8) { scenario.memory[at: offset] = half(elements) }
    addX87(to: &scenario)
    scenario.rax = integerHalf()
    scenario.rcx = integerHalf()
    scenario.rdx = integerHalf()
    if elements == .text {
      scenario.rax = UInt64(bitPattern: Int64(next() % 40) - 20)
      scenario.rdx = UInt64(bitPattern: Int64(next() % 40) - 20)
    }
    scenario.flags = next() & VectorScenario.statusFlags
    return scenario
  }

  /// Most exceptions are masked; precision and rounding control vary; a few registers are empty.
  private mutating func addX87(to scenario: inout VectorScenario) {
    var control: UInt16 = 0x7F | UInt16(truncatingIfNeeded: next() & 0x1F00)
    if next() % 4 == 0 { control &= ~UInt16(truncatingIfNeeded: next() & 0x3F) }
    scenario.controlWord = control
    let status = UInt16(truncatingIfNeeded: next() & 0x7F7F)
    scenario.statusWord = status & ~0x3F | status & control & 0x3F
    scenario.occupied = next() % 4 == 0 ? UInt8(truncatingIfNeeded: next()) : 0xFF
    if next() % 3 == 0 { scenario.occupied &= ~UInt8(truncatingIfNeeded: 1 << (next() & 7)) }
    for index in 0..<8 {
      let (significand, signAndExponent) = extended()
      scenario.area[at: VectorScenario.stack(index)] = significand
      scenario.area[at: VectorScenario.stack(index) + 8] = UInt64(signAndExponent)
    }
  }

  /// Puts a number of the x87's formats into memory.
  mutating func putX87Operand(_ elements: Elements, into scenario: inout VectorScenario) {
    if next() % 3 == 0 {
      let (significand, signAndExponent) = extended()
      scenario.memory[at: 0] = significand
      scenario.memory[at: 8] = signAndExponent
    } else {
      scenario.memory[at: 0] = half(elements)
    }
  }
}
