import X86

/// What an instruction demands of the address of a memory operand of 16 or 32 bytes.
enum VectorAlignment {
  /// It must be a multiple of the operand's size: MOVAPS and its like, and non-temporal moves.
  case required
  /// As ``required``, unless the instruction is VEX-encoded or MXCSR.MM is set: everything that computes.
  case ordinary
  /// Any address will do: MOVUPS and its like.
  case arbitrary
}

extension Core {
  // MARK: Registers

  /// The 32 bytes of YMM register `number`; XMM is the first 16 of them.
  @inline(__always)
  func vectorRegister(_ number: UInt8) -> UnsafeMutableRawPointer {
    // The state does not move: its member has an address.
    withUnsafeMutablePointer(to: &state.vectors) { UnsafeMutableRawPointer($0) + Int(number & 15) &* 32 }
  }

  /// The 16 bytes of which an MMX register is the first 8 and an x87 register the first 10.
  @inline(__always)
  func mmxRegister(_ number: UInt8) -> UnsafeMutableRawPointer {
    withUnsafeMutablePointer(to: &state.x87.registers) {
      UnsafeMutableRawPointer($0) + Int(number & 7) &* 16
    }
  }

  /// XMM register `number`.
  @inline(__always)
  func xmm(_ number: UInt8) -> Lane { Lane(at: vectorRegister(number)) }

  /// Writes a whole XMM register as an instruction does: with VEX the rest of YMM becomes zero.
  @inline(__always)
  func setXMM(_ number: UInt8, _ value: Lane, _ instruction: UnsafePointer<Instruction>) {
    value.store(at: vectorRegister(number))
    if instruction.pointee.prefixes.contains(.vex) { Lane().store(at: vectorRegister(number) + 16) }
  }

  /// MMX register `number`.
  @inline(__always)
  func mmx(_ number: UInt8) -> UInt64 { mmxRegister(number).load(as: UInt64.self) }

  /// Writes an MMX register; sign and exponent of the x87 register become ones (APM volume 2, 11.2.3).
  @inline(__always)
  func setMMX(_ number: UInt8, _ value: UInt64) {
    mmxRegister(number).storeBytes(of: value, as: UInt64.self)
    mmxRegister(number).storeBytes(of: 0xFFFF, toByteOffset: 8, as: UInt64.self)
  }

  // MARK: Availability

  /// Checks that vector instructions may be executed at all, and makes the x87 registers MMX registers if the
  /// instruction has an MMX operand.
  ///
  /// - Throws: #UD, #NM; #MF for an x87 exception that is pending.
  @inline(__always)
  func requireVectors(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operands = instruction.pointee.operands
    if operands.0.kind == .mmxRegister || operands.1.kind == .mmxRegister {
      let usesXMM = operands.0.kind == .vectorRegister || operands.1.kind == .vectorRegister
      try requireMMX(alsoXMM: usesXMM)
    } else if instruction.pointee.prefixes.contains(.vex) {
      try requireVEX()
    } else {
      try requireSSE()
    }
  }

  /// - Throws: #UD, #NM.
  @inline(__always)
  func requireSSE() throws(Fault) {
    guard !state.cr0.contains(.emulation), state.cr4.contains(.osfxsr) else { throw .invalidOpcode }
    guard !state.cr0.contains(.taskSwitched) else { throw .deviceNotAvailable }
  }

  private func requireVEX() throws(Fault) {
    guard isProtected, !isVirtual8086, state.cr4.contains(.osxsave), state.xcr0.isSuperset(of: [.sse, .avx])
    else { throw .invalidOpcode }
    guard !state.cr0.contains(.taskSwitched) else { throw .deviceNotAvailable }
  }

  private func requireMMX(alsoXMM: Bool) throws(Fault) {
    guard !state.cr0.contains(.emulation), !alsoXMM || state.cr4.contains(.osfxsr) else {
      throw .invalidOpcode
    }
    guard !state.cr0.contains(.taskSwitched) else { throw .deviceNotAvailable }
    try raisePendingX87Exception()
  }

  /// What an instruction does to the x87 state by touching an MMX register: TOP becomes 0 and no register is
  /// empty (APM volume 2, 11.2.3).
  func enterMMX() {
    state.x87.top = 0
    state.x87.occupied = 0xFF
  }

  // MARK: Memory

  /// Where a source operand of an instruction can be read; at least 16 bytes, of which those that the operand
  /// does not have are zero if it is in memory.
  func vectorSource(
    _ operand: Operand, of instruction: UnsafePointer<Instruction>, _ alignment: VectorAlignment = .ordinary
  ) throws(Fault) -> UnsafeRawPointer {
    switch operand.kind {
    case .memory: return try vectorMemory(instruction, size: Int(operand.width), alignment)
    case .mmxRegister: return UnsafeRawPointer(mmxRegister(operand.number))
    default: return UnsafeRawPointer(vectorRegister(operand.number))
    }
  }

  private func vectorMemory(
    _ instruction: UnsafePointer<Instruction>, size: Int, _ alignment: VectorAlignment
  ) throws(Fault) -> UnsafeRawPointer {
    let address = try linearAddress(instruction, size: size, .read)
    try checkVectorAlignment(address, size: size, alignment, instruction)
    let source = try readable(address, size: size, operandPrivilege)
    if size >= 16 { return UnsafeRawPointer(source) }
    // The other half of the scratch area, so that the sixteen bytes are this processor's.
    let copy = scratchBytes + 32
    let value: UInt64
    switch size {
    case 8: value = source.loadUnaligned(as: UInt64.self)
    case 4: value = UInt64(source.loadUnaligned(as: UInt32.self))
    case 2: value = UInt64(source.loadUnaligned(as: UInt16.self))
    default: value = UInt64(source.load(as: UInt8.self))
    }
    Lane(value).store(at: copy)
    return UnsafeRawPointer(copy)
  }

  /// Stores `size` bytes, 1 to 32, into an instruction's memory operand.
  func storeVector(
    _ value: UnsafeRawPointer, size: Int, to instruction: UnsafePointer<Instruction>,
    _ alignment: VectorAlignment = .arbitrary
  ) throws(Fault) {
    let address = try vectorDestination(instruction, size: size, alignment)
    scratchBytes.copyMemory(from: value, byteCount: size)
    try writeScratch(to: address, size: size, operandPrivilege)
  }

  /// The linear address of a memory operand that is to be written.
  func vectorDestination(
    _ instruction: UnsafePointer<Instruction>, size: Int, _ alignment: VectorAlignment = .arbitrary
  ) throws(Fault) -> UInt64 {
    let address = try linearAddress(instruction, size: size, .write)
    try checkVectorAlignment(address, size: size, alignment, instruction)
    return address
  }

  /// Stores the low `size` bytes, 1 to 16, of a value into an instruction's memory operand.
  @inline(__always)
  func storeVector(
    _ value: Lane, size: Int, to instruction: UnsafePointer<Instruction>,
    _ alignment: VectorAlignment = .arbitrary
  ) throws(Fault) {
    // The upper half of the scratch area is not touched by the store.
    value.store(at: scratchBytes + 32)
    try storeVector(UnsafeRawPointer(scratchBytes + 32), size: size, to: instruction, alignment)
  }

  @inline(__always)
  private func checkVectorAlignment(
    _ address: UInt64, size: Int, _ alignment: VectorAlignment, _ instruction: UnsafePointer<Instruction>
  ) throws(Fault) {
    guard size >= 16, address & UInt64(size - 1) != 0 else { return }
    switch alignment {
    case .arbitrary: break
    case .required: throw .generalProtection
    case .ordinary:
      guard instruction.pointee.prefixes.contains(.vex) || mxcsr.contains(.misalignedExceptionMask)
      else { throw .generalProtection }
    }
    // Where any address will do, #AC is still raised at privilege level 3, but 16 bytes of alignment are enough
    // (observed on Zen 4).
    if isAlignmentChecked, address & 15 != 0 { throw Fault(.alignmentCheck) }
  }
}
