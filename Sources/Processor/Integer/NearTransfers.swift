import X86

/// Near control transfers outside 64-bit mode, with a truncated instruction pointer, or rarely used.
extension Core {
  /// Puts the instruction pointer to a near target.
  ///
  /// - Throws: #GP if the target is not canonical or beyond the limit of CS.
  func setInstructionPointer(_ target: UInt64, size: UInt8) throws(Fault) {
    let truncated = target & Self.mask(UInt16(size))
    if is64Bit {
      guard Self.isCanonical(truncated) else { throw .generalProtection }
    } else {
      let codeLimit = state.segments[Int(SegmentRegister.cs.rawValue)].limit
      guard truncated <= UInt64(codeLimit) else { throw .generalProtection }
    }
    state.rip = truncated
  }

  /// The width of the instruction pointer that a near branch writes, in bytes.
  private func branchSize(_ instruction: UnsafePointer<Instruction>) -> UInt8 {
    is64Bit && instruction.pointee.operandSize != 2 ? 8 : instruction.pointee.operandSize
  }

  private func branchRelative(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let target = state.nextInstruction &+ instruction.pointee.immediate
    try setInstructionPointer(target, size: branchSize(instruction))
  }

  func branchOnCondition(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    if state.lazyFlags.holds(instruction.pointee.condition) { try branchRelative(instruction) }
  }

  func jumpNear(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operand = instruction.pointee.operands.0
    if operand.kind == .relative {
      try branchRelative(instruction)
    } else {
      try setInstructionPointer(value(operand, of: instruction), size: branchSize(instruction))
    }
  }

  func callNear(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operand = instruction.pointee.operands.0
    let returnAddress = state.nextInstruction
    let size = branchSize(instruction)
    let target =
      operand.kind == .relative
      ? returnAddress &+ instruction.pointee.immediate : try value(operand, of: instruction)
    let old = state.rip
    try setInstructionPointer(target, size: size)
    do throws(Fault) {
      try push(returnAddress, width: UInt16(size))
    } catch {
      state.rip = old
      throw error
    }
  }

  func returnNear(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let size = UInt16(branchSize(instruction))
    let target = try readStack(offset: 0, width: size)
    try setInstructionPointer(target, size: UInt8(size))
    let operand = instruction.pointee.operands.0
    let extra = operand.kind == .immediate ? instruction.pointee.immediate & 0xFFFF : 0
    moveStackPointer(by: UInt64(size) &+ extra)
  }

  /// rCX at the instruction's address size.
  private func counter(_ instruction: UnsafePointer<Instruction>) -> UInt64 {
    general(GeneralRegister.rcx) & Self.mask(UInt16(instruction.pointee.addressSize))
  }

  func branchOnCounterZero(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    if counter(instruction) == 0 { try branchRelative(instruction) }
  }

  /// LOOP, LOOPE and LOOPNE.
  func loop(
    _ instruction: UnsafePointer<Instruction>, while condition: (LazyFlags) -> Bool
  ) throws(Fault) {
    let count = counter(instruction) &- 1
    if count & Self.mask(UInt16(instruction.pointee.addressSize)) != 0, condition(state.lazyFlags) {
      try branchRelative(instruction)
    }
    setGeneral(1, count, width: UInt16(instruction.pointee.addressSize))
  }

  /// PAUSE: whoever spins lets the others go on.
  func yieldTurn() {
    state.pendingEvents.insert(.yield)
  }
}
