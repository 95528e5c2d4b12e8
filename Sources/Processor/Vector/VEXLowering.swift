import HostFloatingPoint
import X86

extension BlockBuilder {
  /// The VEX-encoded instructions with handlers of their own; `nil` for the rest.
  func lowerFrequentVEXForm() -> Flow? {
    // The handlers take protected mode for granted.
    guard mode == .bits64, instruction.addressSize == 8 else { return nil }
    if instruction.operation == .vzeroupper {
      return appendVEXFields({ clearUpperLanes($0, $1) }, destination: 0, source: 0)
    }
    return lowerVEXComputation() ?? lowerVEXMove() ?? lowerVEXTransfer() ?? lowerVEXShift()
  }

  private func lowerVEXComputation() -> Flow? {
    let (first, second, third, _) = instruction.operands
    guard first.kind == .vectorRegister else { return nil }
    if let forms = FrequentVectorForms.vexComparisons(instruction.operation) {
      return appendVEX(forms, destination: first, first: second, second: second)
    }
    guard let forms = FrequentVectorForms(vex: instruction.operation) else { return nil }
    switch third.kind {
    case .vectorRegister, .memory:
      return appendVEX(forms, destination: first, first: second, second: third)
    default:
      return appendVEX(forms, destination: first, first: first, second: second)
    }
  }

  /// Moves between vector registers and memory.
  private func lowerVEXMove() -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    switch (first.kind, second.kind) {
    case (.vectorRegister, .vectorRegister):
      switch instruction.operation {
      case .vmovaps, .vmovapd, .vmovdqa, .vmovups, .vmovupd, .vmovdqu:
        return appendVEXRegisters({ moveLanes($0, $1) }, destination: first, first: second, second: second)
      default: return nil
      }
    case (.vectorRegister, .memory):
      guard let handler = vexLoadHandler else { return nil }
      return appendVEXAccess(handler, destination: first.number, source: 0, .read, width: second.width)
    case (.memory, .vectorRegister):
      guard let handler = vexStoreHandler else { return nil }
      return appendVEXAccess(handler, destination: 0, source: second.number, .write, width: first.width)
    default: return nil
    }
  }

  private var vexLoadHandler: Handler? {
    let isWide = instruction.operands.1.width == 32
    switch instruction.operation {
    case .vmovaps, .vmovapd, .vmovdqa:
      return isWide ? { loadLanes(.required, $0, $1) } : { loadExtended(size: 16, .required, $0, $1) }
    case .vmovups, .vmovupd, .vmovdqu, .vlddqu:
      return isWide ? { loadLanes(.arbitrary, $0, $1) } : { loadExtended(size: 16, .arbitrary, $0, $1) }
    case .vmovsd: return { loadExtended(size: 8, .arbitrary, $0, $1) }
    case .vmovq where instruction.operands.1.width == 8: return { loadExtended(size: 8, .arbitrary, $0, $1) }
    case .vmovss: return { loadExtended(size: 4, .arbitrary, $0, $1) }
    case .vmovd where instruction.operands.1.width == 4: return { loadExtended(size: 4, .arbitrary, $0, $1) }
    default: return nil
    }
  }

  private var vexStoreHandler: Handler? {
    let isWide = instruction.operands.0.width == 32
    switch instruction.operation {
    case .vmovaps, .vmovapd, .vmovdqa, .vmovntps, .vmovntpd, .vmovntdq:
      return isWide ? { storeLanes(.required, $0, $1) } : { storeLane(size: 16, .required, $0, $1) }
    case .vmovups, .vmovupd, .vmovdqu:
      return isWide ? { storeLanes(.arbitrary, $0, $1) } : { storeLane(size: 16, .arbitrary, $0, $1) }
    case .vmovsd, .vmovlps, .vmovlpd: return { storeLane(size: 8, .arbitrary, $0, $1) }
    case .vmovq where instruction.operands.0.width == 8: return { storeLane(size: 8, .arbitrary, $0, $1) }
    case .vmovss: return { storeLane(size: 4, .arbitrary, $0, $1) }
    case .vmovd where instruction.operands.0.width == 4: return { storeLane(size: 4, .arbitrary, $0, $1) }
    default: return nil
    }
  }

  /// Between vector and general registers.
  private func lowerVEXTransfer() -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    if first.kind == .vectorRegister, second.kind == .register {
      let handler: Handler
      switch (instruction.operation, second.width) {
      case (.vmovd, 4), (.vmovq, 4): handler = { moveExtended(UInt32.self, $0, $1) }
      case (.vmovd, 8), (.vmovq, 8): handler = { moveExtended(UInt64.self, $0, $1) }
      default: return nil
      }
      return appendVEXFields(
        handler, destination: first.number, source: RegisterOffset.general(second.number))
    }
    guard first.kind == .register, second.kind == .vectorRegister else { return nil }
    let handler: Handler
    switch (instruction.operation, first.width) {
    case (.vmovd, 4), (.vmovq, 4): handler = { moveToGeneral(UInt32.self, $0, $1) }
    case (.vmovd, 8), (.vmovq, 8): handler = { moveToGeneral(UInt64.self, $0, $1) }
    case (.vpmovmskb, _) where second.width == 32: handler = { moveAllByteSigns($0, $1) }
    case (.vpmovmskb, _): handler = { moveByteSigns($0, $1) }
    case (.vcvttsd2si, 4): handler = { convertToGeneral(host_cvttsd2sil, $0, $1) }
    case (.vcvttsd2si, 8): handler = { convertToGeneral(host_cvttsd2siq, $0, $1) }
    case (.vcvttss2si, 4): handler = { convertToGeneral(host_cvttss2sil, $0, $1) }
    case (.vcvttss2si, 8): handler = { convertToGeneral(host_cvttss2siq, $0, $1) }
    default: return nil
    }
    return appendVEXFields(
      handler, destination: RegisterOffset.general(first.number), source: second.number)
  }

  /// What an immediate says of one register.
  private func lowerVEXShift() -> Flow? {
    let (first, second, third, _) = instruction.operands
    guard first.kind == .vectorRegister, second.kind == .vectorRegister, third.kind == .immediate else {
      return nil
    }
    let handler: Handler
    switch instruction.operation {
    case .vpsllq: handler = { computeLanes(ShiftLeftQuadwords.self, $0, $1) }
    case .vpsrlq: handler = { computeLanes(ShiftRightQuadwords.self, $0, $1) }
    case .vpslld: handler = { computeLanes(ShiftLeftDoublewords.self, $0, $1) }
    case .vpsrld: handler = { computeLanes(ShiftRightDoublewords.self, $0, $1) }
    case .vpslldq: handler = { computeLanes(ShiftLeftBytes.self, $0, $1) }
    case .vpsrldq: handler = { computeLanes(ShiftRightBytes.self, $0, $1) }
    case .vpermilps: handler = { computeLanes(ShuffleDoublewords.self, $0, $1) }
    default: return nil
    }
    return appendVEXRegisters(handler, destination: first, first: second, second: second)
  }

  // MARK: Records

  private func appendVEX(
    _ forms: FrequentVectorForms, destination: Operand, first: Operand, second: Operand
  ) -> Flow? {
    switch second.kind {
    case .vectorRegister:
      return appendVEXRegisters(forms.registers, destination: destination, first: first, second: second)
    case .memory:
      return appendVEXAccess(
        forms.memory, destination: destination.number, source: first.number, .read, width: second.width)
    default: return nil
    }
  }

  private func appendVEXRegisters(
    _ handler: @escaping Handler, destination: Operand, first: Operand, second: Operand
  ) -> Flow {
    var record = vexRecord(handler, destination: destination.number, source: first.number)
    record.base = second.number
    return appendWithInstruction(record)
  }

  private func appendVEXFields(_ handler: @escaping Handler, destination: UInt8, source: UInt8) -> Flow {
    appendWithInstruction(vexRecord(handler, destination: destination, source: source))
  }

  private func appendVEXAccess(
    _ handler: @escaping Handler, destination: UInt8, source: UInt8, _ access: MemoryAccess, width: UInt16
  ) -> Flow {
    appendVectorAccess(
      vexRecord(handler, destination: destination, source: source), access, width: width)
  }

  private func vexRecord(_ handler: @escaping Handler, destination: UInt8, source: UInt8) -> Record {
    var record = Record(handler)
    record.destination = destination
    record.source = source
    record.traits.insert(.vex)
    if instruction.operands.0.width == 32 { record.traits.insert(.ymm) }
    return record
  }
}
