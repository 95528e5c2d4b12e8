import X86

/// The handler of an instruction of BMI1, BMI2 or ADX; `nil` for other instructions.
func bitManipulationHandler(for instruction: Instruction) -> Handler? {
  switch instruction.operation {
  case .andn: { interpret($0, $1) { core, i throws(Fault) in try core.andNot(i) } }
  case .bextr: { interpret($0, $1) { core, i throws(Fault) in try core.extractBits(i) } }
  case .blsr: { interpret($0, $1) { core, i throws(Fault) in try core.resetLowestSetBit(i) } }
  case .blsmsk: { interpret($0, $1) { core, i throws(Fault) in try core.maskToLowestSetBit(i) } }
  case .blsi: { interpret($0, $1) { core, i throws(Fault) in try core.isolateLowestSetBit(i) } }
  case .bzhi: { interpret($0, $1) { core, i throws(Fault) in try core.zeroHighBits(i) } }
  case .pext:
    { interpret($0, $1) { core, i throws(Fault) in try core.vexResult(i) { Core.extract($0, mask: $1) } } }
  case .pdep:
    { interpret($0, $1) { core, i throws(Fault) in try core.vexResult(i) { Core.deposit($0, mask: $1) } } }
  case .mulx: { interpret($0, $1) { core, i throws(Fault) in try core.multiplyWithoutFlags(i) } }
  case .rorx: { interpret($0, $1) { core, i throws(Fault) in try core.rotateWithoutFlags(i) } }
  case .shlx: { interpret($0, $1) { core, i throws(Fault) in try core.shiftWithoutFlags(i) { $0 << $1 } } }
  case .shrx: { interpret($0, $1) { core, i throws(Fault) in try core.shiftWithoutFlags(i) { $0 >> $1 } } }
  case .sarx: { interpret($0, $1) { core, i throws(Fault) in try core.shiftArithmeticWithoutFlags(i) } }
  case .adcx: { interpret($0, $1) { core, i throws(Fault) in try core.addWithCarryFlag(i) } }
  case .adox: { interpret($0, $1) { core, i throws(Fault) in try core.addWithOverflowFlag(i) } }
  default: nil
  }
}

extension Core {
  // MARK: Operands

  /// VEX encodings of general registers exist in protected mode only (APM volume 3, ANDN: exceptions).
  @inline(__always)
  private func requireProtectedMode() throws(Fault) {
    guard isProtected, !isVirtual8086 else { throw .invalidOpcode }
  }

  /// Computes `destination, first, second`, whatever their order in the encoding.
  @inline(__always)
  fileprivate func vexResult(
    _ instruction: UnsafePointer<Instruction>, _ body: (_ first: UInt64, _ second: UInt64) -> UInt64
  ) throws(Fault) {
    try requireProtectedMode()
    let operands = instruction.pointee.operands
    let first = try value(operands.1, of: instruction)
    let second = try value(operands.2, of: instruction)
    setGeneral(operands.0.number, body(first, second), width: operands.0.width)
  }

  /// SF and ZF of a result; CF as given; OF is cleared. AF and PF, which are undefined, follow.
  @inline(__always)
  private func setResultFlags(_ result: UInt64, width: UInt16, carry: Bool) {
    if width == 8 {
      state.lazyFlags.setLogic(result)
    } else {
      state.lazyFlags.setLogic(UInt32(truncatingIfNeeded: result))
    }
    state.lazyFlags.setCarry(carry, overflow: false)
  }

  // MARK: BMI1

  fileprivate func andNot(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = instruction.pointee.operands.0.width
    try vexResult(instruction) { first, second in
      let result = ~first & second
      setResultFlags(result, width: width, carry: false)
      return result
    }
  }

  /// BEXTR: start and length are the control's first two bytes.
  fileprivate func extractBits(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = instruction.pointee.operands.0.width
    try vexResult(instruction) { source, control in
      // A smart shift: beyond the operand nothing is left.
      let result = source >> (control & 0xFF) & ~(~0 << (control >> 8 & 0xFF))
      setResultFlags(result, width: width, carry: false)
      return result
    }
  }

  /// BLSR, BLSMSK and BLSI: from the second operand to the first.
  @inline(__always)
  private func lowestSetBit(
    _ instruction: UnsafePointer<Instruction>, carryIfZero: Bool, _ body: (UInt64) -> UInt64
  ) throws(Fault) {
    try requireProtectedMode()
    let operands = instruction.pointee.operands
    let source = try value(operands.1, of: instruction)
    let result = body(source)
    setGeneral(operands.0.number, result, width: operands.0.width)
    setResultFlags(result, width: operands.0.width, carry: (source == 0) == carryIfZero)
  }

  fileprivate func resetLowestSetBit(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try lowestSetBit(instruction, carryIfZero: true) { $0 & ($0 &- 1) }
  }

  fileprivate func maskToLowestSetBit(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try lowestSetBit(instruction, carryIfZero: true) { $0 ^ ($0 &- 1) }
  }

  fileprivate func isolateLowestSetBit(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try lowestSetBit(instruction, carryIfZero: false) { $0 & (0 &- $0) }
  }

  // MARK: BMI2

  /// BZHI: the index is one byte; CF tells that it is beyond the operand.
  fileprivate func zeroHighBits(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = instruction.pointee.operands.0.width
    try vexResult(instruction) { source, control in
      let index = control & 0xFF
      let result = source & ~(~0 << index)
      setResultFlags(result, width: width, carry: index >= UInt64(width) * 8)
      return result
    }
  }

  /// PEXT: the source's bits where the mask has ones, side by side.
  fileprivate static func extract(_ source: UInt64, mask: UInt64) -> UInt64 {
    var (result, remaining, position) = (0 as UInt64, mask, 0 as UInt64)
    while remaining != 0 {
      let lowest = remaining & (0 &- remaining)
      if source & lowest != 0 { result |= 1 << position }
      remaining ^= lowest
      position &+= 1
    }
    return result
  }

  /// PDEP: the source's low bits, spread to where the mask has ones.
  fileprivate static func deposit(_ source: UInt64, mask: UInt64) -> UInt64 {
    var (result, remaining, bits) = (0 as UInt64, mask, source)
    while remaining != 0 {
      let lowest = remaining & (0 &- remaining)
      if bits & 1 != 0 { result |= lowest }
      remaining ^= lowest
      bits >>= 1
    }
    return result
  }

  /// MULX: rDX times the operand; if both halves go to one register, the upper half stays.
  fileprivate func multiplyWithoutFlags(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireProtectedMode()
    let operands = instruction.pointee.operands
    let width = operands.0.width
    let right = try value(operands.2, of: instruction)
    let left = general(Int(GeneralRegister.rdx)) & Self.mask(width)
    let product = left.multipliedFullWidth(by: right)
    let high = width == 8 ? product.high : product.low >> 32
    setGeneral(operands.1.number, product.low, width: width)
    setGeneral(operands.0.number, high, width: width)
  }

  fileprivate func rotateWithoutFlags(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let bits = UInt64(instruction.pointee.operands.0.width) * 8
    try vexResult(instruction) { source, control in
      let count = control & (bits - 1)
      return source >> count | source << (bits - count)
    }
  }

  /// SHLX and SHRX.
  @inline(__always)
  fileprivate func shiftWithoutFlags(
    _ instruction: UnsafePointer<Instruction>, _ body: (UInt64, UInt64) -> UInt64
  ) throws(Fault) {
    let bits = UInt64(instruction.pointee.operands.0.width) * 8
    try vexResult(instruction) { source, control in body(source, control & (bits - 1)) }
  }

  fileprivate func shiftArithmeticWithoutFlags(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let bits = UInt64(instruction.pointee.operands.0.width) * 8
    try vexResult(instruction) { source, control in
      let unused = 64 - bits
      let signed = Int64(bitPattern: source << unused) >> Int64(unused)
      return UInt64(bitPattern: signed >> Int64(control & (bits - 1)))
    }
  }

  // MARK: ADX

  /// ADCX: CF is carry in and out; no other flag changes.
  fileprivate func addWithCarryFlag(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let carry = try add(instruction, carry: state.lazyFlags.carry)
    state.lazyFlags.setCarry(carry)
  }

  /// ADOX: OF is carry in and out; no other flag changes.
  fileprivate func addWithOverflowFlag(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let carry = try add(instruction, carry: state.lazyFlags.overflow)
    state.lazyFlags.setCarry(state.lazyFlags.carry, overflow: carry)
  }

  /// Adds the second operand and a carry to the first.
  ///
  /// - Returns: the carry out.
  @inline(__always)
  private func add(_ instruction: UnsafePointer<Instruction>, carry: Bool) throws(Fault) -> Bool {
    let operands = instruction.pointee.operands
    let right = try value(operands.1, of: instruction)
    let left = try value(operands.0, of: instruction)
    let (partial, first) = left.addingReportingOverflow(right)
    let (sum, second) = partial.addingReportingOverflow(carry ? 1 : 0)
    setGeneral(operands.0.number, sum, width: operands.0.width)
    return operands.0.width == 8 ? first || second : sum >> 32 != 0
  }
}
