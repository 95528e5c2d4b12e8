import X86

/// Instructions that store and load the x87 environment, and all of the x87 state.
func x87EnvironmentHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fnstenv:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87StoreEnvironment(instruction, withRegisters: false)
      }
    }
  case .fnsave:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87StoreEnvironment(instruction, withRegisters: true)
      }
    }
  case .fldenv:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87LoadEnvironment(instruction, withRegisters: false)
      }
    }
  case .frstor:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87LoadEnvironment(instruction, withRegisters: true)
      }
    }
  default:
    return nil
  }
}

/// The layout of the environment in memory, of which there are four (APM volume 2, 11.4.1).
private struct X87EnvironmentFormat {
  /// The bytes of a field: 2 or 4. The first three fields are the control, status and tag words; four follow
  /// for the pointers.
  var fieldSize: Int
  /// Pointers are linear addresses, in real and virtual-8086 mode, instead of selectors and offsets.
  var hasLinearPointers: Bool

  var environmentSize: Int { 7 * fieldSize }

  /// The eight registers, without padding.
  static let registersSize = 80
}

extension Core {
  private func x87EnvironmentFormat(_ instruction: UnsafePointer<Instruction>) -> X87EnvironmentFormat {
    X87EnvironmentFormat(
      fieldSize: instruction.pointee.operandSize == 2 ? 2 : 4,
      hasLinearPointers: !isProtected || isVirtual8086)
  }

  /// FNSTENV, which masks all exceptions afterwards, and FNSAVE, which resets the unit.
  fileprivate func x87StoreEnvironment(
    _ instruction: UnsafePointer<Instruction>, withRegisters: Bool
  ) throws(Fault) {
    try requireX87(waiting: false)
    let format = x87EnvironmentFormat(instruction)
    var image = StateImage()
    var fields = x87EnvironmentFields(format)
    if format.fieldSize == 4 {
      // The upper halves of the words are ones.
      for index in 0..<3 { fields[index] |= 0xFFFF_0000 }
    }
    for index in 0..<7 {
      if format.fieldSize == 2 {
        image.store(UInt16(truncatingIfNeeded: fields[index]), at: 2 * index)
      } else {
        image.store(fields[index], at: 4 * index)
      }
    }
    var size = format.environmentSize
    if withRegisters {
      for index in 0..<8 as Range<UInt8> {
        let value = x87Register(index)
        image.store(value.significand, at: size + Int(index) * 10)
        image.store(value.signAndExponent, at: size + Int(index) * 10 + 8)
      }
      size += X87EnvironmentFormat.registersSize
    }
    let address = try linearAddress(instruction, size: size, .write)
    try store(image, 0..<size, at: address)
    if withRegisters {
      initialiseX87()
    } else {
      x87ControlWord |= X87Control.exceptionMasks
    }
  }

  private func x87EnvironmentFields(_ format: X87EnvironmentFormat) -> InlineArray<7, UInt32> {
    let x87 = state.x87
    var fields = InlineArray<7, UInt32>(repeating: 0)
    fields[0] = UInt32(x87.controlWord)
    fields[1] = UInt32(x87StatusWord)
    fields[2] = UInt32(x87TagWord)
    let opcode = UInt32(x87.lastOpcode & 0x7FF)
    if format.hasLinearPointers {
      let instruction = UInt32(
        truncatingIfNeeded: x87.lastInstructionPointer &+ UInt64(x87.lastInstructionSelector) << 4)
      let data = UInt32(truncatingIfNeeded: x87.lastDataPointer &+ UInt64(x87.lastDataSelector) << 4)
      fields[3] = instruction & 0xFFFF
      fields[4] = (instruction >> 16) << 12 | opcode
      fields[5] = data & 0xFFFF
      fields[6] = (data >> 16) << 12
    } else {
      fields[3] = UInt32(truncatingIfNeeded: x87.lastInstructionPointer)
      fields[4] = UInt32(x87.lastInstructionSelector)
      if format.fieldSize == 4 { fields[4] |= opcode << 16 }
      fields[5] = UInt32(truncatingIfNeeded: x87.lastDataPointer)
      fields[6] = UInt32(x87.lastDataSelector)
    }
    return fields
  }

  /// FLDENV and FRSTOR.
  fileprivate func x87LoadEnvironment(
    _ instruction: UnsafePointer<Instruction>, withRegisters: Bool
  ) throws(Fault) {
    try requireX87()
    let format = x87EnvironmentFormat(instruction)
    let size = format.environmentSize + (withRegisters ? X87EnvironmentFormat.registersSize : 0)
    let address = try linearAddress(instruction, size: size, .read)
    let image = try loadImage(0..<size, at: address)
    var fields = InlineArray<7, UInt32>(repeating: 0)
    for index in 0..<7 {
      fields[index] =
        format.fieldSize == 2
        ? UInt32(image.load(UInt16.self, at: 2 * index)) : image.load(UInt32.self, at: 4 * index)
    }
    x87ControlWord = UInt16(truncatingIfNeeded: fields[0])
    x87StatusWord = UInt16(truncatingIfNeeded: fields[1])
    setX87Tags(UInt16(truncatingIfNeeded: fields[2]))
    loadX87Pointers(fields, format)
    guard withRegisters else { return }
    for index in 0..<8 as Range<UInt8> {
      let offset = format.environmentSize + Int(index) * 10
      let value = ExtendedReal(
        significand: image.load(UInt64.self, at: offset),
        signAndExponent: image.load(UInt16.self, at: offset + 8))
      let occupied = state.x87.occupied
      setX87Register(index, value)
      state.x87.occupied = occupied
    }
  }

  private func loadX87Pointers(_ fields: InlineArray<7, UInt32>, _ format: X87EnvironmentFormat) {
    if format.hasLinearPointers {
      state.x87.lastInstructionPointer = UInt64(fields[3] & 0xFFFF | (fields[4] >> 12 & 0xFFFF) << 16)
      state.x87.lastInstructionSelector = 0
      state.x87.lastOpcode = UInt16(fields[4] & 0x7FF)
      state.x87.lastDataPointer = UInt64(fields[5] & 0xFFFF | (fields[6] >> 12 & 0xFFFF) << 16)
      state.x87.lastDataSelector = 0
    } else {
      state.x87.lastInstructionPointer = UInt64(fields[3])
      state.x87.lastInstructionSelector = UInt16(truncatingIfNeeded: fields[4])
      state.x87.lastOpcode = UInt16(fields[4] >> 16 & 0x7FF)
      state.x87.lastDataPointer = UInt64(fields[5])
      state.x87.lastDataSelector = UInt16(truncatingIfNeeded: fields[6])
    }
  }

  // MARK: Tags

  /// The tag word with two bits for each physical register (APM volume 1, 6.2.4), which only FNSTENV and FNSAVE
  /// show: what kind of number a register holds is found from the number.
  var x87TagWord: UInt16 {
    var word: UInt16 = 0
    for number in 0..<8 as Range<UInt8> {
      let tag: UInt16
      if state.x87.occupied >> number & 1 == 0 {
        tag = 3
      } else {
        switch ExtendedReal(at: mmxRegister(number)).category {
        case .normal: tag = 0
        case .zero: tag = 1
        default: tag = 2
        }
      }
      word |= tag << (2 * UInt16(number))
    }
    return word
  }

  private func setX87Tags(_ word: UInt16) {
    var occupied: UInt8 = 0
    for number in 0..<8 as Range<UInt8> where word >> (2 * UInt16(number)) & 3 != 3 {
      occupied |= 1 << number
    }
    state.x87.occupied = occupied
  }
}
