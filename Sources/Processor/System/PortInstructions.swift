import Bus
import X86

/// IN, OUT, INS and OUTS.
extension Core {
  /// How many elements one execution of a repeated INS or OUTS moves before it lets interrupts in.
  private static let elementsPerExecution = 64

  func input(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, source, _, _) = instruction.pointee.operands
    let port = try port(source, instruction)
    try requirePortAccess(port, width: destination.width)
    setGeneral(0, UInt64(readPort(port, width: destination.width)), width: destination.width)
  }

  func output(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, source, _, _) = instruction.pointee.operands
    let port = try port(destination, instruction)
    try requirePortAccess(port, width: source.width)
    writePort(port, width: source.width, value: general(GeneralRegister.rax))
  }

  func inputString(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let port = UInt16(truncatingIfNeeded: general(GeneralRegister.rdx))
    try requirePortAccess(port, width: width)
    try repeatElements(instruction) { () throws(Fault) in
      let offset = addressRegister(GeneralRegister.rdi, instruction)
      let address = try linearAddress(offset, segment: .es, size: Int(width), .write)
      // The port must not be read for nothing.
      try checkWritable(address, size: Int(width), operandPrivilege)
      try writeInteger(UInt64(readPort(port, width: width)), at: address, width: width)
      advance(GeneralRegister.rdi, instruction)
    }
  }

  func outputString(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let port = UInt16(truncatingIfNeeded: general(GeneralRegister.rdx))
    try requirePortAccess(port, width: width)
    try repeatElements(instruction) { () throws(Fault) in
      let offset = addressRegister(GeneralRegister.rsi, instruction)
      let segment = instruction.pointee.memory.segment
      let address = try linearAddress(offset, segment: segment, size: Int(width), .read)
      writePort(port, width: width, value: try readInteger(at: address, width: width))
      advance(GeneralRegister.rsi, instruction)
    }
  }

  // MARK: Repetition

  /// Executes an element once, or as often as rCX says. A repeated instruction that has more to do is left at
  /// its own address.
  private func repeatElements(
    _ instruction: UnsafePointer<Instruction>, _ element: () throws(Fault) -> Void
  ) throws(Fault) {
    guard !instruction.pointee.prefixes.isDisjoint(with: [.rep, .repne]) else {
      try element()
      return
    }
    for _ in 0..<Self.elementsPerExecution {
      let count = addressRegister(GeneralRegister.rcx, instruction)
      guard count != 0 else { return }
      try element()
      setAddressRegister(GeneralRegister.rcx, count &- 1, instruction)
    }
    if addressRegister(GeneralRegister.rcx, instruction) != 0 {
      state.rip = state.rip &- UInt64(instruction.pointee.length)
    }
  }

  private func addressRegister(_ number: Int, _ instruction: UnsafePointer<Instruction>) -> UInt64 {
    general(number) & Self.mask(UInt16(instruction.pointee.addressSize))
  }

  private func setAddressRegister(_ number: Int, _ value: UInt64, _ instruction: UnsafePointer<Instruction>) {
    setGeneral(UInt8(number), value, width: UInt16(instruction.pointee.addressSize))
  }

  private func advance(_ number: Int, _ instruction: UnsafePointer<Instruction>) {
    let width = UInt64(instruction.pointee.operandSize)
    let step = state.systemFlags.contains(.direction) ? 0 &- width : width
    setAddressRegister(number, addressRegister(number, instruction) &+ step, instruction)
  }

  // MARK: Ports

  func port(_ operand: Operand, _ instruction: UnsafePointer<Instruction>) throws(Fault) -> UInt16 {
    operand.kind == .immediate
      ? UInt16(instruction.pointee.immediate & 0xFF)
      : UInt16(truncatingIfNeeded: general(GeneralRegister.rdx))
  }

  /// IOPL or the TSS must allow it (APM volume 1, 3.8.3).
  func requirePortAccess(_ port: UInt16, width: UInt16) throws(Fault) {
    guard isProtected, state.privilegeLevel > ioPrivilegeLevel || isVirtual8086 else { return }
    guard try taskAllowsPorts(port, count: UInt64(width)) else { throw .generalProtection }
  }

  private func readPort(_ port: UInt16, width: UInt16) -> UInt32 {
    notePortAccess(port, size: Int(width))
    let owner = state.owner
    return owner.platform.readPort(port, width: Self.portWidth(width), by: owner)
  }

  private func writePort(_ port: UInt16, width: UInt16, value: UInt64) {
    notePortAccess(port, size: Int(width))
    let owner = state.owner
    let value = UInt32(truncatingIfNeeded: value & Self.mask(width))
    owner.platform.writePort(port, width: Self.portWidth(width), value: value, by: owner)
  }

  private static func portWidth(_ width: UInt16) -> AccessWidth {
    switch width {
    case 1: .byte
    case 2: .word
    default: .doubleword
    }
  }
}
