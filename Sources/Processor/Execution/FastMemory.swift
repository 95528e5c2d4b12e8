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
  associatedtype Value: UnsignedWord
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value)
}

/// An instruction that writes memory.
protocol StoreOperation {
  associatedtype Value: UnsignedWord
  static func value(_ core: Core, _ record: RecordReference) -> Value
}

/// An instruction that reads memory and writes the same place.
protocol ModifyOperation {
  associatedtype Value: UnsignedWord
  /// Returns the new value; the registers and flags that the instruction also changes are set.
  static func execute(_ core: Core, _ record: RecordReference, _ value: Value) -> Value
}

extension Core {
  /// Whether `size` bytes can be read directly: a TLB entry says so and they lie in one page.
  ///
  /// The tag is compared with the page of the last byte: if that is not the first byte's page, the entry,
  /// which was chosen by the first, cannot match.
  @inline(__always)
  func canRead(_ address: UInt64, size: Int) -> Bool {
    entry(of: address).pointee.readTag == tag(of: address, size: size)
  }

  /// Whether `size` bytes can be written, likewise.
  @inline(__always)
  func canWrite(_ address: UInt64, size: Int) -> Bool {
    entry(of: address).pointee.writeTag == tag(of: address, size: size)
  }

  /// The host's address for a linear one whose TLB entry was found to match.
  @inline(__always)
  func host(_ address: UInt64) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(address &+ entry(of: address).pointee.addend)).unsafelyUnwrapped
  }

  /// Where `size` bytes can be read directly, for code that does not end in a jump.
  @inline(__always)
  func fastReadable(_ address: UInt64, size: Int) -> UnsafeMutableRawPointer? {
    canRead(address, size: size) ? host(address) : nil
  }

  /// Where `size` bytes can be written directly, likewise.
  @inline(__always)
  func fastWritable(_ address: UInt64, size: Int) -> UnsafeMutableRawPointer? {
    canWrite(address, size: size) ? host(address) : nil
  }

  @inline(__always)
  private func entry(of address: UInt64) -> UnsafeMutablePointer<DataTLBEntry> {
    state.dataTLB + Int(truncatingIfNeeded: address >> 12) & (DataTLBEntry.count - 1)
  }

  @inline(__always)
  private func tag(of address: UInt64, size: Int) -> UInt64 {
    (address &+ UInt64(size - 1)) & ~0xFFF | state.dataContext
  }
}

// MARK: Handlers by what they do with memory

@inline(__always)
func load<Operation: LoadOperation, Form: AddressForm>(
  _ operation: Operation.Type, _ form: Form.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let address = Form.address(core, record)
  guard core.canRead(address, size: MemoryLayout<Operation.Value>.size) else {
    return slowLoad(operation, core, record, address)
  }
  Operation.execute(core, record, core.host(address).loadUnaligned(as: Operation.Value.self))
  return proceed(core, to: record.following)
}

@inline(never)
func slowLoad<Operation: LoadOperation>(
  _ operation: Operation.Type, _ core: Core, _ record: RecordReference, _ address: UInt64
) -> Continuation {
  guard let source = core.slowReadable(record, address, size: MemoryLayout<Operation.Value>.size) else {
    return leaveBlock
  }
  Operation.execute(core, record, source.loadUnaligned(as: Operation.Value.self))
  return core.resume(after: record)
}

@inline(__always)
func store<Operation: StoreOperation, Form: AddressForm>(
  _ operation: Operation.Type, _ form: Form.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let address = Form.address(core, record)
  guard core.canWrite(address, size: MemoryLayout<Operation.Value>.size) else {
    return slowStore(operation, core, record, address)
  }
  core.host(address).storeBytes(of: Operation.value(core, record), as: Operation.Value.self)
  return proceed(core, to: record.following)
}

@inline(never)
func slowStore<Operation: StoreOperation>(
  _ operation: Operation.Type, _ core: Core, _ record: RecordReference, _ address: UInt64
) -> Continuation {
  core.scratchBytes.storeBytes(of: Operation.value(core, record), as: Operation.Value.self)
  guard core.slowWriteScratch(record, address, size: MemoryLayout<Operation.Value>.size) else {
    return leaveBlock
  }
  return core.resume(after: record)
}

@inline(__always)
func modify<Operation: ModifyOperation, Form: AddressForm>(
  _ operation: Operation.Type, _ form: Form.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let address = Form.address(core, record)
  guard core.canWrite(address, size: MemoryLayout<Operation.Value>.size) else {
    return slowModify(operation, core, record, address)
  }
  let old = core.host(address).loadUnaligned(as: Operation.Value.self)
  core.host(address).storeBytes(of: Operation.execute(core, record, old), as: Operation.Value.self)
  return proceed(core, to: record.following)
}

@inline(never)
func slowModify<Operation: ModifyOperation>(
  _ operation: Operation.Type, _ core: Core, _ record: RecordReference, _ address: UInt64
) -> Continuation {
  let size = MemoryLayout<Operation.Value>.size
  guard core.slowCheckWritable(record, address, size: size),
    let source = core.slowReadable(record, address, size: size)
  else { return leaveBlock }
  let new = Operation.execute(core, record, source.loadUnaligned(as: Operation.Value.self))
  core.scratchBytes.storeBytes(of: new, as: Operation.Value.self)
  guard core.slowWriteScratch(record, address, size: size) else { return leaveBlock }
  return core.resume(after: record)
}

extension Core {
  /// Makes what devices may ask for true: the clock, and the address of the next instruction.
  private func beginSlowAccess(_ record: RecordReference) {
    state.uncounted = Int64(record.fields.remaining)
    state.nextInstruction = instructionPointer(at: nextAddress(record))
  }

  /// Reads for a record what the TLB could not give; on a fault the block is left.
  func slowReadable(_ record: RecordReference, _ address: UInt64, size: Int) -> UnsafeMutableRawPointer? {
    beginSlowAccess(record)
    do throws(Fault) {
      return try readable(address, size: size, operandPrivilege)
    } catch {
      _ = leave(record, fault: faultOfOperand(record, error))
      return nil
    }
  }

  /// Writes what the scratch area holds; `false` if the block is left with a fault.
  func slowWriteScratch(_ record: RecordReference, _ address: UInt64, size: Int) -> Bool {
    beginSlowAccess(record)
    do throws(Fault) {
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
    record.fields.traits.contains(.stackSegment) && fault.exception?.vector == .generalProtection
      ? .stack : fault
  }
}
