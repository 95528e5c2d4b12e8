/// What an operand depends on beyond its encoding.
struct OperandContext {
  /// 2, 4 or 8.
  let operandSize: UInt8
  /// The same, or 1 for instructions on bytes.
  let instructionSize: UInt8
  let addressSize: UInt8
  let widths: UnsafePointer<UInt16>
}

extension Encoding {
  /// Makes an operand, reading the immediate or offset that it may have.
  ///
  /// `isDefined` becomes false if there is no such operand.
  @inline(__always)
  mutating func operand(
    _ code: OperandCode, _ context: OperandContext, _ instruction: inout Instruction, _ isDefined: inout Bool
  ) -> Operand {
    let width = context.widths[
      DecodingTables.widthIndex(code.size, operandSize: context.operandSize, is64: is64, isLong: isLong)]
    switch code.method {
    case .general:
      if modRM < 0xC0 { return Operand(.memory, width: width) }
      return general(modRM & 7, extension: rex << 3, width: width)
    case .generalInReg:
      return general(modRM >> 3 & 7, extension: rex << 1, width: width)
    case .memoryOnly:
      return Operand(.memory, width: width)
    case .generalInOpcode:
      return general(opcode & 7, extension: rex << 3, width: width)
    case .signedImmediate:
      instruction.immediate = UInt64(bitPattern: readSigned(width: width))
      return Operand(.immediate, width: UInt16(context.instructionSize))
    case .unsignedImmediate:
      instruction.immediate =
        width == 1 ? UInt64(readByte()) : UInt64(truncatingIfNeeded: readSigned(UInt16.self))
      return Operand(.immediate, width: width)
    case .relative:
      instruction.immediate = UInt64(bitPattern: readSigned(width: width))
      return Operand(.relative, width: UInt16(context.operandSize))
    case .vectorInReg:
      return Operand(.vectorRegister, number: modRM >> 3 & 7 | rex << 1 & 8, width: width)
    case .vector:
      if modRM < 0xC0 { return Operand(.memory, width: width) }
      return Operand(.vectorRegister, number: modRM & 7 | rex << 3 & 8, width: width)
    default:
      return rareOperand(code.method, width, context, &instruction, &isDefined)
    }
  }

  @inline(never)
  private mutating func rareOperand(
    _ method: OperandMethod, _ width: UInt16, _ context: OperandContext, _ instruction: inout Instruction,
    _ isDefined: inout Bool
  ) -> Operand {
    switch method {
    case .generalOnly, .generalAnyMod:
      return general(modRM & 7, extension: rex << 3, width: width)
    case .vectorMemory:
      // A vector of indexes needs a SIB byte.
      if modRM & 7 != 4 || context.addressSize == 2 { isDefined = false }
      return Operand(.memory, width: width)
    case .generalInVEX:
      return Operand(.register, number: vexRegister & registerMask, width: width)
    case .accumulator:
      return Operand(.register, number: 0, width: width)
    case .counter:
      return Operand(.register, number: 1, width: width)
    case .data:
      return Operand(.register, number: 2, width: width)
    case .one:
      instruction.immediate = 1
      return Operand(.immediate, width: width)
    case .secondImmediate:
      instruction.secondImmediate = UInt16(readByte())
      return Operand(.secondImmediate, width: width)
    case .farPointer:
      instruction.immediate =
        context.operandSize == 2
        ? UInt64(truncatingIfNeeded: readSigned(UInt16.self))
        : UInt64(truncatingIfNeeded: readSigned(UInt32.self))
      instruction.secondImmediate = UInt16(truncatingIfNeeded: readSigned(UInt16.self))
      return Operand(.farPointer, width: width)
    case .offset:
      instruction.memory.displacement =
        switch context.addressSize {
        case 2: readSigned(UInt16.self)
        case 4: readSigned(UInt32.self)
        default: readSigned(Int64.self)
        }
      return Operand(.memory, width: width)
    case .segment:
      return Operand(.segmentRegister, number: modRM >> 3 & 7, width: width)
    case .segmentInOpcode:
      return Operand(.segmentRegister, number: opcode >> 3 & 7, width: width)
    case .control:
      return control(width: width, isDefined: &isDefined)
    case .debug:
      if rex & 4 != 0 { isDefined = false }
      return Operand(.debugRegister, number: modRM >> 3 & 7, width: width)
    case .mmxInReg:
      return Operand(.mmxRegister, number: modRM >> 3 & 7, width: width)
    case .mmx where modRM < 0xC0:
      return Operand(.memory, width: width)
    case .mmx, .mmxOnly:
      return Operand(.mmxRegister, number: modRM & 7, width: width)
    case .vectorOnly:
      return Operand(.vectorRegister, number: modRM & 7 | rex << 3 & 8, width: width)
    case .vectorInVEX:
      return Operand(.vectorRegister, number: vexRegister & registerMask, width: width)
    case .vectorInImmediate:
      instruction.immediate = UInt64(readByte())
      let number = UInt8(truncatingIfNeeded: instruction.immediate >> 4) & registerMask
      return Operand(.vectorRegister, number: number, width: width)
    case .stackTop:
      return Operand(.x87Register, number: 0, width: width)
    case .stackRegister:
      return Operand(.x87Register, number: modRM & 7, width: width)
    case .none, .general, .generalInReg, .memoryOnly, .generalInOpcode, .signedImmediate,
      .unsignedImmediate, .relative, .vectorInReg, .vector:
      return Operand()
    }
  }

  /// Outside 64-bit mode there are eight registers, and the bits that would name more are ignored.
  private var registerMask: UInt8 { is64 ? 0xF : 7 }

  /// A general register; bytes 4 to 7 are AH to BH unless there is a REX prefix.
  @inline(__always)
  private func general(_ low: UInt8, extension bit: UInt8, width: UInt16) -> Operand {
    if width == 1 && low >= 4 && !hasREX {
      return Operand(.highByteRegister, number: low & 3, width: 1)
    }
    return Operand(.register, number: low | bit & 8, width: width)
  }

  /// CR0, CR2, CR3, CR4 and CR8; the others do not exist.
  private func control(width: UInt16, isDefined: inout Bool) -> Operand {
    let number = modRM >> 3 & 7 | rex << 1 & 8 | (hasLock ? 8 : 0)
    switch number {
    case 0, 2, 3, 4, 8: break
    default: isDefined = false
    }
    return Operand(.controlRegister, number: number, width: width)
  }

  /// The next `width` bytes as a signed number.
  @inline(__always)
  private mutating func readSigned(width: UInt16) -> Int64 {
    switch width {
    case 1: readSigned(Int8.self)
    case 2: readSigned(Int16.self)
    case 4: readSigned(Int32.self)
    default: readSigned(Int64.self)
    }
  }
}
