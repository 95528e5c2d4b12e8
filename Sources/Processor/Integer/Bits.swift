import X86

extension Core {
  /// BT, BTS, BTR and BTC. A register as bit number reaches beyond a memory operand, in units of its size.
  ///
  /// - Parameter change: the new value of the operand, from the old one and the bit's mask.
  @inline(__always)
  func testBit(
    _ instruction: UnsafePointer<Instruction>, _ change: (_ old: UInt64, _ mask: UInt64) -> UInt64
  ) throws(Fault) {
    let (target, selector) = (instruction.pointee.operands.0, instruction.pointee.operands.1)
    let number = try value(selector, of: instruction)
    let bits = UInt64(target.width) * 8
    let mask: UInt64 = 1 << (number & (bits - 1))
    let writes = instruction.pointee.operation != .bt
    guard target.kind == .memory else {
      let old = try value(target, of: instruction)
      state.lazyFlags.setCarry(old & mask != 0)
      if writes { try setValue(target, of: instruction, to: change(old, mask)) }
      return
    }
    var offset = effectiveAddress(instruction)
    if selector.kind == .register {
      let unused = 64 - bits
      let signed = Int64(bitPattern: number << unused) >> Int64(unused)
      offset &+= UInt64(bitPattern: signed >> Int64(bits.trailingZeroBitCount)) &* UInt64(target.width)
      if instruction.pointee.addressSize == 4 { offset &= 0xFFFF_FFFF }
      if instruction.pointee.addressSize == 2 { offset &= 0xFFFF }
    }
    let address = try linearAddress(
      offset, segment: instruction.pointee.memory.segment, size: Int(target.width), writes ? .write : .read)
    if writes { try checkWritable(address, size: Int(target.width), operandPrivilege) }
    let old = try readInteger(at: address, width: target.width)
    if writes { try writeInteger(change(old, mask), at: address, width: target.width) }
    state.lazyFlags.setCarry(old & mask != 0)
  }

  /// BSF and BSR. A zero source leaves the destination and sets ZF.
  func bitScan(_ instruction: UnsafePointer<Instruction>, forward: Bool) throws(Fault) {
    let (destination, operand) = (instruction.pointee.operands.0, instruction.pointee.operands.1)
    let source = try value(operand, of: instruction)
    state.lazyFlags.setLogic(source)
    guard source != 0 else { return }
    let position = forward ? source.trailingZeroBitCount : 63 - source.leadingZeroBitCount
    setGeneral(destination.number, UInt64(position), width: destination.width)
  }

  func countTrailingZeros(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, operand) = (instruction.pointee.operands.0, instruction.pointee.operands.1)
    let source = try value(operand, of: instruction)
    setCount(min(source.trailingZeroBitCount, Int(operand.width) * 8), destination, sourceIsZero: source == 0)
  }

  func countLeadingZeros(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, operand) = (instruction.pointee.operands.0, instruction.pointee.operands.1)
    let source = try value(operand, of: instruction)
    let unused = 64 - Int(operand.width) * 8
    setCount(source.leadingZeroBitCount - unused, destination, sourceIsZero: source == 0)
  }

  private func setCount(_ count: Int, _ destination: Operand, sourceIsZero: Bool) {
    setGeneral(destination.number, UInt64(count), width: destination.width)
    state.lazyFlags.setLogic(UInt64(count))
    state.lazyFlags.setCarry(sourceIsZero, overflow: false)
  }

  func countOnes(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, operand) = (instruction.pointee.operands.0, instruction.pointee.operands.1)
    let source = try value(operand, of: instruction)
    setGeneral(destination.number, UInt64(source.nonzeroBitCount), width: destination.width)
    // All flags but ZF are cleared.
    state.lazyFlags.statusBits = source == 0 ? .zero : []
  }

  /// CRC32 with the Castagnoli polynomial, bits reflected.
  func accumulateCRC32(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, operand) = (instruction.pointee.operands.0, instruction.pointee.operands.1)
    var data = try value(operand, of: instruction)
    var remainder = UInt32(truncatingIfNeeded: general(Int(destination.number)))
    for _ in 0..<operand.width {
      remainder ^= UInt32(data & 0xFF)
      data >>= 8
      for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 != 0 ? 0x82F6_3B78 : 0) }
    }
    setGeneral(Int(destination.number), UInt64(remainder))
  }

  func shiftDoubleLeft(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try shiftDouble(instruction) { destination, source, count, bits in
      let result = destination << count | source >> (bits - count)
      return (result, destination >> (bits - count) & 1 != 0)
    }
  }

  func shiftDoubleRight(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try shiftDouble(instruction) { destination, source, count, bits in
      let result = destination >> count | source << (bits - count)
      return (result, destination >> (count - 1) & 1 != 0)
    }
  }

  /// SHLD and SHRD. A count above the operand's size, which only 16-bit operands can have, is undefined; the
  /// operands then rotate.
  @inline(__always)
  private func shiftDouble(
    _ instruction: UnsafePointer<Instruction>,
    _ compute: (_ destination: UInt64, _ source: UInt64, _ count: UInt64, _ bits: UInt64) -> (
      UInt64, carry: Bool
    )
  ) throws(Fault) {
    let operands = instruction.pointee.operands
    let bits = UInt64(operands.0.width) * 8
    // Also a shift by nothing writes.
    if operands.0.kind == .memory {
      let width = Int(operands.0.width)
      try checkWritable(linearAddress(instruction, size: width, .write), size: width, operandPrivilege)
    }
    var count = try value(operands.2, of: instruction) & (bits == 64 ? 63 : 31)
    guard count != 0 else {
      // A 32-bit register still loses its upper half.
      if operands.0.kind == .register {
        try setValue(operands.0, of: instruction, to: value(operands.0, of: instruction))
      }
      return
    }
    let destination = try value(operands.0, of: instruction)
    let source = try value(operands.1, of: instruction)
    if count > bits { count -= bits }
    let (wide, carry) = compute(destination, source, count, bits)
    let result = wide & Self.mask(operands.0.width)
    try setValue(operands.0, of: instruction, to: result)
    let signChanged = (result ^ destination) >> (bits - 1) & 1 != 0
    let unused = 64 - bits
    state.lazyFlags.setLogic(UInt64(bitPattern: Int64(bitPattern: result << unused) >> Int64(unused)))
    state.lazyFlags.setCarry(carry, overflow: signChanged)
  }
}
