import X86

extension BlockBuilder {
  /// Turns ``instruction`` into records.
  ///
  /// Frequent forms have handlers made for them; the others are interpreted from the ``Instruction``.
  func lower() -> Flow {
    guard instruction.operation != .invalid else { return lowerUndefined() }
    if !model.isOffered(instruction), !replaceByOlderMeaning() { return lowerUndefined() }
    if isGuest, let check = interceptCheck(for: instruction) { appendInterception(check) }
    if let flow = lowerFrequentForm() { return flow }
    return lowerInterpreted()
  }

  /// Encodings that mean something else on processors without their feature: a REP prefix or a hint that is
  /// ignored.
  private func replaceByOlderMeaning() -> Bool {
    switch instruction.operation {
    case .tzcnt: instruction.operation = .bsf
    case .lzcnt: instruction.operation = .bsr
    case .endbr32, .endbr64, .rdssp: instruction.operation = .nop
    default: return false
    }
    return true
  }

  /// The forms with handlers of their own; `nil` for the rest.
  private func lowerFrequentForm() -> Flow? {
    switch instruction.operation {
    case .add: lowerArithmetic(0)
    case .or: lowerArithmetic(1)
    case .adc: lowerArithmetic(2)
    case .sbb: lowerArithmetic(3)
    case .and: lowerArithmetic(4)
    case .sub: lowerArithmetic(5)
    case .xor: lowerArithmetic(6)
    case .cmp: lowerArithmetic(7)
    case .test: lowerArithmetic(8)
    case .imul: lowerMultiplication()
    case .bt: lowerBitTest(0)
    case .bts: lowerBitTest(1)
    case .btr: lowerBitTest(2)
    case .btc: lowerBitTest(3)
    case .inc: lowerUnary(0)
    case .dec: lowerUnary(1)
    case .neg: lowerUnary(2)
    case .not: lowerUnary(3)
    case .rol: lowerShift(0)
    case .ror: lowerShift(1)
    case .rcl: lowerShift(2)
    case .rcr: lowerShift(3)
    case .shl: lowerShift(4)
    case .shr: lowerShift(5)
    case .sar: lowerShift(6)
    case .mov: lowerMove()
    case .movzx, .movsx, .movsxd: lowerExtension()
    case .lea: lowerLoadAddress()
    case .cmovcc: lowerConditionalMove()
    case .setcc: lowerSetOnCondition()
    case .xchg: lowerModification(HandlerTables.exchangeWithMemoryForms)
    case .xadd: lowerModification(HandlerTables.exchangeAndAddForms)
    case .cmpxchg: lowerModification(HandlerTables.compareAndExchangeForms)
    case .push: lowerPush()
    case .pop: lowerPop()
    case .leave: lowerLeave()
    case .jcc: lowerConditionalBranch()
    case .jmp: lowerJump()
    case .call: lowerCall()
    case .ret: lowerReturn()
    case .cli: lowerKernelFlags({ clearInterruptFlag($0, $1) })
    case .sti: lowerKernelFlags({ setInterruptFlag($0, $1) })
    case .pushf: lowerKernelFlags({ pushFlags($0, $1) })
    case .popf: lowerKernelFlags({ popFlags($0, $1) })
    case .nop, .endbr32, .endbr64, .prefetch, .prefetchw, .prefetchwt1, .prefetchnta, .prefetcht0,
      .prefetcht1,
      .prefetcht2, .lfence, .sfence, .mfence:
      lowerNothing()
    default: lowerFrequentVectorForm()
    }
  }

  private func lowerInterpreted() -> Flow {
    if let handler = integerHandler(for: instruction) {
      appendInterpretation(handler)
      return .continues
    }
    if let handler = systemHandler(for: instruction) {
      appendInterpretation(handler)
      return isLastOfBlock ? .endsBlock : .continues
    }
    if let handler = vectorHandler(for: instruction) ?? x87Handler(for: instruction) {
      appendInterpretation(handler)
      return .continues
    }
    return lowerUndefined()
  }

  /// Instructions after which nothing of the block is ever reached.
  private var isLastOfBlock: Bool {
    switch instruction.operation {
    case .iret, .syscall, .sysret, .sysenter, .sysexit, .jmpFar, .callFar, .retFar, .hlt: true
    default: false
    }
  }

  private func lowerUndefined() -> Flow {
    appendInterpretation({ raiseUndefined($0, $1) })
    return .endsBlock
  }

  private func lowerKernelFlags(_ handler: @escaping Handler) -> Flow? {
    let usesStack = instruction.operation == .pushf || instruction.operation == .popf
    guard mode == .bits64, !usesStack || instruction.operandSize == 8 else { return nil }
    appendInterpretation(handler)
    return .continues
  }

  private func lowerNothing() -> Flow {
    append(Record({ doNothing($0, $1) }))
    return .continues
  }

  // MARK: Operands

  /// The place of a general register's bytes; `nil` for other operands.
  func registerOffset(_ operand: Operand) -> UInt8? {
    switch operand.kind {
    case .register: RegisterOffset.general(operand.number)
    case .highByteRegister: RegisterOffset.highByte(operand.number)
    default: nil
    }
  }

  /// Sets a record's address fields from the memory operand, adding a record that computes the address first
  /// where the fields cannot say it.
  func setAddress(_ record: inout Record, _ access: MemoryAccess, width: UInt16) -> AddressFormIndex {
    let memory = instruction.memory
    if memory.segment == .ss { record.traits.insert(.stackSegment) }
    guard mode == .bits64, instruction.addressSize == 8, let displacement = shortDisplacement else {
      appendAddress(access, width: width)
      record.base = RegisterOffset.address
      return .simple
    }
    record.displacement = displacement
    switch memory.base {
    case MemoryOperand.instructionPointer: record.base = RegisterOffset.codePage
    case MemoryOperand.noRegister: break
    default: record.base = RegisterOffset.general(memory.base)
    }
    if memory.index != MemoryOperand.noRegister {
      record.index = RegisterOffset.general(memory.index)
      record.scaleShift = memory.scaleShift
    }
    switch memory.segment {
    case .fs: record.segmentBase = RegisterOffset.fsBase
    case .gs: record.segmentBase = RegisterOffset.gsBase
    default: break
    }
    let isSimple = record.index == RegisterOffset.zero && record.segmentBase == RegisterOffset.zero
    return isSimple ? .simple : .full
  }

  /// The displacement as a record holds it: from the start of the page if it is relative to the instruction
  /// pointer.
  private var shortDisplacement: Int32? {
    var displacement = instruction.memory.displacement
    if instruction.memory.base == MemoryOperand.instructionPointer {
      displacement &+= Int64(pageOffset + Int(instruction.length))
    }
    return Int32(exactly: displacement)
  }

  private func appendAddress(_ access: MemoryAccess, width: UInt16) {
    switch access {
    case .read, .execute: appendInterpretation({ computeAddress(.read, $0, $1) })
    case .write: appendInterpretation({ computeAddress(.write, $0, $1) })
    }
    lastRecord?.pointee.parameter = UInt8(truncatingIfNeeded: width)
  }
}

/// Puts the linear address of the memory operand where the next record finds it.
@inline(__always)
private func computeAddress(
  _ access: MemoryAccess, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.beginInterpretation(record)
  do throws(Fault) {
    let address = try core.linearAddress(record.instruction, size: Int(record.fields.parameter), access)
    core.setRegister(RegisterOffset.address, address)
  } catch {
    return core.leave(record, fault: error)
  }
  core.state.uncounted = 0
  return record.following.continuation
}

@inline(__always)
private func doNothing(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  proceed(Core(rawCore), to: RecordReference(rawRecord).following)
}

/// #UD, noted once for each encoding.
private func raiseUndefined(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.state.owner.noteUndefined(at: core.address(of: record), length: Int(record.fields.length))
  return core.leave(record, fault: .invalidOpcode)
}
