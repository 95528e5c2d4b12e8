import X86

extension Core {
  // MARK: Addresses

  /// The linear address of an instruction's memory operand, with the checks that segmentation makes.
  ///
  /// - Throws: #GP, or #SS through the stack segment.
  func linearAddress(
    _ instruction: UnsafePointer<Instruction>, size: Int, _ access: MemoryAccess
  ) throws(Fault) -> UInt64 {
    let memory = instruction.pointee.memory
    return try linearAddress(effectiveAddress(instruction), segment: memory.segment, size: size, access)
  }

  /// The offset in its segment of an instruction's memory operand.
  func effectiveAddress(_ instruction: UnsafePointer<Instruction>) -> UInt64 {
    let memory = instruction.pointee.memory
    var address = UInt64(bitPattern: memory.displacement)
    if memory.base == MemoryOperand.instructionPointer {
      address &+= state.nextInstruction
    } else if memory.base != MemoryOperand.noRegister {
      address &+= general(Int(memory.base))
    }
    if memory.index != MemoryOperand.noRegister {
      address &+= general(Int(memory.index)) << UInt64(memory.scaleShift)
    }
    switch instruction.pointee.addressSize {
    case 2: return address & 0xFFFF
    case 4: return address & 0xFFFF_FFFF
    default: return address
    }
  }

  /// The linear address of an offset in a segment, after the checks for an access of `size` bytes.
  func linearAddress(
    _ offset: UInt64, segment: SegmentRegister, size: Int, _ access: MemoryAccess
  ) throws(Fault) -> UInt64 {
    let register = state.segments[Int(segment.rawValue)]
    if is64Bit {
      let base = segment == .fs || segment == .gs ? register.base : 0
      let address = base &+ offset
      let last = address &+ UInt64(max(size, 1) - 1)
      guard Self.isCanonical(address), Self.isCanonical(last) else {
        throw segment == .ss ? .stack : .generalProtection
      }
      return address
    }
    let fault: Fault = segment == .ss ? .stack : .generalProtection
    guard register.attributes.isPresent else { throw fault }
    if isProtected, !isVirtual8086 {
      switch access {
      case .read: guard register.attributes.isReadable else { throw fault }
      case .write: guard register.attributes.isWritable else { throw fault }
      case .execute: break
      }
    }
    let last = offset &+ UInt64(max(size, 1) - 1)
    if register.attributes.isExpandDown {
      let top: UInt64 = register.attributes.isDefaultBig ? 0xFFFF_FFFF : 0xFFFF
      guard offset > UInt64(register.limit), last <= top, last >= offset else { throw fault }
    } else {
      guard last <= UInt64(register.limit), last >= offset else { throw fault }
    }
    return (register.base &+ offset) & 0xFFFF_FFFF
  }

  // MARK: Integer operands

  /// The value of an operand, zero-extended.
  func value(_ operand: Operand, of instruction: UnsafePointer<Instruction>) throws(Fault) -> UInt64 {
    switch operand.kind {
    case .register: return general(Int(operand.number)) & Self.mask(operand.width)
    case .highByteRegister: return general(Int(operand.number)) >> 8 & 0xFF
    case .memory:
      let address = try linearAddress(instruction, size: Int(operand.width), .read)
      return try readInteger(at: address, width: operand.width)
    case .immediate, .relative, .farPointer: return instruction.pointee.immediate
    case .secondImmediate: return UInt64(instruction.pointee.secondImmediate)
    case .segmentRegister:
      return UInt64(state.segments[Int(operand.number % 6)].selector)
    default: return 0
    }
  }

  /// Stores into a register or memory operand.
  func setValue(
    _ operand: Operand, of instruction: UnsafePointer<Instruction>, to value: UInt64
  ) throws(Fault) {
    switch operand.kind {
    case .register: setGeneral(operand.number, value, width: operand.width)
    case .highByteRegister:
      let old = general(Int(operand.number))
      setGeneral(Int(operand.number), old & ~0xFF00 | (value & 0xFF) << 8)
    case .memory:
      let address = try linearAddress(instruction, size: Int(operand.width), .write)
      try writeInteger(value, at: address, width: operand.width)
    default: break
    }
  }

  /// Writes the low part of a general register as an instruction of that operand size does: 4 bytes clear the
  /// upper half, 1 and 2 leave the rest.
  func setGeneral(_ number: UInt8, _ value: UInt64, width: UInt16) {
    let old = general(Int(number))
    switch width {
    case 1: setGeneral(Int(number), old & ~0xFF | value & 0xFF)
    case 2: setGeneral(Int(number), old & ~0xFFFF | value & 0xFFFF)
    case 4: setGeneral(Int(number), value & 0xFFFF_FFFF)
    default: setGeneral(Int(number), value)
    }
  }

  /// Reads 1, 2, 4 or 8 bytes.
  func readInteger(at address: UInt64, width: UInt16) throws(Fault) -> UInt64 {
    switch width {
    case 1: UInt64(try read(UInt8.self, at: address))
    case 2: UInt64(try read(UInt16.self, at: address))
    case 4: UInt64(try read(UInt32.self, at: address))
    default: try read(UInt64.self, at: address)
    }
  }

  /// Writes 1, 2, 4 or 8 bytes.
  func writeInteger(_ value: UInt64, at address: UInt64, width: UInt16) throws(Fault) {
    switch width {
    case 1: try write(UInt8(truncatingIfNeeded: value), at: address)
    case 2: try write(UInt16(truncatingIfNeeded: value), at: address)
    case 4: try write(UInt32(truncatingIfNeeded: value), at: address)
    default: try write(value, at: address)
    }
  }

  /// The bits of an operand of `width` bytes.
  static func mask(_ width: UInt16) -> UInt64 {
    width >= 8 ? ~0 : (1 << UInt64(width * 8)) - 1
  }
}
