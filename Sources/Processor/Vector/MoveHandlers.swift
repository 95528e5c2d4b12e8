import X86

/// Moves of whole registers and of parts of them.
func vectorMoveHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .movaps, .movapd, .movdqa, .vmovaps, .vmovapd, .vmovdqa, .movntps, .movntpd, .movntdq, .movntdqa,
    .vmovntps, .vmovntpd, .vmovntdq, .vmovntdqa:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.moveVector(instruction, .required) }
    }
  case .movups, .movupd, .movdqu, .lddqu, .vmovups, .vmovupd, .vmovdqu, .vlddqu:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.moveVector(instruction, .arbitrary) }
    }
  case .movss, .movsd, .vmovss, .vmovsd, .movntss, .movntsd:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.moveScalar(instruction) } }
  case .movd, .movq, .vmovd, .vmovq, .movntq, .movq2dq, .movdq2q:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.moveInteger(instruction) } }
  case .movnti:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.storeNonTemporal(instruction) } }
  default:
    return partialMoveHandler(for: operation)
  }
}

private func partialMoveHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .movhps, .movhpd, .vmovhps, .vmovhpd:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.moveHighHalf(instruction) } }
  case .movlps, .movlpd, .vmovlps, .vmovlpd:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.moveLowHalf(instruction) } }
  case .movhlps, .vmovhlps:
    return { interpretLanes($0, $1) { Lane($1.high, $0.high) } }
  case .movlhps, .vmovlhps:
    return { interpretLanes(JoinLowHalves.self, $0, $1) }
  case .movddup, .vmovddup:
    return { interpretLane($0, $1) { Lane($0.low, $0.low) } }
  case .movshdup, .vmovshdup:
    return { interpretLane($0, $1) { $0.duplicatingOddElements } }
  case .movsldup, .vmovsldup:
    return { interpretLane($0, $1) { $0.duplicatingEvenElements } }
  case .movmskps, .vmovmskps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.extractSigns(instruction) { $0.signs(elementSize: 4) }
      }
    }
  case .movmskpd, .vmovmskpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.extractSigns(instruction) { $0.signs(elementSize: 8) }
      }
    }
  case .pmovmskb, .vpmovmskb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.extractSigns(instruction) { $0.signs(elementSize: 1) }
      }
    }
  case .maskmovq, .maskmovdqu, .vmaskmovdqu:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.storeMasked(instruction) } }
  default:
    return nil
  }
}

extension Lane {
  /// The sign bits of the elements, that of the first as bit 0.
  @inline(__always)
  func signs(elementSize: Int) -> UInt64 {
    if elementSize == 1 {
      // Multiplication gathers the eight sign bits of a quadword in its top byte.
      let gather: UInt64 = 0x0002_0408_1020_4081
      let sign: UInt64 = 0x8080_8080_8080_8080
      return ((low & sign) &* gather) >> 56 | (((high & sign) &* gather) >> 56) << 8
    }
    if elementSize == 4 {
      return (low >> 31) & 1 | (low >> 63) << 1 | ((high >> 31) & 1) << 2 | (high >> 63) << 3
    }
    return low >> 63 | (high >> 63) << 1
  }

  /// Each doubleword with an odd index twice.
  @inline(__always)
  fileprivate var duplicatingOddElements: Lane {
    Lane(low & ~0xFFFF_FFFF | low >> 32, high & ~0xFFFF_FFFF | high >> 32)
  }

  /// Each doubleword with an even index twice.
  @inline(__always)
  fileprivate var duplicatingEvenElements: Lane {
    Lane(low & 0xFFFF_FFFF | low << 32, high & 0xFFFF_FFFF | high << 32)
  }
}

extension Core {
  /// MOVAPS and its kin, in both directions.
  @inline(__always)
  func moveVector(_ instruction: UnsafePointer<Instruction>, _ alignment: VectorAlignment) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    if operands.0.kind == .memory {
      try storeVector(
        UnsafeRawPointer(vectorRegister(operands.1.number)), size: Int(operands.0.width), to: instruction,
        alignment)
      return
    }
    let source = try vectorSource(operands.1, of: instruction, alignment)
    let destination = vectorRegister(operands.0.number)
    let low = Lane(at: source)
    if instruction.pointee.prefixes.contains(.vex) {
      let high = operands.0.width == 32 ? Lane(at: source + 16) : Lane()
      high.store(at: destination + 16)
    }
    low.store(at: destination)
  }

  /// MOVSS and MOVSD: a load clears the rest of the register, a move between registers leaves it (with VEX: takes
  /// it from the second operand).
  func moveScalar(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    if operands.0.kind == .memory {
      try storeVector(xmm(operands.1.number), size: Int(operands.0.width), to: instruction)
      return
    }
    if operands.1.kind == .memory {
      let value = Lane(at: try vectorSource(operands.1, of: instruction))
      return setXMM(operands.0.number, value, instruction)
    }
    let isThreeOperand = operands.2.kind == .vectorRegister
    var value = xmm(isThreeOperand ? operands.1.number : operands.0.number)
    let source = xmm(isThreeOperand ? operands.2.number : operands.1.number)
    switch instruction.pointee.operation {
    case .movss, .vmovss: value.low = value.low & ~0xFFFF_FFFF | source.low & 0xFFFF_FFFF
    default: value.low = source.low
    }
    setXMM(operands.0.number, value, instruction)
  }

  /// MOVD and MOVQ between general registers or memory and vector registers, MOVQ between vector registers, and
  /// the moves between MMX and XMM registers. What the destination has more than the source becomes zero.
  func moveInteger(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    let value: UInt64
    switch source.kind {
    case .mmxRegister: value = mmx(source.number)
    case .vectorRegister: value = xmm(source.number).low
    case .register: value = general(Int(source.number)) & Self.mask(source.width)
    default: value = Lane(at: try vectorSource(source, of: instruction)).low
    }
    switch destination.kind {
    case .mmxRegister: setMMX(destination.number, value)
    case .vectorRegister: setXMM(destination.number, Lane(value), instruction)
    case .register: setGeneral(destination.number, value, width: destination.width)
    default: try storeVector(Lane(value), size: Int(destination.width), to: instruction)
    }
    if destination.kind == .mmxRegister || source.kind == .mmxRegister { enterMMX() }
  }

  /// MOVNTI, which uses no vector register and is always available.
  func storeNonTemporal(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operands = instruction.pointee.operands
    try storeVector(Lane(general(Int(operands.1.number))), size: Int(operands.0.width), to: instruction)
  }

  /// MOVHPS and MOVHPD.
  func moveHighHalf(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    if operands.0.kind == .memory {
      return try storeVector(Lane(xmm(operands.1.number).high), size: 8, to: instruction)
    }
    let hasThree = operands.2.kind == .memory
    let source = Lane(at: try vectorSource(hasThree ? operands.2 : operands.1, of: instruction))
    let low = xmm(hasThree ? operands.1.number : operands.0.number).low
    setXMM(operands.0.number, Lane(low, source.low), instruction)
  }

  /// MOVLPS and MOVLPD.
  func moveLowHalf(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    if operands.0.kind == .memory {
      return try storeVector(Lane(xmm(operands.1.number).low), size: 8, to: instruction)
    }
    let hasThree = operands.2.kind == .memory
    let source = Lane(at: try vectorSource(hasThree ? operands.2 : operands.1, of: instruction))
    let high = xmm(hasThree ? operands.1.number : operands.0.number).high
    setXMM(operands.0.number, Lane(source.low, high), instruction)
  }

  /// MOVMSKPS, MOVMSKPD and PMOVMSKB.
  @inline(__always)
  func extractSigns(
    _ instruction: UnsafePointer<Instruction>, _ signs: (Lane) -> UInt64
  ) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    switch source.kind {
    case .mmxRegister:
      setGeneral(Int(destination.number), signs(Lane(mmx(source.number))))
      enterMMX()
    default:
      var bits = signs(xmm(source.number))
      if source.width == 32 {
        let upper = signs(Lane(at: vectorRegister(source.number) + 16))
        bits |= upper << UInt64(signs(Lane(~0, ~0)).nonzeroBitCount)
      }
      setGeneral(Int(destination.number), bits)
    }
  }

  /// MASKMOVQ and MASKMOVDQU: stores the bytes whose mask byte has its sign bit set to DS:rDI.
  func storeMasked(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (value, mask, _, _) = instruction.pointee.operands
    let isMMX = value.kind == .mmxRegister
    let size = isMMX ? 8 : 16
    let bytes = isMMX ? Lane(mmx(value.number)) : xmm(value.number)
    let selected = (isMMX ? Lane(mmx(mask.number)) : xmm(mask.number)).signs(elementSize: 1)
    // Whether or not the store faults (observed on Zen 4).
    if isMMX { enterMMX() }
    let offset: UInt64
    switch instruction.pointee.addressSize {
    case 2: offset = general(GeneralRegister.rdi) & 0xFFFF
    case 4: offset = general(GeneralRegister.rdi) & 0xFFFF_FFFF
    default: offset = general(GeneralRegister.rdi)
    }
    let address = try linearAddress(offset, segment: instruction.pointee.memory.segment, size: size, .write)
    // 8 bytes of alignment are enough (observed on Zen 4).
    if isAlignmentChecked, address & 7 != 0 { throw Fault(.alignmentCheck) }
    if selected == (isMMX ? 0xFF : 0xFFFF) {
      bytes.store(at: scratchBytes)
      try writeScratch(to: address, size: size, operandPrivilege)
    } else {
      // The place must be writable even where nothing is stored (observed on Zen 4).
      try checkWritable(address, size: size, operandPrivilege)
      for index in 0..<size where selected >> UInt64(index) & 1 != 0 {
        try write(bytes.bytes[index], at: address &+ UInt64(index))
      }
    }
  }
}
