import X86

/// CLI, STI, PUSHF and POPF as kernels use them: at privilege level 0 in 64-bit mode, where nothing forbids
/// them and no virtual flag stands in. Whatever is special goes to the interpretation.

/// CLI.
func clearInterruptFlag(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  guard core.state.privilegeLevel == 0 else {
    return interpretFlags(rawCore, rawRecord) { core, _ throws(Fault) in try core.clearInterruptFlag() }
  }
  core.state.systemFlags.remove(.interruptEnable)
  return proceed(core, to: RecordReference(rawRecord).following)
}

/// STI. While nothing is pending, nothing can arrive before the next instruction of the block, so its shadow
/// need not be noted, unless a hypervisor could ask for it.
func setInterruptFlag(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard core.state.privilegeLevel == 0, core.state.pendingEvents.isEmpty, record.fields.remaining > 0,
    !core.state.isGuest
  else {
    return interpretFlags(rawCore, rawRecord) { core, _ throws(Fault) in try core.setInterruptFlag() }
  }
  core.state.systemFlags.insert(.interruptEnable)
  return proceed(core, to: record.following)
}

/// PUSHF.
func pushFlags(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let stack = core.general(GeneralRegister.rsp) &- 8
  guard core.canWrite(stack, size: 8) else {
    return interpretFlags(rawCore, rawRecord) { core, i throws(Fault) in try core.pushFlags(i) }
  }
  let flags = core.rflags.subtracting([.resume, .virtual8086])
  core.host(stack).storeBytes(of: flags.rawValue, as: UInt64.self)
  core.setGeneral(GeneralRegister.rsp, stack)
  return proceed(core, to: RecordReference(rawRecord).following)
}

/// POPF. Only IF and DF may change here, besides the status flags.
func popFlags(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let stack = core.general(GeneralRegister.rsp)
  guard core.state.privilegeLevel == 0, core.canRead(stack, size: 8) else {
    return slowPopFlags(core, record)
  }
  let flags = RFLAGS(rawValue: core.host(stack).loadUnaligned(as: UInt64.self))
  let changed = flags.symmetricDifference(core.state.systemFlags).subtracting(LazyFlags.statusMask)
  guard changed.isSubset(of: [.interruptEnable, .direction]) else { return slowPopFlags(core, record) }
  core.setGeneral(GeneralRegister.rsp, stack &+ 8)
  core.state.lazyFlags.statusBits = flags
  core.state.systemFlags.formSymmetricDifference(changed)
  if !core.state.pendingEvents.isEmpty { return core.leave(after: record) }
  return proceed(core, to: record.following)
}

@inline(never)
private func slowPopFlags(_ core: Core, _ record: RecordReference) -> Continuation {
  interpretFlags(core.raw, record.raw) { core, i throws(Fault) in try core.popFlags(i) }
}

@inline(never)
private func interpretFlags(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ body: Interpretation
) -> Continuation {
  interpretLast(rawCore, rawRecord, body)
}
