import X86

extension BlockBuilder {
  /// Where a relative branch leads, from the start of the page.
  private var branchTarget: Int64 {
    Int64(pageOffset + Int(instruction.length)) &+ Int64(bitPattern: instruction.immediate)
  }

  private func isInPage(_ target: Int64) -> Bool { target >= 0 && target < 4096 }

  /// Instruction pointers that may have to be truncated are left to the interpretation.
  private var hasFullTarget: Bool {
    switch mode {
    case .bits64: instruction.operandSize == 8
    case .bits32: instruction.operandSize == 4
    case .bits16: false
    }
  }

  /// Sets the target of a branch, and tells its row in ``HandlerTables``; `nil` if only the interpretation can
  /// reach it.
  private func setTarget(_ record: inout Record) -> Int? {
    guard instruction.operands.0.kind == .relative, hasFullTarget else { return nil }
    let target = branchTarget
    if isInPage(target) {
      record.displacement = Int32(target)
      record.immediate = BlockLink(unlinkedIn: page).rawValue
      return 0
    }
    guard mode == .bits64 else { return nil }
    record.immediate = UInt64(bitPattern: target)
    return 1
  }

  func lowerConditionalBranch() -> Flow? {
    var record = Record(HandlerTables.jumpForms[0])
    guard let reach = setTarget(&record) else { return nil }
    let condition = Int(instruction.condition.rawValue)
    record.handler = HandlerTables.branchForms[condition * 2 + reach]
    append(record)
    return .continues
  }

  func lowerJump() -> Flow? {
    if let source = nearTargetRegister() {
      var record = Record({ jumpRegister($0, $1) })
      record.source = source
      append(record)
      return .endsBlock
    }
    var record = Record(HandlerTables.jumpForms[0])
    guard let reach = setTarget(&record) else { return nil }
    record.handler = HandlerTables.jumpForms[reach]
    append(record)
    return .endsBlock
  }

  func lowerCall() -> Flow? {
    guard mode == .bits64 else { return nil }
    if let source = nearTargetRegister() {
      var record = Record({ callRegister($0, $1) })
      record.traits.insert(.stackSegment)
      record.source = source
      append(record)
      return .endsBlock
    }
    var record = Record(HandlerTables.callForms[0])
    record.traits.insert(.stackSegment)
    guard let reach = setTarget(&record) else { return nil }
    record.handler = HandlerTables.callForms[reach]
    append(record)
    return .endsBlock
  }

  /// The register that holds the target of an indirect branch in 64-bit mode, loaded from memory first if it
  /// is there.
  private func nearTargetRegister() -> UInt8? {
    let operand = instruction.operands.0
    guard mode == .bits64, operand.width == 8 else { return nil }
    if operand.kind == .register { return RegisterOffset.general(operand.number) }
    guard operand.kind == .memory else { return nil }
    var record = Record(HandlerTables.moveFromMemoryForms[0])
    record.destination = RegisterOffset.branchTarget
    let form = setAddress(&record, .read, width: 8)
    record.handler = HandlerTables.moveFromMemoryForms[3 * 2 + form.rawValue]
    append(record)
    return RegisterOffset.branchTarget
  }

  func lowerReturn() -> Flow? {
    guard mode == .bits64, instruction.operandSize == 8 else { return nil }
    var record = Record({ returnNear($0, $1) })
    record.traits.insert(.stackSegment)
    record.immediate = instruction.operands.0.kind == .immediate ? instruction.immediate & 0xFFFF : 0
    append(record)
    return .endsBlock
  }
}
