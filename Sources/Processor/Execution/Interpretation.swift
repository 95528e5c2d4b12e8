import X86

/// The way of an instruction that has no records of its own making: its handler finds the whole
/// ``Instruction`` and a function of ``Core`` interprets the operands.
///
/// The function either completes the instruction or throws, with nothing changed that a restart would see.
typealias Interpretation = (Core, UnsafePointer<Instruction>) throws(Fault) -> Void

/// A handler for an instruction that leaves the instruction pointer alone.
@inline(__always)
func interpret(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ body: Interpretation
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.beginInterpretation(record)
  do throws(Fault) {
    try body(core, record.instruction)
  } catch {
    return core.leave(record, fault: error)
  }
  return core.resume(after: record)
}

/// A handler for an instruction that may change the instruction pointer, the mode, privileges or translations,
/// or let an interrupt in. It is the last of its block; ``CoreState/rip`` points after it when it begins.
@inline(__always)
func interpretLast(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ body: Interpretation
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.beginInterpretation(record)
  core.state.rip = core.state.nextInstruction
  do throws(Fault) {
    try body(core, record.instruction)
  } catch {
    return core.leave(record, fault: error)
  }
  core.returnUncounted()
  return leaveBlock
}

extension Core {
  /// Makes what slow paths need true: the clock and the address of the next instruction.
  @inline(__always)
  func beginInterpretation(_ record: RecordReference) {
    state.uncounted = Int64(record.fields.remaining)
    state.nextInstruction = instructionPointer(at: nextAddress(record))
  }

  /// Leaves the block with a fault; the instruction will be the next one again. It counts as retired, so that
  /// no run of faults is endless.
  @inline(never)
  func leave(_ record: RecordReference, fault: Fault) -> Continuation {
    state.rip = instructionPointer(at: address(of: record))
    state.pendingFault = fault
    state.uncounted = Int64(record.fields.remaining)
    returnUncounted()
    return leaveBlock
  }

  /// Goes on after a record that took a slow path, which may have changed the world.
  @inline(__always)
  func resume(after record: RecordReference) -> Continuation {
    if state.mustLeaveBlock, !record.fields.traits.contains(.continuesInstruction) {
      return leave(after: record)
    }
    state.uncounted = 0
    return record.following.continuation
  }

  /// Leaves the block after an instruction.
  @inline(never)
  func leave(after record: RecordReference) -> Continuation {
    state.rip = instructionPointer(at: nextAddress(record))
    state.uncounted = Int64(record.fields.remaining)
    returnUncounted()
    return leaveBlock
  }

  /// Gives back what the block took for instructions that it did not execute.
  func returnUncounted() {
    state.budget &+= state.uncounted
    state.uncounted = 0
  }
}
