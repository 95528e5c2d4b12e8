import X86

extension BlockBuilder {
  func lowerMove() -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    guard let width = HandlerTables.index(ofWidth: first.width) else { return nil }
    var record = Record(HandlerTables.moveForms[0])
    if second.kind == .memory {
      guard let destination = registerOffset(first) else { return nil }
      record.destination = destination
      let form = setAddress(&record, .read, width: first.width)
      record.handler = HandlerTables.moveFromMemoryForms[width * 2 + form.rawValue]
      append(record)
      return .continues
    }
    let source: SourceForm
    if second.kind == .immediate {
      source = .immediate
      record.immediate = instruction.immediate
    } else {
      guard let offset = registerOffset(second) else { return nil }
      source = .register
      record.source = offset
    }
    if let destination = registerOffset(first) {
      record.destination = destination
      record.handler = HandlerTables.moveForms[width * 2 + source.rawValue]
    } else {
      guard first.kind == .memory else { return nil }
      let form = setAddress(&record, .write, width: first.width)
      record.handler = HandlerTables.moveToMemoryForms[(width * 2 + source.rawValue) * 2 + form.rawValue]
    }
    append(record)
    return .continues
  }

  func lowerExtension() -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    guard let destination = registerOffset(first), let row = extensionRow(from: second.width, to: first.width)
    else { return nil }
    var record = Record(HandlerTables.extendForms[row])
    record.destination = destination
    if second.kind == .memory {
      let form = setAddress(&record, .read, width: second.width)
      record.handler = HandlerTables.extendFromMemoryForms[row * 2 + form.rawValue]
    } else {
      guard let source = registerOffset(second) else { return nil }
      record.source = source
    }
    append(record)
    return .continues
  }

  /// The row of ``HandlerTables``; `nil` where nothing is extended, as for MOVSXD of equal sizes.
  private func extensionRow(from narrow: UInt16, to wide: UInt16) -> Int? {
    let signed = instruction.operation != .movzx
    switch (narrow, wide) {
    case (1, 2): return signed ? 5 : 0
    case (1, 4): return signed ? 6 : 1
    case (1, 8): return signed ? 7 : 2
    case (2, 4): return signed ? 8 : 3
    case (2, 8): return signed ? 9 : 4
    case (4, 8): return signed ? 10 : nil
    default: return nil
    }
  }

  func lowerLoadAddress() -> Flow? {
    let first = instruction.operands.0
    guard mode == .bits64, instruction.addressSize == 8, let destination = registerOffset(first),
      let width = HandlerTables.index(ofWidth: first.width)
    else { return nil }
    // LEA ignores segments.
    instruction.memory.segment = .ds
    var record = Record(HandlerTables.loadAddressForms[0])
    record.destination = destination
    let form = setAddress(&record, .read, width: 0)
    record.handler = HandlerTables.loadAddressForms[width * 2 + form.rawValue]
    append(record)
    return .continues
  }

  func lowerConditionalMove() -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    guard let destination = registerOffset(first), let width = HandlerTables.index(ofWidth: first.width)
    else { return nil }
    let row = Int(instruction.condition.rawValue) * 4 + width
    var record = Record(HandlerTables.conditionalMoveForms[row])
    record.destination = destination
    if second.kind == .memory {
      let form = setAddress(&record, .read, width: second.width)
      record.handler = HandlerTables.conditionalMoveFromMemoryForms[row * 2 + form.rawValue]
    } else {
      guard let source = registerOffset(second) else { return nil }
      record.source = source
    }
    append(record)
    return .continues
  }

  func lowerSetOnCondition() -> Flow? {
    let condition = instruction.condition.rawValue
    var record = Record(HandlerTables.setOnConditionForms[Int(condition)])
    if let destination = registerOffset(instruction.operands.0) {
      record.destination = destination
    } else {
      let form = setAddress(&record, .write, width: 1)
      record.parameter = condition
      switch form {
      case .simple: record.handler = { store(SetMemoryOnCondition.self, SimpleAddress.self, $0, $1) }
      case .full: record.handler = { store(SetMemoryOnCondition.self, FullAddress.self, $0, $1) }
      }
    }
    append(record)
    return .continues
  }

  // MARK: Stack

  /// Pushes and pops in 64-bit mode have handlers unless a prefix makes them 16 bits wide.
  private var usesFullStackSlot: Bool { mode == .bits64 && instruction.operandSize == 8 }

  func lowerPush() -> Flow? {
    guard usesFullStackSlot else { return nil }
    let operand = instruction.operands.0
    if operand.kind == .immediate {
      var record = Record(HandlerTables.pushForms[SourceForm.immediate.rawValue])
      record.immediate = instruction.immediate
      record.traits.insert(.stackSegment)
      append(record)
      return .continues
    }
    guard let source = registerOffset(operand) else { return nil }
    var record = Record(HandlerTables.pushForms[SourceForm.register.rawValue])
    record.traits.insert(.stackSegment)
    record.source = source
    append(record)
    return .continues
  }

  func lowerPop() -> Flow? {
    guard usesFullStackSlot, let destination = registerOffset(instruction.operands.0) else { return nil }
    var record = Record({ Processor.pop($0, $1) })
    record.traits.insert(.stackSegment)
    record.destination = destination
    append(record)
    return .continues
  }

  func lowerLeave() -> Flow? {
    guard usesFullStackSlot else { return nil }
    var record = Record({ leaveFrame($0, $1) })
    record.traits.insert(.stackSegment)
    append(record)
    return .continues
  }
}
