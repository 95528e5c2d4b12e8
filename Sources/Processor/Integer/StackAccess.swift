import X86

/// The stack as instructions see it that have no frequent form.
extension Core {
  /// The width of the stack pointer in bytes: by mode and the B bit of SS.
  var stackAddressSize: UInt16 {
    if is64Bit { return 8 }
    return state.segments[Int(SegmentRegister.ss.rawValue)].attributes.isDefaultBig ? 4 : 2
  }

  /// Adds to the stack pointer, in its width.
  func moveStackPointer(by amount: UInt64) {
    setGeneral(4, general(GeneralRegister.rsp) &+ amount, width: stackAddressSize)
  }

  /// The linear address of a place relative to the top of the stack.
  private func stackAddress(offset: UInt64, size: Int, _ access: MemoryAccess) throws(Fault) -> UInt64 {
    let pointer = (general(GeneralRegister.rsp) &+ offset) & Self.mask(stackAddressSize)
    return try linearAddress(pointer, segment: .ss, size: size, access)
  }

  /// Pushes the low `width` bytes.
  func push(_ value: UInt64, width: UInt16) throws(Fault) {
    let address = try stackAddress(offset: 0 &- UInt64(width), size: Int(width), .write)
    try writeInteger(value, at: address, width: width)
    moveStackPointer(by: 0 &- UInt64(width))
  }

  /// Reads `width` bytes, `offset` bytes above the top of the stack.
  func readStack(offset: UInt64, width: UInt16) throws(Fault) -> UInt64 {
    try readInteger(at: stackAddress(offset: offset, size: Int(width), .read), width: width)
  }

  func pushOperand(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operand = instruction.pointee.operands.0
    try push(value(operand, of: instruction), width: UInt16(instruction.pointee.operandSize))
  }

  /// POP. An address that is relative to the stack pointer uses its value after the pop.
  func popOperand(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let value = try readStack(offset: 0, width: width)
    let old = general(GeneralRegister.rsp)
    moveStackPointer(by: UInt64(width))
    do throws(Fault) {
      try setValue(instruction.pointee.operands.0, of: instruction, to: value)
    } catch {
      setGeneral(GeneralRegister.rsp, old)
      throw error
    }
  }

  func pushAll(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let old = general(GeneralRegister.rsp)
    do throws(Fault) {
      for number in 0..<8 { try push(number == GeneralRegister.rsp ? old : general(number), width: width) }
    } catch {
      setGeneral(GeneralRegister.rsp, old)
      throw error
    }
  }

  func popAll(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    var values = InlineArray<8, UInt64>(repeating: 0)
    for slot in 0..<8 { values[7 - slot] = try readStack(offset: UInt64(slot) * UInt64(width), width: width) }
    for number in 0..<8 where number != GeneralRegister.rsp {
      setGeneral(UInt8(number), values[number], width: width)
    }
    moveStackPointer(by: UInt64(width) * 8)
  }

  /// ENTER.
  func enterFrame(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let level = UInt64(instruction.pointee.secondImmediate & 31)
    let oldStack = general(GeneralRegister.rsp)
    do throws(Fault) {
      try push(general(GeneralRegister.rbp), width: width)
      let frame = general(GeneralRegister.rsp)
      if level > 0 {
        for index in 1..<max(level, 1) {
          let pointer = (general(GeneralRegister.rbp) &- index &* UInt64(width)) & Self.mask(stackAddressSize)
          let address = try linearAddress(pointer, segment: .ss, size: Int(width), .read)
          try push(readInteger(at: address, width: width), width: width)
        }
        try push(frame, width: width)
      }
      moveStackPointer(by: 0 &- (instruction.pointee.immediate & 0xFFFF))
      // The new top must be writable, so that a fault comes here and not in the midst of the function.
      let top = try stackAddress(offset: 0, size: Int(width), .write)
      try checkWritable(top, size: Int(width), operandPrivilege)
      setGeneral(5, frame, width: width)
    } catch {
      setGeneral(GeneralRegister.rsp, oldStack)
      throw error
    }
  }

  func leaveFrame(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let pointer = general(GeneralRegister.rbp) & Self.mask(stackAddressSize)
    let address = try linearAddress(pointer, segment: .ss, size: Int(width), .read)
    let frame = try readInteger(at: address, width: width)
    setGeneral(4, general(GeneralRegister.rbp), width: stackAddressSize)
    moveStackPointer(by: UInt64(width))
    setGeneral(5, frame, width: width)
  }
}
