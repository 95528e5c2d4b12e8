import X86

/// 256 bits: a YMM register, for instructions that move elements from one lane to the other.
struct LanePair: Equatable {
  var quadwords: SIMD4<UInt64>

  @inline(__always)
  init(_ lower: Lane = Lane(), _ upper: Lane = Lane()) {
    quadwords = SIMD4(lowHalf: lower.halves, highHalf: upper.halves)
  }

  @inline(__always)
  init(_ doublewords: SIMD8<UInt32>) { quadwords = unsafeBitCast(doublewords, to: SIMD4<UInt64>.self) }

  /// Loads 32 bytes, which need no alignment.
  @inline(__always)
  init(at address: UnsafeRawPointer) { self.init(Lane(at: address), Lane(at: address + 16)) }

  /// The value in every element of `size` bytes: 1, 2, 4, 8 or 16.
  @inline(__always)
  init(repeating element: Lane, size: Int) {
    let low: UInt64
    switch size {
    case 1: low = (element.low & 0xFF) &* 0x0101_0101_0101_0101
    case 2: low = (element.low & 0xFFFF) &* 0x0001_0001_0001_0001
    case 4: low = (element.low & 0xFFFF_FFFF) &* 0x0000_0001_0000_0001
    default: low = element.low
    }
    let lane = Lane(low, size == 16 ? element.high : low)
    self.init(lane, lane)
  }

  @inline(__always)
  var lower: Lane {
    get { Lane(quadwords.lowHalf) }
    set { quadwords.lowHalf = newValue.halves }
  }

  @inline(__always)
  var upper: Lane {
    get { Lane(quadwords.highHalf) }
    set { quadwords.highHalf = newValue.halves }
  }

  @inline(__always)
  var doublewords: SIMD8<UInt32> {
    get { unsafeBitCast(quadwords, to: SIMD8<UInt32>.self) }
    set { self = LanePair(newValue) }
  }

  /// Lane 0 or 1.
  @inline(__always)
  func lane(_ number: UInt64) -> Lane { number & 1 == 0 ? lower : upper }

  /// Element `index` of `size` bytes, 4 or 8; the index wraps.
  @inline(__always)
  func element(_ index: Int, size: Int) -> UInt64 {
    size == 8 ? quadwords[index & 3] : UInt64(doublewords[index & 7])
  }

  @inline(__always)
  mutating func setElement(_ index: Int, size: Int, to value: UInt64) {
    if size == 8 {
      quadwords[index & 3] = value
    } else {
      doublewords[index & 7] = UInt32(truncatingIfNeeded: value)
    }
  }

  /// The sign bits of the elements of 4 or 8 bytes, that of the first as bit 0.
  @inline(__always)
  func signs(elementSize: Int) -> UInt64 {
    lower.signs(elementSize: elementSize) | upper.signs(elementSize: elementSize) << UInt64(16 / elementSize)
  }
}

extension Core {
  /// The whole YMM register of an operand.
  @inline(__always)
  func ymm(_ operand: Operand) -> LanePair { LanePair(at: vectorRegister(operand.number)) }

  /// A source operand of up to 32 bytes; what it does not have is zero if it is in memory.
  func vectorPair(_ operand: Operand, of instruction: UnsafePointer<Instruction>) throws(Fault) -> LanePair {
    let source = try vectorSource(operand, of: instruction)
    return operand.kind != .memory || operand.width == 32 ? LanePair(at: source) : LanePair(Lane(at: source))
  }

  /// Writes a register as VEX-encoded instructions do: beyond the operand's vector length it becomes zero.
  @inline(__always)
  func setVector(_ operand: Operand, _ value: LanePair) {
    let destination = vectorRegister(operand.number)
    value.lower.store(at: destination)
    (operand.width == 32 ? value.upper : Lane()).store(at: destination + 16)
  }
}
