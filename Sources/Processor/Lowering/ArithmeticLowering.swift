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
      onlyReads ? HandlerTables.comparisonWithMemoryForms[index] : HandlerTables.arithmeticToMemoryForms[index]
    append(record)
    return .continues
  }

  /// Rows of the operations that store no result.
  static let compare = 7
  static let test = 8

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
      record.handler = HandlerTables.shiftMemoryForms[((operation * 4 + width) * 2 + count) * 2 + form.rawValue]
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
