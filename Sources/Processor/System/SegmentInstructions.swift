import X86

/// MOV, PUSH, POP and LDS to LGS on segment registers.
extension Core {
  func moveSegment(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, source, _, _) = instruction.pointee.operands
    guard destination.kind == .segmentRegister else {
      try setValue(destination, of: instruction, to: try value(source, of: instruction))
      return
    }
    let register = try loadableSegment(destination)
    let selector = UInt16(truncatingIfNeeded: try value(narrowed(source), of: instruction))
    try loadSegment(register, selector: selector)
    if register == .ss { state.interruptShadow = .stackSegment }
  }

  func pushSegment(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let selector = try value(instruction.pointee.operands.0, of: instruction)
    var frame = StackFrame(onStackOf: self)
    try frame.push(selector, width: UInt16(instruction.pointee.operandSize))
    try frame.commit()
    frame.install()
  }

  func popSegment(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let register = try loadableSegment(instruction.pointee.operands.0)
    var frame = StackFrame(onStackOf: self)
    // Only two bytes are read, however far the pointer moves.
    let selector = UInt16(truncatingIfNeeded: try frame.peek(at: 0, width: 2))
    frame.release(UInt64(instruction.pointee.operandSize))
    try loadSegment(register, selector: selector)
    frame.install()
    if register == .ss { state.interruptShadow = .stackSegment }
  }

  /// LDS to LGS: an offset and after it a selector.
  func loadFarPointer(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let register: SegmentRegister =
      switch instruction.pointee.operation {
      case .les: .es
      case .lss: .ss
      case .lfs: .fs
      case .lgs: .gs
      default: .ds
      }
    let width = UInt16(instruction.pointee.operandSize)
    let address = try linearAddress(instruction, size: Int(width) + 2, .read)
    let offset = try readInteger(at: address, width: width)
    let selector = try read(UInt16.self, at: address &+ UInt64(width))
    try loadSegment(register, selector: selector)
    setGeneral(instruction.pointee.operands.0.number, offset, width: width)
  }

  private func loadableSegment(_ operand: Operand) throws(Fault) -> SegmentRegister {
    guard let register = SegmentRegister(rawValue: operand.number), register != .cs else {
      throw .invalidOpcode
    }
    return register
  }

  /// A selector has 16 bits, whatever the operand size.
  private func narrowed(_ operand: Operand) -> Operand {
    var operand = operand
    operand.width = 2
    return operand
  }
}
