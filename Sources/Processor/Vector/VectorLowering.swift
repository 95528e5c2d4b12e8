import HostFloatingPoint
import X86

extension BlockBuilder {
  /// The vector instructions with handlers of their own; `nil` for the rest.
  ///
  /// Their records have both the fields that the handlers work with and the ``Instruction``, for what the
  /// handlers leave to interpretation.
  func lowerFrequentVectorForm() -> Flow? {
    if instruction.prefixes.contains(.vex) { return lowerFrequentVEXForm() }
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    if first.kind == .memory || second.kind == .memory {
      // Elsewhere the address is a record of its own, whose faults would come before #UD and #NM.
      guard mode == .bits64, instruction.addressSize == 8 else { return nil }
    }
    if first.kind == .vectorRegister, let forms = FrequentVectorForms(instruction.operation) {
      switch second.kind {
      case .vectorRegister: return appendVector(forms.registers, first.number, second.number)
      case .memory: return appendVectorLoad(forms.memory, first.number)
      default: return nil
      }
    }
    return lowerVectorMove() ?? lowerVectorTransfer() ?? lowerVectorShift()
  }

  /// Moves between vector registers and memory.
  private func lowerVectorMove() -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    switch (first.kind, second.kind) {
    case (.vectorRegister, .vectorRegister):
      switch instruction.operation {
      case .movaps, .movapd, .movdqa, .movups, .movupd, .movdqu:
        return appendVector({ moveLane($0, $1) }, first.number, second.number)
      case .movsd:
        return appendVector({ computeLane(ReplaceLowHalf.self, $0, $1) }, first.number, second.number)
      case .movq:
        return appendVector({ computeLane(KeepLowHalf.self, $0, $1) }, first.number, second.number)
      case .movlhps:
        return appendVector({ computeLane(JoinLowHalves.self, $0, $1) }, first.number, second.number)
      default: return nil
      }
    case (.vectorRegister, .memory):
      return loadHandler.map { appendVectorLoad($0, first.number) }
    case (.memory, .vectorRegister):
      guard let handler = storeHandler else { return nil }
      var record = Record(handler)
      record.source = second.number
      return appendVectorAccess(record, .write, width: first.width)
    default: return nil
    }
  }

  private var loadHandler: Handler? {
    switch instruction.operation {
    case .movaps, .movapd, .movdqa: { loadLane(size: 16, .required, $0, $1) }
    case .movups, .movupd, .movdqu, .lddqu: { loadLane(size: 16, .arbitrary, $0, $1) }
    case .movsd: { loadLane(size: 8, .arbitrary, $0, $1) }
    case .movq where instruction.operands.1.width == 8: { loadLane(size: 8, .arbitrary, $0, $1) }
    case .movss: { loadLane(size: 4, .arbitrary, $0, $1) }
    case .movd where instruction.operands.1.width == 4: { loadLane(size: 4, .arbitrary, $0, $1) }
    case .movhps, .movhpd: { computeLaneWithMemory(ReplaceHighHalf.self, $0, $1) }
    case .movlps, .movlpd: { computeLaneWithMemory(ReplaceLowHalf.self, $0, $1) }
    default: nil
    }
  }

  private var storeHandler: Handler? {
    switch instruction.operation {
    case .movaps, .movapd, .movdqa, .movntps, .movntpd, .movntdq: { storeLane(size: 16, .required, $0, $1) }
    case .movups, .movupd, .movdqu: { storeLane(size: 16, .arbitrary, $0, $1) }
    case .movsd, .movlps, .movlpd: { storeLane(size: 8, .arbitrary, $0, $1) }
    case .movq where instruction.operands.0.width == 8: { storeLane(size: 8, .arbitrary, $0, $1) }
    case .movss: { storeLane(size: 4, .arbitrary, $0, $1) }
    case .movd where instruction.operands.0.width == 4: { storeLane(size: 4, .arbitrary, $0, $1) }
    default: nil
    }
  }

  /// Between vector and general registers.
  private func lowerVectorTransfer() -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    if first.kind == .vectorRegister, second.kind == .register {
      let handler: Handler
      switch (instruction.operation, second.width) {
      case (.movd, 4), (.movq, 4): handler = { moveFromGeneral(UInt32.self, $0, $1) }
      case (.movd, 8), (.movq, 8): handler = { moveFromGeneral(UInt64.self, $0, $1) }
      case (.cvtsi2sd, 4): handler = { convertFromGeneral(host_cvtsi2sdl, $0, $1) }
      case (.cvtsi2sd, 8): handler = { convertFromGeneral(host_cvtsi2sdq, $0, $1) }
      case (.cvtsi2ss, 4): handler = { convertFromGeneral(host_cvtsi2ssl, $0, $1) }
      case (.cvtsi2ss, 8): handler = { convertFromGeneral(host_cvtsi2ssq, $0, $1) }
      default: return nil
      }
      return appendVector(handler, first.number, RegisterOffset.general(second.number))
    }
    guard first.kind == .register, second.kind == .vectorRegister else { return nil }
    let handler: Handler
    switch (instruction.operation, first.width) {
    case (.movd, 4), (.movq, 4): handler = { moveToGeneral(UInt32.self, $0, $1) }
    case (.movd, 8), (.movq, 8): handler = { moveToGeneral(UInt64.self, $0, $1) }
    case (.pmovmskb, _): handler = { moveByteSigns($0, $1) }
    case (.cvttsd2si, 4): handler = { convertToGeneral(host_cvttsd2sil, $0, $1) }
    case (.cvttsd2si, 8): handler = { convertToGeneral(host_cvttsd2siq, $0, $1) }
    case (.cvttss2si, 4): handler = { convertToGeneral(host_cvttss2sil, $0, $1) }
    case (.cvttss2si, 8): handler = { convertToGeneral(host_cvttss2siq, $0, $1) }
    default: return nil
    }
    return appendVector(handler, RegisterOffset.general(first.number), second.number)
  }

  /// Shifts by an immediate.
  private func lowerVectorShift() -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    guard first.kind == .vectorRegister, second.kind == .immediate else { return nil }
    let handler: Handler
    switch instruction.operation {
    case .psllq: handler = { computeLane(ShiftLeftQuadwords.self, $0, $1) }
    case .psrlq: handler = { computeLane(ShiftRightQuadwords.self, $0, $1) }
    case .pslld: handler = { computeLane(ShiftLeftDoublewords.self, $0, $1) }
    case .psrld: handler = { computeLane(ShiftRightDoublewords.self, $0, $1) }
    case .pslldq: handler = { computeLane(ShiftLeftBytes.self, $0, $1) }
    case .psrldq: handler = { computeLane(ShiftRightBytes.self, $0, $1) }
    default: return nil
    }
    return appendVector(handler, first.number, first.number)
  }

  // MARK: Records

  private func appendVector(_ handler: @escaping Handler, _ destination: UInt8, _ source: UInt8) -> Flow {
    var record = Record(handler)
    record.destination = destination
    record.source = source
    return appendWithInstruction(record)
  }

  private func appendVectorLoad(_ handler: @escaping Handler, _ destination: UInt8) -> Flow {
    var record = Record(handler)
    record.destination = destination
    return appendVectorAccess(record, .read, width: instruction.operands.1.width)
  }

  /// Adds a record with a memory operand, and the instruction.
  func appendVectorAccess(_ record: Record, _ access: MemoryAccess, width: UInt16) -> Flow {
    var record = record
    // The handlers have one form, which is the full one.
    _ = setAddress(&record, access, width: width)
    return appendWithInstruction(record)
  }

  /// Adds a record, and the instruction for what its handler leaves to interpretation.
  func appendWithInstruction(_ fields: Record) -> Flow {
    var fields = fields
    fields.parameter = UInt8(truncatingIfNeeded: instruction.immediate)
    appendInterpretation(fields.handler)
    lastRecord?.pointee = fields
    return .continues
  }
}
