import X86

extension Core {
  /// MOV, MOVNTI, and MOVZX, MOVSX and MOVSXD that extend nothing.
  func copyOperand(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operands = instruction.pointee.operands
    try setValue(operands.0, of: instruction, to: value(operands.1, of: instruction))
  }

  func loadEffectiveAddress(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try setValue(instruction.pointee.operands.0, of: instruction, to: effectiveAddress(instruction))
  }

  func exchange(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operands = instruction.pointee.operands
    let first = try value(operands.0, of: instruction)
    let second = try value(operands.1, of: instruction)
    // Memory first: its store may fault.
    if operands.1.kind == .memory {
      try setValue(operands.1, of: instruction, to: first)
      try setValue(operands.0, of: instruction, to: second)
    } else {
      try setValue(operands.0, of: instruction, to: second)
      try setValue(operands.1, of: instruction, to: first)
    }
  }

  func exchangeAndAdd(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operands = instruction.pointee.operands
    let first = try value(operands.0, of: instruction)
    let second = try value(operands.1, of: instruction)
    let sum: UInt64
    switch operands.0.width {
    case 1: sum = UInt64(Add.apply(self, UInt8(first), UInt8(second)))
    case 2: sum = UInt64(Add.apply(self, UInt16(first), UInt16(second)))
    case 4: sum = UInt64(Add.apply(self, UInt32(first), UInt32(second)))
    default: sum = Add.apply(self, first, second)
    }
    // The destination last: it wins if both are the same register.
    try setValue(operands.1, of: instruction, to: first)
    try setValue(operands.0, of: instruction, to: sum)
  }

  /// CMPXCHG of registers.
  func compareAndExchange(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operands = instruction.pointee.operands
    let old = try value(operands.0, of: instruction)
    let accumulator = general(0) & Self.mask(operands.0.width)
    switch operands.0.width {
    case 1: _ = Compare.apply(self, UInt8(accumulator), UInt8(old))
    case 2: _ = Compare.apply(self, UInt16(accumulator), UInt16(old))
    case 4: _ = Compare.apply(self, UInt32(accumulator), UInt32(old))
    default: _ = Compare.apply(self, accumulator, old)
    }
    if accumulator == old {
      try setValue(operands.0, of: instruction, to: value(operands.1, of: instruction))
    } else {
      setGeneral(0, old, width: operands.0.width)
    }
  }

  func compareAndExchangePair(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let address = try linearAddress(instruction, size: 8, .write)
    try checkWritable(address, size: 8, operandPrivilege)
    let old = try read(UInt64.self, at: address)
    let low: UInt64 = 0xFFFF_FFFF
    let expected = general(0) & low | general(2) << 32
    if old == expected {
      try write(general(3) & low | general(1) << 32, at: address)
    } else {
      try write(old, at: address)
      setGeneral(0, old & low)
      setGeneral(2, old >> 32)
    }
    setZero(old == expected)
  }

  func compareAndExchangeWidePair(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let address = try linearAddress(instruction, size: 16, .write)
    guard address & 15 == 0 else { throw .generalProtection }
    try checkWritable(address, size: 16, operandPrivilege)
    let low = try read(UInt64.self, at: address)
    let high = try read(UInt64.self, at: address &+ 8)
    let matches = low == general(0) && high == general(2)
    try write(matches ? general(3) : low, at: address)
    try write(matches ? general(1) : high, at: address &+ 8)
    if !matches {
      setGeneral(0, low)
      setGeneral(2, high)
    }
    setZero(matches)
  }

  private func setZero(_ isZero: Bool) {
    var bits = state.lazyFlags.statusBits
    if isZero { bits.insert(.zero) } else { bits.remove(.zero) }
    state.lazyFlags.statusBits = bits
  }

  /// BSWAP; with 16 bits, which is undefined, processors clear the register.
  func swapBytes(_ instruction: UnsafePointer<Instruction>) {
    let operand = instruction.pointee.operands.0
    let old = general(Int(operand.number))
    switch operand.width {
    case 2: setGeneral(operand.number, 0, width: 2)
    case 4: setGeneral(Int(operand.number), UInt64(UInt32(truncatingIfNeeded: old).byteSwapped))
    default: setGeneral(Int(operand.number), old.byteSwapped)
    }
  }

  func moveBigEndian(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operands = instruction.pointee.operands
    let source = try value(operands.1, of: instruction)
    let unused = 64 - UInt64(operands.0.width) * 8
    try setValue(operands.0, of: instruction, to: source.byteSwapped >> unused)
  }

  /// XLAT.
  func translateByte(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    var offset = general(3) &+ (general(0) & 0xFF)
    offset &= Self.mask(UInt16(instruction.pointee.addressSize))
    let address = try linearAddress(offset, segment: instruction.pointee.memory.segment, size: 1, .read)
    setGeneral(0, UInt64(try read(UInt8.self, at: address)), width: 1)
  }

  func loadFlagsIntoAH() {
    let flags = state.lazyFlags.statusBits.rawValue & 0xD5 | 2
    setGeneral(0, general(0) & ~0xFF00 | flags << 8)
  }

  func storeAHIntoFlags() {
    let overflow = state.lazyFlags.overflow
    var bits = RFLAGS(rawValue: general(0) >> 8 & 0xD5)
    if overflow { bits.insert(.overflow) }
    state.lazyFlags.statusBits = bits
  }
}
