extension Encoding {
  /// Reads the rest of the instruction, now that its form is known, and returns its length.
  @inline(__always)
  mutating func finish(
    _ record: UnsafePointer<DecodingRecord>, widths: UnsafePointer<UInt16>,
    into instruction: inout Instruction
  ) -> Int {
    let flags = record.pointee.flags
    let fullSize = operandSize(flags)
    let addressSize = self.addressSize
    instruction.operandSize = flags.contains(.byte) ? 1 : fullSize
    instruction.addressSize = addressSize
    instruction.feature =
      isLong && flags.contains(.longNeedsAVX2) ? .avx2 : record.pointee.feature
    instruction.condition =
      flags.contains(.conditional)
      ? Condition(rawValue: opcode & 0xF) ?? record.pointee.condition : record.pointee.condition
    instruction.memory.segment = segmentOverride ?? .ds
    setPrefixes(flags, in: &instruction)

    if flags.contains(.modRM) {
      modRM = readByte()
      if modRM < 0xC0 && !flags.contains(.anyMod) {
        readMemory(
          addressSize: addressSize, vectorIndex: flags.contains(.vectorIndex), into: &instruction.memory)
      }
    }

    let context = OperandContext(
      operandSize: fullSize, instructionSize: instruction.operandSize, addressSize: addressSize,
      widths: widths)
    var isDefined = true
    let codes = record.pointee.operands
    if codes.0.method != .none {
      instruction.operands.0 = operand(codes.0, context, &instruction, &isDefined)
      if codes.1.method != .none {
        instruction.operands.1 = operand(codes.1, context, &instruction, &isDefined)
        if codes.2.method != .none {
          instruction.operands.2 = operand(codes.2, context, &instruction, &isDefined)
          if codes.3.method != .none {
            instruction.operands.3 = operand(codes.3, context, &instruction, &isDefined)
          }
        }
      }
    }
    if hasLock && !lockIsAllowed(flags, in: instruction) { isDefined = false }
    if isVEX && !vexIsDefined(flags, in: instruction) { isDefined = false }
    // The operation comes last: an undefined instruction keeps `.invalid`.
    if isDefined { instruction.operation = record.pointee.operation }
    return position
  }

  // MARK: Sizes

  @inline(__always)
  private func operandSize(_ flags: DecodingRecord.Flags) -> UInt8 {
    var size: UInt8
    if rex & 8 != 0 && is64 {
      size = 8
    } else if isVEX {
      size = 4
    } else {
      let isToggled = hasOperandSizePrefix && !flags.contains(.ownsOperandSize)
      size = (mode == .bits16) == isToggled ? 4 : 2
    }
    if !flags.isDisjoint(with: .anySize) {
      if is64 && flags.contains(.default64) && size == 4 { size = 8 }
      if is64 && !flags.isDisjoint(with: [.force64, .native]) { size = 8 }
      if !is64 && flags.contains(.native) { size = 4 }
      if flags.contains(.atMost32) { size = min(size, 4) }
    }
    return size
  }

  @inline(__always)
  private var addressSize: UInt8 {
    switch mode {
    case .bits64: hasAddressSizePrefix ? 4 : 8
    case .bits32: hasAddressSizePrefix ? 2 : 4
    case .bits16: hasAddressSizePrefix ? 4 : 2
    }
  }

  // MARK: Prefixes

  @inline(__always)
  private func setPrefixes(_ flags: DecodingRecord.Flags, in instruction: inout Instruction) {
    var prefixes: Prefixes = []
    if hasLock { prefixes.insert(.lock) }
    if segmentOverride != nil { prefixes.insert(.segmentOverride) }
    if isVEX {
      prefixes.insert(.vex)
    } else if repeatPrefix != 0 && !flags.contains(.ownsRepeat) {
      prefixes.insert(repeatPrefix == 2 ? .rep : .repne)
    }
    instruction.prefixes = prefixes
  }

  /// LOCK needs a form that allows it and a destination in memory, or is the other encoding of MOV with CR8.
  private func lockIsAllowed(_ flags: DecodingRecord.Flags, in instruction: Instruction) -> Bool {
    flags.contains(.lock) && (instruction.operands.0.kind == .memory || flags.contains(.anyMod))
  }

  /// Whether VEX.vvvv is 1111 where it is no operand, and a gather's three registers are different.
  private func vexIsDefined(_ flags: DecodingRecord.Flags, in instruction: Instruction) -> Bool {
    if flags.contains(.vectorIndex) {
      let destination = instruction.operands.0.number
      let mask = instruction.operands.2.number
      let index = instruction.memory.index
      if destination == mask || destination == index || mask == index { return false }
    }
    return flags.contains(.usesVEXRegister) || vexRegister == 0
  }
}
