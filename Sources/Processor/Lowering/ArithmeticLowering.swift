import X86

extension BlockBuilder {
  /// The two-operand operations, by their row in ``HandlerTables``.
  func lowerArithmetic(_ operation: Int) -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    guard let width = HandlerTables.index(ofWidth: first.width) else { return nil }
    var record = Record(HandlerTables.arithmeticForms[0])
    let source: SourceForm
    if second.kind == .immediate {
      source = .immediate
      record.immediate = instruction.immediate
    } else if let offset = registerOffset(second) {
      source = .register
      record.source = offset
    } else if second.kind == .memory, let destination = registerOffset(first) {
      record.destination = destination
      let form = setAddress(&record, .read, width: first.width)
      record.handler = HandlerTables.arithmeticFromMemoryForms[(operation * 4 + width) * 2 + form.rawValue]
      append(record)
      return .continues
    } else {
      return nil
    }
    if let destination = registerOffset(first) {
      record.destination = destination
      record.handler = HandlerTables.arithmeticForms[(operation * 4 + width) * 2 + source.rawValue]
      append(record)
      return .continues
    }
    guard first.kind == .memory else { return nil }
    let onlyReads = operation >= Self.compare
    let form = setAddress(&record, onlyReads ? .read : .write, width: first.width)
    let row = onlyReads ? operation - Self.compare : operation
    let index = ((row * 4 + width) * 2 + source.rawValue) * 2 + form.rawValue
    record.handler =
      onlyReads
      ? HandlerTables.comparisonWithMemoryForms[index] : HandlerTables.arithmeticToMemoryForms[index]
    append(record)
    return .continues
  }

  /// Rows of the operations that store no result.
  static let compare = 7
  static let test = 8

  /// IMUL with two or three operands; with one it is interpreted.
  func lowerMultiplication() -> Flow? {
    let operands = instruction.operands
    guard operands.1.kind != .none, let destination = registerOffset(operands.0),
      let width = HandlerTables.index(ofWidth: operands.0.width)
    else { return nil }
    var record = Record(HandlerTables.multiplyForms[width])
    record.destination = destination
    if operands.2.kind == .immediate {
      guard let source = registerOffset(operands.1) else { return nil }
      record.source = source
      record.immediate = instruction.immediate
      record.handler = HandlerTables.multiplyByImmediateForms[width]
    } else if let source = registerOffset(operands.1) {
      record.source = source
    } else {
      let form = setAddress(&record, .read, width: operands.0.width)
      record.handler = HandlerTables.multiplyFromMemoryForms[width * 2 + form.rawValue]
    }
    append(record)
    return .continues
  }

  /// BT and its kin. A register that tells a bit in memory reaches beyond the operand and is interpreted.
  func lowerBitTest(_ operation: Int) -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    guard let width = HandlerTables.index(ofWidth: first.width) else { return nil }
    var record = Record(HandlerTables.bitTestForms[0])
    record.immediate = instruction.immediate
    if let destination = registerOffset(first) {
      record.destination = destination
      var source = SourceForm.immediate
      if let offset = registerOffset(second) {
        record.source = offset
        source = .register
      }
      record.handler = HandlerTables.bitTestForms[(operation * 4 + width) * 2 + source.rawValue]
    } else {
      guard second.kind == .immediate else { return nil }
      let form = setAddress(&record, operation == 0 ? .read : .write, width: first.width)
      record.handler = HandlerTables.bitTestInMemoryForms[(operation * 4 + width) * 2 + form.rawValue]
    }
    append(record)
    return .continues
  }

  func lowerUnary(_ operation: Int) -> Flow? {
    let operand = instruction.operands.0
    guard let width = HandlerTables.index(ofWidth: operand.width) else { return nil }
    var record = Record(HandlerTables.unaryForms[operation * 4 + width])
    if let destination = registerOffset(operand) {
      record.destination = destination
    } else {
      guard operand.kind == .memory else { return nil }
      let form = setAddress(&record, .write, width: operand.width)
      record.handler = HandlerTables.unaryOnMemoryForms[(operation * 4 + width) * 2 + form.rawValue]
    }
    append(record)
    return .continues
  }

  func lowerShift(_ operation: Int) -> Flow? {
    let (first, second) = (instruction.operands.0, instruction.operands.1)
    guard let width = HandlerTables.index(ofWidth: first.width) else { return nil }
    let count = second.kind == .immediate ? 0 : 1
    var record = Record(HandlerTables.shiftForms[(operation * 4 + width) * 2 + count])
    record.immediate = instruction.immediate
    if let destination = registerOffset(first) {
      record.destination = destination
    } else {
      guard first.kind == .memory else { return nil }
      let form = setAddress(&record, .write, width: first.width)
      record.handler =
        HandlerTables.shiftMemoryForms[((operation * 4 + width) * 2 + count) * 2 + form.rawValue]
    }
    append(record)
    return .continues
  }

  /// Instructions that read and write memory and have a register operand besides.
  func lowerModification(_ handlers: [Handler]) -> Flow? {
    var memory = instruction.operands.0
    var other = instruction.operands.1
    // XCHG is symmetric.
    if instruction.operation == .xchg, other.kind == .memory { swap(&memory, &other) }
    guard memory.kind == .memory, let width = HandlerTables.index(ofWidth: memory.width),
      let source = registerOffset(other)
    else { return nil }
    var record = Record(handlers[0])
    record.source = source
    let form = setAddress(&record, .write, width: memory.width)
    record.handler = handlers[width * 2 + form.rawValue]
    append(record)
    return .continues
  }
}
