import X86

/// The operands of a string instruction.
struct StringOperation {
  let instruction: UnsafePointer<Instruction>
  /// The size of an element in bytes.
  let width: UInt16
  /// The width of rSI, rDI and rCX in bytes.
  let addressSize: UInt16
  /// What is added to an index after each element.
  let step: UInt64

  init(_ instruction: UnsafePointer<Instruction>, descending: Bool) {
    self.instruction = instruction
    width = UInt16(instruction.pointee.operandSize)
    addressSize = UInt16(instruction.pointee.addressSize)
    step = descending ? 0 &- UInt64(width) : UInt64(width)
  }

  var isRepeated: Bool { !instruction.pointee.prefixes.isDisjoint(with: [.rep, .repne]) }
  /// The value of ZF that ends CMPS and SCAS.
  var endsOnZero: Bool { instruction.pointee.prefixes.contains(.repne) }
}

/// Interprets a string instruction, element by element or page by page.
///
/// `body` does some of the elements, at least one, and returns whether the instruction is complete. If it is
/// not, the record is executed again, as one more instruction, so that interrupts get in between.
@inline(__always)
func interpretString(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer,
  _ body: (Core, StringOperation) throws(Fault) -> Bool
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.beginInterpretation(record)
  let operation = StringOperation(
    record.instruction, descending: core.state.systemFlags.contains(.direction))
  if operation.isRepeated, core.counter(operation) == 0 { return core.resume(after: record) }
  do throws(Fault) {
    let isComplete = try body(core, operation)
    if isComplete { return core.resume(after: record) }
  } catch {
    return core.leave(record, fault: error)
  }
  core.state.rip = core.instructionPointer(at: core.address(of: record))
  core.returnUncounted()
  return leaveBlock
}

extension Core {
  func counter(_ operation: StringOperation) -> UInt64 {
    general(GeneralRegister.rcx) & Self.mask(operation.addressSize)
  }

  // MARK: MOVS

  func moveString(_ operation: StringOperation) throws(Fault) -> Bool {
    let source = try sourceAddress(operation)
    let destination = try destinationAddress(operation, .write)
    if let count = bulkCount(operation, source, destination),
      let from = try pageForReading(source), let to = try pageForWriting(destination)
    {
      copy(count, operation.width, from: from, to: to)
      advance(operation, by: UInt64(count), source: true, destination: true)
      return finish(operation, count: UInt64(count))
    }
    for _ in 0..<elementsAtOnce {
      let value = try readInteger(at: sourceAddress(operation), width: operation.width)
      try writeInteger(value, at: destinationAddress(operation, .write), width: operation.width)
      advance(operation, by: 1, source: true, destination: true)
      if finish(operation, count: 1) { return true }
      if state.mustLeaveBlock { break }
    }
    return false
  }

  /// Copies as the instruction does, one element after the other: a destination shortly after the source
  /// repeats a pattern.
  private func copy(
    _ count: Int, _ width: UInt16, from: UnsafeMutableRawPointer, to: UnsafeMutableRawPointer
  ) {
    let bytes = count * Int(width)
    let distance = to - from
    if distance <= 0 || distance >= bytes {
      to.copyMemory(from: from, byteCount: bytes)
      return
    }
    var done = 0
    while done < bytes {
      let size = min(Int(width), bytes - done)
      (to + done).copyMemory(from: from + done, byteCount: size)
      done += size
    }
  }

  // MARK: STOS

  func storeString(_ operation: StringOperation) throws(Fault) -> Bool {
    let destination = try destinationAddress(operation, .write)
    if let count = bulkCount(operation, destination, destination), let to = try pageForWriting(destination) {
      fill(count, operation.width, at: to)
      advance(operation, by: UInt64(count), source: false, destination: true)
      return finish(operation, count: UInt64(count))
    }
    try writeInteger(general(0), at: destination, width: operation.width)
    advance(operation, by: 1, source: false, destination: true)
    return finish(operation, count: 1)
  }

  private func fill(_ count: Int, _ width: UInt16, at place: UnsafeMutableRawPointer) {
    let value = general(0)
    switch width {
    case 1: place.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: value), count: count)
    case 2:
      for index in 0..<count {
        place.storeBytes(of: UInt16(truncatingIfNeeded: value), toByteOffset: index * 2, as: UInt16.self)
      }
    case 4:
      for index in 0..<count {
        place.storeBytes(of: UInt32(truncatingIfNeeded: value), toByteOffset: index * 4, as: UInt32.self)
      }
    default:
      for index in 0..<count { place.storeBytes(of: value, toByteOffset: index * 8, as: UInt64.self) }
    }
  }

  // MARK: LODS, CMPS and SCAS

  func loadString(_ operation: StringOperation) throws(Fault) -> Bool {
    let value = try readInteger(at: sourceAddress(operation), width: operation.width)
    setGeneral(0, value, width: operation.width)
    advance(operation, by: 1, source: true, destination: false)
    return finish(operation, count: 1)
  }

  func compareStrings(_ operation: StringOperation) throws(Fault) -> Bool {
    for _ in 0..<elementsAtOnce {
      let left = try readInteger(at: sourceAddress(operation), width: operation.width)
      let right = try readInteger(at: destinationAddress(operation, .read), width: operation.width)
      compare(left, right, width: operation.width)
      advance(operation, by: 1, source: true, destination: true)
      if finishComparison(operation) { return true }
      if state.mustLeaveBlock { break }
    }
    return false
  }

  func scanString(_ operation: StringOperation) throws(Fault) -> Bool {
    for _ in 0..<elementsAtOnce {
      let right = try readInteger(at: destinationAddress(operation, .read), width: operation.width)
      compare(general(0) & Self.mask(operation.width), right, width: operation.width)
      advance(operation, by: 1, source: false, destination: true)
      if finishComparison(operation) { return true }
      if state.mustLeaveBlock { break }
    }
    return false
  }

  private func compare(_ left: UInt64, _ right: UInt64, width: UInt16) {
    switch width {
    case 1: _ = Compare.apply(self, UInt8(truncatingIfNeeded: left), UInt8(truncatingIfNeeded: right))
    case 2: _ = Compare.apply(self, UInt16(truncatingIfNeeded: left), UInt16(truncatingIfNeeded: right))
    case 4: _ = Compare.apply(self, UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right))
    default: _ = Compare.apply(self, left, right)
    }
  }

  private func finishComparison(_ operation: StringOperation) -> Bool {
    let isDone = finish(operation, count: 1)
    return isDone || state.lazyFlags.zero == operation.endsOnZero
  }

  // MARK: Shared

  /// How many elements are done before interrupts are looked at. A single step is one element.
  private var elementsAtOnce: Int { state.systemFlags.contains(.trap) ? 1 : 64 }

  private func sourceAddress(_ operation: StringOperation) throws(Fault) -> UInt64 {
    let offset = general(GeneralRegister.rsi) & Self.mask(operation.addressSize)
    return try linearAddress(
      offset, segment: operation.instruction.pointee.memory.segment, size: Int(operation.width), .read)
  }

  private func destinationAddress(_ operation: StringOperation, _ access: MemoryAccess) throws(Fault)
    -> UInt64
  {
    let offset = general(GeneralRegister.rdi) & Self.mask(operation.addressSize)
    return try linearAddress(offset, segment: .es, size: Int(operation.width), access)
  }

  /// How many elements lie in the pages of both addresses, if they can be done at once: ascending in 64-bit
  /// mode, where no segment limit stands in between.
  private func bulkCount(_ operation: StringOperation, _ first: UInt64, _ second: UInt64) -> Int? {
    guard operation.isRepeated, elementsAtOnce > 1, is64Bit, operation.addressSize == 8,
      operation.step == UInt64(operation.width)
    else { return nil }
    let room = min(0x1000 - (first & 0xFFF), 0x1000 - (second & 0xFFF)) / UInt64(operation.width)
    let count = min(room, general(GeneralRegister.rcx))
    return count > 0 ? Int(count) : nil
  }

  /// The host's address of a byte of RAM that can be read directly; `nil` if it must go the slow way.
  private func pageForReading(_ address: UInt64) throws(Fault) -> UnsafeMutableRawPointer? {
    if let host = fastReadable(address, size: 1) { return host }
    _ = try translate(address, .read, operandPrivilege)
    return fastReadable(address, size: 1)
  }

  private func pageForWriting(_ address: UInt64) throws(Fault) -> UnsafeMutableRawPointer? {
    if let host = fastWritable(address, size: 1) { return host }
    _ = try translate(address, .write, operandPrivilege)
    return fastWritable(address, size: 1)
  }

  private func advance(_ operation: StringOperation, by count: UInt64, source: Bool, destination: Bool) {
    let amount = operation.step &* count
    if source { setGeneral(6, general(GeneralRegister.rsi) &+ amount, width: operation.addressSize) }
    if destination { setGeneral(7, general(GeneralRegister.rdi) &+ amount, width: operation.addressSize) }
  }

  /// Counts elements off; `true` when none is left.
  private func finish(_ operation: StringOperation, count: UInt64) -> Bool {
    guard operation.isRepeated else { return true }
    let left = counter(operation) &- count
    setGeneral(1, left, width: operation.addressSize)
    return left & Self.mask(operation.addressSize) == 0
  }
}
