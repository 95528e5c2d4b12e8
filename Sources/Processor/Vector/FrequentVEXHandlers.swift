import HostFloatingPoint
import X86

// Handlers of the frequent VEX-encoded forms. In a record of theirs `source` is the number of the first source
// register and, where both sources are registers, `base` that of the second; the trait tells the vector length.

extension RecordReference {
  @inline(__always)
  fileprivate var isWide: Bool { fields.traits.contains(.ymm) }
}

extension Core {
  /// Writes a vector register; without an upper lane it becomes zero.
  @inline(__always)
  fileprivate func setLanes(_ number: UInt8, _ lower: Lane, _ upper: Lane = Lane()) {
    let destination = vectorRegister(number)
    lower.store(at: destination)
    upper.store(at: destination + 16)
  }
}

// MARK: Moves

/// VMOVAPS and its kin, register to register.
@inline(__always)
func moveLanes(_ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasAVX else { return interpretRareCase(rawCore, rawRecord) }
  let source = core.vectorRegister(record.fields.source)
  core.setLanes(record.fields.destination, Lane(at: source), record.isWide ? Lane(at: source + 16) : Lane())
  return proceed(core, to: record.following)
}

/// A load of 4, 8 or 16 bytes that clears the rest of the register.
@inline(__always)
func loadExtended(
  size: Int, _ alignment: VectorAlignment,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard let source = core.directSource(record, size: size, alignment) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  core.setLanes(record.fields.destination, Lane(at: source, size: size))
  return proceed(core, to: record.following)
}

/// A load of 32 bytes.
@inline(__always)
func loadLanes(
  _ alignment: VectorAlignment, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard let source = core.directSource(record, size: 32, alignment) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  core.setLanes(record.fields.destination, Lane(at: source), Lane(at: source + 16))
  return proceed(core, to: record.following)
}

/// A store of 32 bytes.
@inline(__always)
func storeLanes(
  _ alignment: VectorAlignment, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard let destination = core.directDestination(record, size: 32, alignment) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  let source = core.vectorRegister(record.fields.source)
  Lane(at: source).store(at: destination)
  Lane(at: source + 16).store(at: destination + 16)
  return proceed(core, to: record.following)
}

/// VMOVD and VMOVQ from a general register.
@inline(__always)
func moveExtended<Value: FixedWidthInteger>(
  _ type: Value.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasAVX else { return interpretRareCase(rawCore, rawRecord) }
  let value: Value = core.register(record.fields.source)
  core.setLanes(record.fields.destination, Lane(UInt64(truncatingIfNeeded: value)))
  return proceed(core, to: record.following)
}

/// VPMOVMSKB of 32 bytes.
@inline(__always)
func moveAllByteSigns(_ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer)
  -> Continuation
{
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasAVX else { return interpretRareCase(rawCore, rawRecord) }
  let source = core.vectorRegister(record.fields.source)
  let upper = Lane(at: source + 16).signs(elementSize: 1)
  core.setRegister(record.fields.destination, Lane(at: source).signs(elementSize: 1) | upper << 16)
  return proceed(core, to: record.following)
}

/// VZEROUPPER in 64-bit mode.
@inline(__always)
func clearUpperLanes(_ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer) -> Continuation
{
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasAVX else { return interpretRareCase(rawCore, rawRecord) }
  for number in 0..<16 as Range<UInt8> { Lane().store(at: core.vectorRegister(number) + 16) }
  return proceed(core, to: record.following)
}

// MARK: Computations on integers

/// With both sources in registers.
@inline(__always)
func computeLanes<Computation: LaneOperation>(
  _ computation: Computation.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasAVX else { return interpretRareCase(rawCore, rawRecord) }
  let first = core.vectorRegister(record.fields.source)
  let second = core.vectorRegister(record.fields.base)
  let control = UInt64(record.fields.parameter)
  let lower = Computation.compute(Lane(at: first), Lane(at: second), control)
  let upper =
    record.isWide ? Computation.compute(Lane(at: first + 16), Lane(at: second + 16), control) : Lane()
  core.setLanes(record.fields.destination, lower, upper)
  return proceed(core, to: record.following)
}

/// With the second source in memory.
@inline(__always)
func computeLanesWithMemory<Computation: LaneOperation>(
  _ computation: Computation.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let size = record.isWide ? 32 : Computation.memorySize
  guard let source = core.directSource(record, size: size, .arbitrary) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  let first = core.vectorRegister(record.fields.source)
  let control = UInt64(record.fields.parameter)
  let lower = Computation.compute(Lane(at: first), Lane(at: source, size: Computation.memorySize), control)
  let upper =
    record.isWide ? Computation.compute(Lane(at: first + 16), Lane(at: source + 16), control) : Lane()
  core.setLanes(record.fields.destination, lower, upper)
  return proceed(core, to: record.following)
}

// MARK: Computations on floating-point numbers, while all exceptions are masked
//
// They return instead of jumping for the same reason as those without VEX.

/// With both sources in registers.
@inline(__always)
func computeVectors(
  _ function: HostVectorFunction, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.hasAVX, core.mxcsr.isSuperset(of: .allMasks) else {
    return interpretRareCase(rawCore, rawRecord)
  }
  core.compute(function, record, core.vectorRegister(record.fields.base))
  return record.following.continuation
}

/// With the second source in memory: one number of 4 or 8 bytes, or a vector.
@inline(__always)
func computeVectorsWithMemory(
  _ function: HostVectorFunction, size: Int,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.mxcsr.isSuperset(of: .allMasks),
    let source = core.directSource(record, size: record.isWide ? 32 : size, .arbitrary)
  else { return interpretRareCase(rawCore, rawRecord) }
  var operand = LanePair(Lane(at: source, size: size), record.isWide ? Lane(at: source + 16) : Lane())
  core.compute(function, record, &operand)
  return record.following.continuation
}

extension Core {
  @inline(__always)
  fileprivate func compute(
    _ function: HostVectorFunction, _ record: RecordReference, _ second: UnsafeRawPointer
  ) {
    let destination = vectorRegister(record.fields.destination)
    let first = vectorRegister(record.fields.source)
    let control = mxcsr.computing.rawValue
    state.mxcsr |= function(control, destination, first, second)
    if record.isWide {
      state.mxcsr |= function(control, destination + 16, first + 16, second + 16)
    } else {
      Lane().store(at: destination + 16)
    }
  }
}
