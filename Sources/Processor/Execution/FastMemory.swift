import X86

/// How a record's memory operand forms its linear address.
protocol AddressForm {
  static func address(_ core: Core, _ record: RecordReference) -> UInt64
}

/// base + displacement.
enum SimpleAddress: AddressForm {
  @inline(__always)
  static func address(_ core: Core, _ record: RecordReference) -> UInt64 {
    core.register(record.fields.base, as: UInt64.self)
      &+ UInt64(bitPattern: Int64(record.fields.displacement))
  }
}

/// segment + base + index * scale + displacement.
enum FullAddress: AddressForm {
  @inline(__always)
  static func address(_ core: Core, _ record: RecordReference) -> UInt64 {
    let index = core.register(record.fields.index, as: UInt64.self) &<< UInt64(record.fields.scaleShift)
    return core.register(record.fields.base, as: UInt64.self)
      &+ UInt64(bitPattern: Int64(record.fields.displacement))
      &+ index &+ core.register(record.fields.segmentBase, as: UInt64.self)
  }
}

/// An instruction that reads memory.
protocol LoadOperation {
  associatedtype Value: FixedWidthInteger & UnsignedInteger
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value)
}

/// An instruction that writes memory.
protocol StoreOperation {
  associatedtype Value: FixedWidthInteger & UnsignedInteger
  static func value(_ core: Core, _ record: RecordReference) -> Value
}

/// An instruction that reads memory and writes the same place.
protocol ModifyOperation {
  associatedtype Value: FixedWidthInteger & UnsignedInteger
  /// Returns the new value; the registers and flags that the instruction also changes are set.
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value
}

extension Core {
  /// Where `size` bytes can be read, if a TLB entry says so and they lie in one page.
  ///
  /// The tag is compared with the page of the last byte: if that is not the first byte's page, the entry,
  /// which was chosen by the first, cannot match.
  @inline(__always)
  func fastReadable(_ address: UInt64, size: Int) -> UnsafeMutableRawPointer? {
    let entry = state.dataTLB + Int(truncatingIfNeeded: address >> 12) & (DataTLBEntry.count - 1)
    let tag = (address &+ UInt64(size - 1)) & ~0xFFF | state.dataContext
    guard entry.pointee.readTag == tag else { return nil }
    return UnsafeMutableRawPointer(bitPattern: UInt(address &+ entry.pointee.addend)).unsafelyUnwrapped
  }

  /// Where `size` bytes can be written, likewise.
  @inline(__always)
  func fastWritable(_ address: UInt64, size: Int) -> UnsafeMutableRawPointer? {
    let entry = state.dataTLB + Int(truncatingIfNeeded: address >> 12) & (DataTLBEntry.count - 1)
    let tag = (address &+ UInt64(size - 1)) & ~0xFFF | state.dataContext
    guard entry.pointee.writeTag == tag else { return nil }
    return UnsafeMutableRawPointer(bitPattern: UInt(address &+ entry.pointee.addend)).unsafelyUnwrapped
  }
}

// MARK: Handlers by what they do with memory

@inline(__always)
func load<Operation: LoadOperation, Form: AddressForm>(
  _ operation: Operation.Type, _ form: Form.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> UnsafeMutableRawPointer? {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let address = Form.address(core, record)
  guard let host = core.fastReadable(address, size: MemoryLayout<Operation.Value>.size) else {
    return slowLoad(operation, core, record, address)
  }
  Operation.execute(core, record, host.loadUnaligned(as: Operation.Value.self))
  return proceed(core, to: record.following)
}

@inline(never)
func slowLoad<Operation: LoadOperation>(
  _ operation: Operation.Type, _ core: Core, _ record: RecordReference, _ address: UInt64
) -> UnsafeMutableRawPointer? {
  guard let source = core.slowReadable(record, address, size: MemoryLayout<Operation.Value>.size) else { return nil }
  Operation.execute(core, record, source.loadUnaligned(as: Operation.Value.self))
  return core.resume(after: record)
}

@inline(__always)
func store<Operation: StoreOperation, Form: AddressForm>(
  _ operation: Operation.Type, _ form: Form.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> UnsafeMutableRawPointer? {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let address = Form.address(core, record)
  guard let host = core.fastWritable(address, size: MemoryLayout<Operation.Value>.size) else {
    return slowStore(operation, core, record, address)
  }
  host.storeBytes(of: Operation.value(core, record), as: Operation.Value.self)
  return proceed(core, to: record.following)
}

@inline(never)
func slowStore<Operation: StoreOperation>(
  _ operation: Operation.Type, _ core: Core, _ record: RecordReference, _ address: UInt64
) -> UnsafeMutableRawPointer? {
  core.scratchBytes.storeBytes(of: Operation.value(core, record), as: Operation.Value.self)
  guard core.slowWriteScratch(record, address, size: MemoryLayout<Operation.Value>.size) else { return nil }
  return core.resume(after: record)
}

@inline(__always)
func modify<Operation: ModifyOperation, Form: AddressForm>(
  _ operation: Operation.Type, _ form: Form.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> UnsafeMutableRawPointer? {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let address = Form.address(core, record)
  guard let host = core.fastWritable(address, size: MemoryLayout<Operation.Value>.size) else {
    return slowModify(operation, core, record, address)
  }
  let old = host.loadUnaligned(as: Operation.Value.self)
  host.storeBytes(of: Operation.execute(core, record, old), as: Operation.Value.self)
  return proceed(core, to: record.following)
}

@inline(never)
func slowModify<Operation: ModifyOperation>(
  _ operation: Operation.Type, _ core: Core, _ record: RecordReference, _ address: UInt64
) -> UnsafeMutableRawPointer? {
  let size = MemoryLayout<Operation.Value>.size
  guard core.slowCheckWritable(record, address, size: size),
    let source = core.slowReadable(record, address, size: size)
  else { return nil }
  let new = Operation.execute(core, record, source.loadUnaligned(as: Operation.Value.self))
  core.scratchBytes.storeBytes(of: new, as: Operation.Value.self)
  guard core.slowWriteScratch(record, address, size: size) else { return nil }
  return core.resume(after: record)
}

extension Core {
  /// Reads for a record what the TLB could not give; on a fault the block is left.
  func slowReadable(_ record: RecordReference, _ address: UInt64, size: Int) -> UnsafeMutableRawPointer? {
    state.uncounted = Int64(record.fields.remaining)
    do throws(Fault) {
      noteDataAccess(address, size: size, isWrite: false)
      return try readable(address, size: size, operandPrivilege)
    } catch {
      return leave(record, fault: faultOfOperand(record, error))
    }
  }

  /// Writes what the scratch area holds; `false` if the block is left with a fault.
  func slowWriteScratch(_ record: RecordReference, _ address: UInt64, size: Int) -> Bool {
    state.uncounted = Int64(record.fields.remaining)
    do throws(Fault) {
      noteDataAccess(address, size: size, isWrite: true)
      try writeScratch(to: address, size: size, operandPrivilege)
      return true
    } catch {
      _ = leave(record, fault: faultOfOperand(record, error))
      return false
    }
  }

  /// Checks a place that is read before it is written, because the write must not fault after the read.
  func slowCheckWritable(_ record: RecordReference, _ address: UInt64, size: Int) -> Bool {
    do throws(Fault) {
      try checkWritable(address, size: size, operandPrivilege)
      return true
    } catch {
      _ = leave(record, fault: faultOfOperand(record, error))
      return false
    }
  }

  /// Addresses that are not canonical raise #SS instead of #GP when they are relative to the stack.
  private func faultOfOperand(_ record: RecordReference, _ fault: Fault) -> Fault {
    record.fields.isStackSegment && fault.vector == .generalProtection ? .stack : fault
  }
}
