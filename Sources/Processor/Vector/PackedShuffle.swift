import X86

/// Shuffles, blends, insertions and extractions.
func vectorShuffleHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pshufd, .vpshufd:
    return { interpretLanes(ShuffleDoublewords.self, $0, $1) }
  case .pshuflw, .vpshuflw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        let order = instruction.pointee.immediate
        try core.packedUnary(instruction) { Lane($0.low.selectingWords(by: order), $0.high) }
      }
    }
  case .pshufhw, .vpshufhw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        let order = instruction.pointee.immediate
        try core.packedUnary(instruction) { Lane($0.low, $0.high.selectingWords(by: order)) }
      }
    }
  case .pshufw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        let order = instruction.pointee.immediate
        try core.packedUnary(instruction) { Lane($0.low.selectingWords(by: order)) }
      }
    }
  case .pshufb, .vpshufb:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.shuffleBytes(instruction) } }
  case .palignr, .vpalignr:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.alignRight(instruction) } }
  case .shufps, .vshufps:
    return { interpretLanes(ShuffleSingles.self, $0, $1) }
  case .shufpd, .vshufpd:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.shuffleDoubles(instruction) } }
  case .mpsadbw, .vmpsadbw:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.sumDifferences(instruction) } }
  case .insertps, .vinsertps:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.insertSingle(instruction) } }
  case .pextrb, .pextrw, .pextrd, .pextrq, .extractps, .vpextrb, .vpextrw, .vpextrd, .vpextrq, .vextractps:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.extractElement(instruction) } }
  case .pinsrb, .pinsrw, .pinsrd, .pinsrq, .vpinsrb, .vpinsrw, .vpinsrd, .vpinsrq:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.insertElement(instruction) } }
  default:
    return vectorBlendHandler(for: operation)
  }
}

private func vectorBlendHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pblendvb, .vpblendvb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.blend(instruction) { Lane($0.signedBytes .< SIMD16<Int8>(repeating: 0)) }
      }
    }
  case .blendvps, .vblendvps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.blend(instruction) { Lane($0.signedDoublewords .< SIMD4<Int32>(repeating: 0)) }
      }
    }
  case .blendvpd, .vblendvpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.blend(instruction) { Lane($0.signedHalves .< SIMD2<Int64>(repeating: 0)) }
      }
    }
  case .pblendw, .vpblendw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        let mask = Lane(spreading: instruction.pointee.immediate, elementSize: 2)
        try core.packed(instruction) { Lane.select(mask, $1, $0) }
      }
    }
  case .blendps, .vblendps, .vpblendd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.blend(instruction, elementSize: 4) }
    }
  case .blendpd, .vblendpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.blend(instruction, elementSize: 8) }
    }
  default:
    return nil
  }
}

extension SIMD4<UInt32> {
  /// The elements that four fields of two bits name.
  @inline(__always)
  func selected(by order: UInt64) -> SIMD4<UInt32> {
    SIMD4(
      self[Int(order & 3)], self[Int(order >> 2 & 3)], self[Int(order >> 4 & 3)], self[Int(order >> 6 & 3)])
  }
}

extension UInt64 {
  /// The 16-bit parts that four fields of two bits name.
  @inline(__always)
  fileprivate func selectingWords(by order: UInt64) -> UInt64 {
    var result: UInt64 = 0
    for position in 0..<4 as Range<UInt64> {
      let word = self >> ((order >> (2 * position) & 3) * 16) & 0xFFFF
      result |= word << (16 * position)
    }
    return result
  }
}

extension Lane {
  /// The bytes that the low bits of `selectors` name, and zeros where the top bit of a selector is set.
  @inline(__always)
  func shuffled(by selectors: Lane, indexMask: UInt64) -> Lane {
    withUnsafeBytes(of: self) { bytes in
      Lane(
        Self.select(selectors.low, of: bytes, indexMask: indexMask),
        Self.select(selectors.high, of: bytes, indexMask: indexMask))
    }
  }

  @inline(__always)
  private static func select(
    _ selectors: UInt64, of bytes: UnsafeRawBufferPointer, indexMask: UInt64
  ) -> UInt64 {
    var result: UInt64 = 0
    for position in 0..<8 as Range<UInt64> {
      let selector = selectors >> (position * 8)
      let byte = UInt64(bytes[Int(truncatingIfNeeded: selector & indexMask)])
      result |= (selector & 0x80 != 0 ? 0 : byte) << (position * 8)
    }
    return result
  }

  /// Elements of all ones where a bit of `bits` is set.
  @inline(__always)
  init(spreading bits: UInt64, elementSize: UInt64) {
    self.init()
    for index in 0..<8 / elementSize {
      let ones = ((~0 as UInt64) >> (64 - 8 * elementSize)) << (8 * elementSize * index)
      if bits >> index & 1 != 0 { low |= ones }
      if bits >> (index + 8 / elementSize) & 1 != 0 { high |= ones }
    }
  }
}

extension Core {
  /// PSHUFB: each byte of the second source selects a byte of the first, or zero if its top bit is set.
  fileprivate func shuffleBytes(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let indexMask: UInt64 = instruction.pointee.operands.0.kind == .mmxRegister ? 7 : 15
    try packed(instruction) { $0.shuffled(by: $1, indexMask: indexMask) }
  }

  /// PALIGNR: the sources side by side, the second below, moved down by a number of bytes.
  fileprivate func alignRight(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let count = instruction.pointee.immediate & 0xFF
    if instruction.pointee.operands.0.kind == .mmxRegister {
      return try packed(instruction) { Lane($1.low, $0.low).shiftedRight(bytes: Int(min(count, 16))) }
    }
    try packed(instruction) { AlignRight.compute($0, $1, count) }
  }

  /// SHUFPD: a bit of the immediate for each element, two for each lane.
  fileprivate func shuffleDoubles(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    var selectors = instruction.pointee.immediate
    try packed(instruction) {
      defer { selectors >>= 2 }
      return Lane(selectors & 1 == 0 ? $0.low : $0.high, selectors & 2 == 0 ? $1.low : $1.high)
    }
  }

  /// MPSADBW: the sums of absolute differences between four bytes of the second source and each of eight
  /// overlapping groups of four in the first. Each lane has three bits of the immediate that place the groups.
  fileprivate func sumDifferences(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    var control = Int(instruction.pointee.immediate)
    try packed(instruction) {
      let block = (control & 3) * 4
      let start = (control >> 2 & 1) * 4
      control >>= 3
      var sums = SIMD8<UInt16>()
      for group in 0..<8 {
        for index in 0..<4 {
          let difference = Int16($0.bytes[start + group + index]) - Int16($1.bytes[block + index])
          sums[group] &+= difference.magnitude
        }
      }
      return Lane(sums)
    }
  }

  /// INSERTPS: one element of the second source (in memory, the only one), and zeros.
  fileprivate func insertSingle(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let control = instruction.pointee.immediate
    let operands = instruction.pointee.operands
    let isMemory = operands.1.kind == .memory || operands.2.kind == .memory
    let zeros = Lane(spreading: control & 0xF, elementSize: 4)
    try packed(instruction) {
      var elements = $0.doublewords
      elements[Int(control >> 4 & 3)] = $1.doublewords[isMemory ? 0 : Int(control >> 6 & 3)]
      return Lane(elements) & ~zeros
    }
  }

  /// PEXTRB, PEXTRW, PEXTRD, PEXTRQ and EXTRACTPS: into memory, or zero-extended into a general register.
  fileprivate func extractElement(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    let size = instruction.pointee.operation.elementSize
    let isMMX = source.kind == .mmxRegister
    let count = (isMMX ? 8 : 16) / size
    let index = Int(instruction.pointee.immediate) & (count - 1)
    let lane = isMMX ? Lane(mmx(source.number)) : xmm(source.number)
    let value = Lane(lane.shiftedRight(bytes: index * size).low & Self.mask(UInt16(size)))
    if destination.kind == .memory {
      try storeVector(value, size: size, to: instruction)
    } else {
      setGeneral(Int(destination.number), value.low)
    }
    if isMMX { enterMMX() }
  }

  /// PINSRB, PINSRW, PINSRD and PINSRQ.
  fileprivate func insertElement(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    let isVEX = instruction.pointee.prefixes.contains(.vex)
    let source = isVEX ? operands.2 : operands.1
    let size = instruction.pointee.operation.elementSize
    let value =
      source.kind == .register
      ? general(Int(source.number)) : Lane(at: try vectorSource(source, of: instruction)).low
    let mask = Self.mask(UInt16(size))
    if operands.0.kind == .mmxRegister {
      let shift = UInt64(Int(instruction.pointee.immediate & 3) * 16)
      setMMX(operands.0.number, mmx(operands.0.number) & ~(mask << shift) | (value & mask) << shift)
      return enterMMX()
    }
    let position = Int(instruction.pointee.immediate) & (16 / size - 1) * size
    let hole = Lane(mask).shiftedLeft(bytes: position)
    let element = Lane(value & mask).shiftedLeft(bytes: position)
    let rest = xmm(isVEX ? operands.1.number : operands.0.number)
    setXMM(operands.0.number, rest & ~hole | element, instruction)
  }

  /// Takes from the second source the elements that `select` finds in XMM0, or in the fourth operand.
  @inline(__always)
  fileprivate func blend(_ instruction: UnsafePointer<Instruction>, _ select: (Lane) -> Lane) throws(Fault) {
    let isVEX = instruction.pointee.prefixes.contains(.vex)
    let selector = UnsafeRawPointer(vectorRegister(isVEX ? instruction.pointee.operands.3.number : 0))
    let selectors = (select(Lane(at: selector)), select(Lane(at: selector + 16)))
    var isUpper = false
    try packed(instruction) {
      let mask = isUpper ? selectors.1 : selectors.0
      isUpper = true
      return Lane.select(mask, $1, $0)
    }
  }

  /// Takes from the second source the elements whose bit of the immediate is set.
  fileprivate func blend(_ instruction: UnsafePointer<Instruction>, elementSize: UInt64) throws(Fault) {
    var selectors = instruction.pointee.immediate
    try packed(instruction) {
      let mask = Lane(spreading: selectors, elementSize: elementSize)
      selectors >>= 16 / elementSize
      return Lane.select(mask, $1, $0)
    }
  }
}

extension Operation {
  /// The bytes of an element that is inserted or extracted.
  fileprivate var elementSize: Int {
    switch self {
    case .pextrb, .pinsrb, .vpextrb, .vpinsrb: 1
    case .pextrw, .pinsrw, .vpextrw, .vpinsrw: 2
    case .pextrq, .pinsrq, .vpextrq, .vpinsrq: 8
    default: 4
    }
  }
}
