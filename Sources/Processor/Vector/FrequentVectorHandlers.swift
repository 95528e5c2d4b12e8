import HostFloatingPoint
import X86

// Handlers of the frequent forms: XMM registers, and memory whose address a record can say. Each does what there is
// to do when nothing is in the way. Otherwise it leaves the instruction, of which nothing has happened yet, to the
// handler that interprets it and that knows every condition.

extension Core {
  /// Whether ``requireSSE()`` would not throw.
  @inline(__always)
  fileprivate var hasSSE: Bool {
    state.cr0.isDisjoint(with: [.emulation, .taskSwitched]) && state.cr4.contains(.osfxsr)
  }

  /// Whether, in 64-bit mode, VEX-encoded vector instructions are available.
  @inline(__always)
  var hasAVX: Bool {
    !state.cr0.contains(.taskSwitched) && state.cr4.contains(.osxsave)
      && state.xcr0.isSuperset(of: [.sse, .avx])
  }

  /// Whether a record's instruction is available.
  @inline(__always)
  fileprivate func hasVectors(_ record: RecordReference) -> Bool {
    record.fields.traits.contains(.vex) ? hasAVX : hasSSE
  }

  /// Where a source of 4 to 32 bytes can be read directly: not if there is no TLB entry, or if it has to be
  /// aligned and is not.
  @inline(__always)
  func directSource(
    _ record: RecordReference, size: Int, _ alignment: VectorAlignment
  ) -> UnsafeMutableRawPointer? {
    let address = FullAddress.address(self, record)
    guard hasVectors(record), isAligned(address, size: size, alignment), canRead(address, size: size) else {
      return nil
    }
    return host(address)
  }

  /// Where a destination can be written directly.
  @inline(__always)
  func directDestination(
    _ record: RecordReference, size: Int, _ alignment: VectorAlignment
  ) -> UnsafeMutableRawPointer? {
    let address = FullAddress.address(self, record)
    guard hasVectors(record), isAligned(address, size: size, alignment), canWrite(address, size: size) else {
      return nil
    }
    return host(address)
  }

  @inline(__always)
  private func isAligned(_ address: UInt64, size: Int, _ alignment: VectorAlignment) -> Bool {
    size < 16 || alignment == .arbitrary || address & UInt64(size - 1) == 0
  }
}

/// Interprets an instruction that a frequent form could not complete.
@inline(never)
func interpretRareCase(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let record = RecordReference(rawRecord)
  guard let handler = vectorHandler(for: record.instruction.pointee) else {
    return Core(rawCore).leave(record, fault: .invalidOpcode)
  }
  return handler(rawCore, rawRecord)
}

extension Lane {
  /// Loads 4, 8 or 16 bytes; the others are zero.
  @inline(__always)
  init(at address: UnsafeRawPointer, size: Int) {
    switch size {
    case 4: self.init(UInt64(address.loadUnaligned(as: UInt32.self)))
    case 8: self.init(address.loadUnaligned(as: UInt64.self))
    default: self.init(at: address)
    }
  }
}

// MARK: Moves

/// MOVAPS and its kin, register to register.
@inline(__always)
func moveLane(_ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasSSE else { return interpretRareCase(rawCore, rawRecord) }
  core.xmm(record.fields.source).store(at: core.vectorRegister(record.fields.destination))
  return proceed(core, to: record.following)
}

/// A load of 4, 8 or 16 bytes that clears the rest of the register.
@inline(__always)
func loadLane(
  size: Int, _ alignment: VectorAlignment,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard let source = core.directSource(record, size: size, alignment) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  Lane(at: source, size: size).store(at: core.vectorRegister(record.fields.destination))
  return proceed(core, to: record.following)
}

/// A store of the lowest 4, 8 or 16 bytes.
@inline(__always)
func storeLane(
  size: Int, _ alignment: VectorAlignment,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard let destination = core.directDestination(record, size: size, alignment) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  let value = core.xmm(record.fields.source)
  switch size {
  case 4: destination.storeBytes(of: UInt32(truncatingIfNeeded: value.low), as: UInt32.self)
  case 8: destination.storeBytes(of: value.low, as: UInt64.self)
  default: value.store(at: destination)
  }
  return proceed(core, to: record.following)
}

/// MOVD and MOVQ from a general register.
@inline(__always)
func moveFromGeneral<Value: FixedWidthInteger>(
  _ type: Value.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasSSE else { return interpretRareCase(rawCore, rawRecord) }
  let value: Value = core.register(record.fields.source)
  Lane(UInt64(truncatingIfNeeded: value)).store(at: core.vectorRegister(record.fields.destination))
  return proceed(core, to: record.following)
}

/// MOVD and MOVQ to a general register.
@inline(__always)
func moveToGeneral<Value: FixedWidthInteger>(
  _ type: Value.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasVectors(record) else { return interpretRareCase(rawCore, rawRecord) }
  core.setRegister(record.fields.destination, Value(truncatingIfNeeded: core.xmm(record.fields.source).low))
  return proceed(core, to: record.following)
}

/// PMOVMSKB.
@inline(__always)
func moveByteSigns(_ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasVectors(record) else { return interpretRareCase(rawCore, rawRecord) }
  core.setRegister(record.fields.destination, core.xmm(record.fields.source).signs(elementSize: 1))
  return proceed(core, to: record.following)
}

// MARK: Computations on integers

/// With a source in a register.
@inline(__always)
func computeLane<Computation: LaneOperation>(
  _ computation: Computation.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasSSE else { return interpretRareCase(rawCore, rawRecord) }
  let destination = core.vectorRegister(record.fields.destination)
  Computation.compute(Lane(at: destination), core.xmm(record.fields.source), UInt64(record.fields.parameter))
    .store(at: destination)
  return proceed(core, to: record.following)
}

/// With a source in memory.
@inline(__always)
func computeLaneWithMemory<Computation: LaneOperation>(
  _ computation: Computation.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard let source = core.directSource(record, size: Computation.memorySize, .ordinary) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  let destination = core.vectorRegister(record.fields.destination)
  let second = Lane(at: source, size: Computation.memorySize)
  Computation.compute(Lane(at: destination), second, UInt64(record.fields.parameter)).store(at: destination)
  return proceed(core, to: record.following)
}

// MARK: Computations on floating-point numbers, while all exceptions are masked
//
// They do not jump to the next handler but return: they are alike but for the host's function, so the compiler makes
// one function of them, which each would call without being able to end in a jump.

/// With a source in a register.
@inline(__always)
func computeNumbers(
  _ function: HostVectorFunction, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let mxcsr = core.mxcsr
  guard core.hasSSE, mxcsr.isSuperset(of: .allMasks) else { return interpretRareCase(rawCore, rawRecord) }
  let destination = core.vectorRegister(record.fields.destination)
  let source = core.vectorRegister(record.fields.source)
  core.state.mxcsr |= function(mxcsr.computing.rawValue, destination, destination, source)
  return record.following.continuation
}

/// With a source in memory: one number of 4 or 8 bytes, or a vector.
@inline(__always)
func computeNumbersWithMemory(
  _ function: HostVectorFunction, size: Int,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let mxcsr = core.mxcsr
  guard mxcsr.isSuperset(of: .allMasks), let source = core.directSource(record, size: size, .ordinary) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  let destination = core.vectorRegister(record.fields.destination)
  var operand = Lane(at: source, size: size)
  core.state.mxcsr |= function(mxcsr.computing.rawValue, destination, destination, &operand)
  return record.following.continuation
}

/// UCOMISD and its kin, with a source in a register.
@inline(__always)
func compareNumbers(
  _ function: HostCompareFunction, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let mxcsr = core.mxcsr
  guard core.hasVectors(record), mxcsr.isSuperset(of: .allMasks) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  var flags: UInt64 = 0
  core.state.mxcsr |= function(
    mxcsr.computing.rawValue, &flags, core.vectorRegister(record.fields.destination),
    core.vectorRegister(record.fields.source))
  core.state.lazyFlags.statusBits = RFLAGS(rawValue: flags)
  return record.following.continuation
}

/// UCOMISD and its kin, with a source in memory.
@inline(__always)
func compareNumbersWithMemory(
  _ function: HostCompareFunction, size: Int,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let mxcsr = core.mxcsr
  guard mxcsr.isSuperset(of: .allMasks), let source = core.directSource(record, size: size, .ordinary) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  var flags: UInt64 = 0
  var operand = Lane(at: source, size: size)
  core.state.mxcsr |= function(
    mxcsr.computing.rawValue, &flags, core.vectorRegister(record.fields.destination), &operand)
  core.state.lazyFlags.statusBits = RFLAGS(rawValue: flags)
  return record.following.continuation
}

/// CVTSI2SD and its kin, from a general register.
@inline(__always)
func convertFromGeneral(
  _ function: HostFromIntegerFunction,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let mxcsr = core.mxcsr
  guard core.hasSSE, mxcsr.isSuperset(of: .allMasks) else { return interpretRareCase(rawCore, rawRecord) }
  let destination = core.vectorRegister(record.fields.destination)
  core.state.mxcsr |= function(
    mxcsr.computing.rawValue, destination, destination, core.register(record.fields.source))
  return record.following.continuation
}

/// CVTTSD2SI and its kin, from a vector register. Narrow results are extended with zeros.
@inline(__always)
func convertToGeneral(
  _ function: HostToIntegerFunction,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let mxcsr = core.mxcsr
  guard core.hasVectors(record), mxcsr.isSuperset(of: .allMasks) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  var integer: UInt64 = 0
  core.state.mxcsr |= function(
    mxcsr.computing.rawValue, &integer, core.vectorRegister(record.fields.source))
  core.setRegister(record.fields.destination, integer)
  return record.following.continuation
}
