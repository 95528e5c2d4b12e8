import X86

/// The handler of an instruction of the system: one that deals with segments, privileges, modes, interrupts, ports
/// or what the processor tells about itself. `nil` for all others.
///
/// Each is the last instruction of its block.
func systemHandler(for instruction: Instruction) -> Handler? {
  let operation = instruction.operation
  if operation == .push || operation == .pop {
    return instruction.operands.0.kind == .segmentRegister ? stackHandler(for: operation) : nil
  }
  return segmentHandler(for: operation) ?? transferHandler(for: operation) ?? modeHandler(for: operation)
    ?? informationHandler(for: operation) ?? virtualisationHandler(for: operation)
    ?? undefinedHandler(for: operation)
}

/// Interprets an instruction by a method of ``Core`` that takes it.
@inline(__always)
private func last(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer,
  _ method: (Core) -> (UnsafePointer<Instruction>) throws(Fault) -> Void
) -> Continuation {
  interpretLast(core, record) { core, instruction throws(Fault) in try method(core)(instruction) }
}

/// Interprets an instruction without operands.
@inline(__always)
private func last(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer,
  _ method: (Core) -> () throws(Fault) -> Void
) -> Continuation {
  interpretLast(core, record) { core, _ throws(Fault) in try method(core)() }
}

/// PUSH and POP of a segment register.
private func stackHandler(for operation: Operation) -> Handler {
  operation == .push ? { last($0, $1, Core.pushSegment) } : { last($0, $1, Core.popSegment) }
}

/// Segment registers and descriptors.
private func segmentHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .movSegment: return { last($0, $1, Core.moveSegment) }
  case .lds, .les, .lss, .lfs, .lgs: return { last($0, $1, Core.loadFarPointer) }
  case .lgdt: return { last($0, $1, Core.loadGlobalDescriptorTable) }
  case .lidt: return { last($0, $1, Core.loadInterruptDescriptorTable) }
  case .sgdt: return { last($0, $1, Core.storeGlobalDescriptorTable) }
  case .sidt: return { last($0, $1, Core.storeInterruptDescriptorTable) }
  case .lldt: return { last($0, $1, Core.loadLocalDescriptorTable) }
  case .ltr: return { last($0, $1, Core.loadTaskRegister) }
  case .sldt: return { last($0, $1, Core.storeLocalDescriptorTable) }
  case .str: return { last($0, $1, Core.storeTaskRegister) }
  case .verr: return { last($0, $1, Core.verifyReadable) }
  case .verw: return { last($0, $1, Core.verifyWritable) }
  case .lar: return { last($0, $1, Core.loadAccessRights) }
  case .lsl: return { last($0, $1, Core.loadSegmentLimit) }
  case .arpl: return { last($0, $1, Core.adjustRequestedPrivilege) }
  default: return nil
  }
}

/// Transfers between segments and privilege levels.
private func transferHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .jmpFar: return { last($0, $1, Core.jumpFar) }
  case .callFar: return { last($0, $1, Core.callFar) }
  case .retFar: return { last($0, $1, Core.returnFar) }
  case .iret: return { last($0, $1, Core.interruptReturn) }
  case .int: return { last($0, $1, Core.softwareInterrupt) }
  case .int3: return { last($0, $1, Core.breakpoint) }
  case .int1: return { last($0, $1, Core.debugInterrupt) }
  case .into: return { last($0, $1, Core.overflowInterrupt) }
  case .bound: return { last($0, $1, Core.checkBounds) }
  case .syscall: return { last($0, $1, Core.systemCall) }
  case .sysret: return { last($0, $1, Core.systemReturn) }
  case .sysenter: return { last($0, $1, Core.systemEnter) }
  case .sysexit: return { last($0, $1, Core.systemExit) }
  case .swapgs: return { last($0, $1, Core.swapGSBase) }
  case .rdfsbase, .rdgsbase: return { last($0, $1, Core.readSegmentBase) }
  case .wrfsbase, .wrgsbase: return { last($0, $1, Core.writeSegmentBase) }
  default: return nil
  }
}

/// Control registers, flags and what the processor does.
private func modeHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .movControl: return { last($0, $1, Core.moveControl) }
  case .movDebug: return { last($0, $1, Core.moveDebug) }
  case .smsw: return { last($0, $1, Core.storeMachineStatus) }
  case .lmsw: return { last($0, $1, Core.loadMachineStatus) }
  case .clts: return { last($0, $1, Core.clearTaskSwitched) }
  case .cli: return { last($0, $1, Core.clearInterruptFlag) }
  case .sti: return { last($0, $1, Core.setInterruptFlag) }
  case .pushf: return { last($0, $1, Core.pushFlags) }
  case .popf: return { last($0, $1, Core.popFlags) }
  case .clac: return { last($0, $1, Core.clearAlignmentCheckFlag) }
  case .stac: return { last($0, $1, Core.setAlignmentCheckFlag) }
  case .hlt: return { last($0, $1, Core.halt) }
  case .monitor: return { last($0, $1, Core.armMonitor) }
  case .mwait: return { last($0, $1, Core.waitForMonitor) }
  case .wbinvd, .wbnoinvd, .invd: return { last($0, $1, Core.writeBackCaches) }
  case .clflush, .clflushopt, .clwb: return { last($0, $1, Core.writeBackCacheLine) }
  case .clzero: return { last($0, $1, Core.clearCacheLine) }
  case .invlpg: return { last($0, $1, Core.invalidatePage) }
  case .invpcid: return { last($0, $1, Core.invalidateContext) }
  default: return nil
  }
}

/// What the processor tells, and ports.
private func informationHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .cpuid: return { last($0, $1, Core.identify) }
  case .rdtsc: return { last($0, $1, Core.readTimeStampCounter) }
  case .rdtscp: return { last($0, $1, Core.readTimeStampCounterAndProcessor) }
  case .rdpid: return { last($0, $1, Core.readProcessorIdentity) }
  case .rdpmc: return { last($0, $1, Core.readPerformanceCounter) }
  case .rdmsr: return { last($0, $1, Core.readModelSpecificRegister) }
  case .wrmsr: return { last($0, $1, Core.writeModelSpecificRegister) }
  case .rdrand, .rdseed: return { last($0, $1, Core.readRandom) }
  case .`in`: return { last($0, $1, Core.input) }
  case .out: return { last($0, $1, Core.output) }
  case .ins: return { last($0, $1, Core.inputString) }
  case .outs: return { last($0, $1, Core.outputString) }
  default: return nil
  }
}

/// Guests of a hypervisor.
private func virtualisationHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .vmmcall: return { last($0, $1, Core.callHypervisor) }
  case .vmrun: return { last($0, $1, Core.runGuest) }
  case .vmload: return { last($0, $1, Core.loadGuestState) }
  case .vmsave: return { last($0, $1, Core.saveGuestState) }
  case .stgi: return { last($0, $1, Core.setGlobalInterruptFlag) }
  case .clgi: return { last($0, $1, Core.clearGlobalInterruptFlag) }
  case .invlpga: return { last($0, $1, Core.invalidatePageOfAddressSpace) }
  default: return nil
  }
}

/// Instructions that are undefined in every mode, and those of hypervisors that the processor does not offer.
private func undefinedHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .ud0, .ud1, .ud2, .rsm, .rdpru, .monitorx, .mwaitx, .invlpgb, .tlbsync, .mcommit,
    .vmcall, .vmgexit, .skinit,
    .pvalidate, .psmash, .rmpadjust, .rmpupdate, .rmpquery, .rmpread:
    return { last($0, $1, Core.raiseInvalidOpcode) }
  default: return nil
  }
}
