import X86

/// PUSH of a register or an immediate in 64-bit mode.
@inline(__always)
func push<Source: SourceOperand>(
  _ source: Source.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let stack = core.general(GeneralRegister.rsp) &- 8
  guard core.canWrite(stack, size: 8) else { return slowPush(core, record, Source.value(core, record)) }
  core.host(stack).storeBytes(of: Source.value(core, record) as UInt64, as: UInt64.self)
  core.setGeneral(GeneralRegister.rsp, stack)
  return proceed(core, to: record.following)
}

@inline(never)
private func slowPush(_ core: Core, _ record: RecordReference, _ value: UInt64) -> Continuation {
  core.slowPush(record, value) ? core.resume(after: record) : leaveBlock
}

/// POP of a register in 64-bit mode.
@inline(__always)
func pop(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let stack = core.general(GeneralRegister.rsp)
  guard core.canRead(stack, size: 8) else { return slowPop(core, record) }
  core.setGeneral(GeneralRegister.rsp, stack &+ 8)
  core.setRegister(record.fields.destination, core.host(stack).loadUnaligned(as: UInt64.self))
  return proceed(core, to: record.following)
}

@inline(never)
private func slowPop(_ core: Core, _ record: RecordReference) -> Continuation {
  let stack = core.general(GeneralRegister.rsp)
  guard let source = core.slowReadable(record, stack, size: 8) else { return leaveBlock }
  core.setGeneral(GeneralRegister.rsp, stack &+ 8)
  core.setRegister(record.fields.destination, source.loadUnaligned(as: UInt64.self))
  return core.resume(after: record)
}

/// LEAVE in 64-bit mode.
@inline(__always)
func leaveFrame(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let frame = core.general(GeneralRegister.rbp)
  guard core.canRead(frame, size: 8) else { return slowLeaveFrame(core, record) }
  core.setGeneral(GeneralRegister.rsp, frame &+ 8)
  core.setGeneral(GeneralRegister.rbp, core.host(frame).loadUnaligned(as: UInt64.self))
  return proceed(core, to: record.following)
}

@inline(never)
private func slowLeaveFrame(_ core: Core, _ record: RecordReference) -> Continuation {
  let frame = core.general(GeneralRegister.rbp)
  guard let source = core.slowReadable(record, frame, size: 8) else { return leaveBlock }
  core.setGeneral(GeneralRegister.rsp, frame &+ 8)
  core.setGeneral(GeneralRegister.rbp, source.loadUnaligned(as: UInt64.self))
  return core.resume(after: record)
}
