import Interfaces
import X86

/// A look at an instruction of a guest before it is executed: whether its hypervisor wants to execute it instead.
///
/// Blocks of a guest's code have such records before the instructions that can be intercepted; other code has none.
struct InterceptCheck {
  let handler: Handler
  /// The exit code, for checks of several instructions.
  var parameter: UInt8 = 0

  init(_ handler: @escaping Handler) { self.handler = handler }

  init(_ code: SVM.ExitCode, _ handler: @escaping Handler) {
    self.handler = handler
    parameter = UInt8(truncatingIfNeeded: code.rawValue)
  }
}

extension BlockBuilder {
  /// Adds a check before the instruction that is being lowered.
  func appendInterception(_ check: InterceptCheck) {
    appendInterpretation(check.handler)
    lastRecord?.pointee.parameter = check.parameter
  }

  /// The check for an instruction; `nil` for those that cannot be intercepted.
  func interceptCheck(for instruction: Instruction) -> InterceptCheck? {
    if let code = Self.unconditionalIntercept(instruction.operation) {
      return InterceptCheck(code, { checkAlways($0, $1) })
    }
    if let code = Self.privilegedIntercept(instruction.operation) {
      return InterceptCheck(code, { checkInHighestPrivilege($0, $1) })
    }
    if let code = Self.virtualisationIntercept(instruction.operation) {
      return InterceptCheck(code, { checkVirtualisation($0, $1) })
    }
    switch instruction.operation {
    case .sidt: return InterceptCheck(.storeInterruptTable, { checkDescriptorStore($0, $1) })
    case .sgdt: return InterceptCheck(.storeGlobalTable, { checkDescriptorStore($0, $1) })
    case .sldt: return InterceptCheck(.storeLocalTable, { checkSelectorStore($0, $1) })
    case .str: return InterceptCheck(.storeTaskRegister, { checkSelectorStore($0, $1) })
    case .lldt: return InterceptCheck(.loadLocalTable, { checkSelectorLoad($0, $1) })
    case .ltr: return InterceptCheck(.loadTaskRegister, { checkSelectorLoad($0, $1) })
    case .rdtsc: return InterceptCheck(.readTimeStampCounter, { checkTimeStampCounter($0, $1) })
    case .rdtscp: return InterceptCheck(.readTimeStampCounterAndProcessor, { checkTimeStampCounter($0, $1) })
    case .rdpmc: return InterceptCheck({ checkPerformanceCounter($0, $1) })
    case .movControl: return InterceptCheck({ checkControlRegister($0, $1) })
    case .smsw: return InterceptCheck({ checkStatusStore($0, $1) })
    case .lmsw, .clts: return InterceptCheck({ checkStatusLoad($0, $1) })
    case .movDebug: return InterceptCheck({ checkDebugRegister($0, $1) })
    case .int: return InterceptCheck({ checkSoftwareInterrupt($0, $1) })
    case .invlpg: return InterceptCheck({ checkPageInvalidation($0, $1) })
    case .invpcid: return InterceptCheck({ checkContextInvalidation($0, $1) })
    case .rdmsr: return InterceptCheck({ checkRegisterRead($0, $1) })
    case .wrmsr: return InterceptCheck({ checkRegisterWrite($0, $1) })
    case .in, .out, .ins, .outs: return InterceptCheck({ checkPort($0, $1) })
    default: return nil
    }
  }

  /// Instructions whose intercept comes before all of their exceptions, or that have none.
  private static func unconditionalIntercept(_ operation: Operation) -> SVM.ExitCode? {
    switch operation {
    case .cpuid: .identification
    case .pushf: .pushFlags
    case .popf: .popFlags
    case .iret: .interruptReturn
    case .rsm: .resume
    case .pause: .pause
    case .vmmcall: .call
    case .xsetbv: .setExtendedControl
    case .int1: .debugInterrupt
    default: nil
    }
  }

  /// Instructions that only ring 0 can execute.
  private static func privilegedIntercept(_ operation: Operation) -> SVM.ExitCode? {
    switch operation {
    case .lidt: .loadInterruptTable
    case .lgdt: .loadGlobalTable
    case .hlt: .halt
    case .invd: .invalidateCaches
    case .wbinvd, .wbnoinvd: .writeBackCaches
    case .monitor: .monitor
    case .mwait: .wait
    default: nil
    }
  }

  /// Instructions of the extension itself.
  private static func virtualisationIntercept(_ operation: Operation) -> SVM.ExitCode? {
    switch operation {
    case .vmrun: .run
    case .vmload: .load
    case .vmsave: .save
    case .stgi: .setGlobalInterruptFlag
    case .clgi: .clearGlobalInterruptFlag
    case .invlpga: .invalidatePageOfSpace
    default: nil
    }
  }
}

// MARK: Checks

/// What a check has to find out: the exit, if the guest is to be left instead of executing the instruction.
///
/// It throws what the instruction raises before its intercept is looked at.
typealias InterceptDecision = (Core, RecordReference) throws(Fault) -> GuestExit?

/// A handler of a check. The instruction's own records follow it.
@inline(__always)
func checkIntercept(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ decide: InterceptDecision
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  core.beginInterpretation(record)
  do throws(Fault) {
    if var exit = try decide(core, record) {
      exit.nextInstruction = core.state.nextInstruction
      return core.leave(record, fault: core.willLeaveGuest(exit))
    }
  } catch {
    return core.leave(record, fault: error)
  }
  core.state.uncounted = 0
  return record.following.continuation
}

extension Core {
  /// The exit for the code that a check's record names, if it is intercepted.
  @inline(__always)
  fileprivate func exit(_ record: RecordReference) -> GuestExit? {
    exit(SVM.ExitCode(rawValue: UInt64(record.fields.parameter)))
  }

  fileprivate func exit(_ code: SVM.ExitCode, _ information: UInt64 = 0) -> GuestExit? {
    intercepts(code) ? GuestExit(code, information) : nil
  }

  fileprivate var isInHighestPrivilege: Bool { state.privilegeLevel == 0 }

  /// UMIP keeps programs from learning where tables are.
  fileprivate var mayStoreTables: Bool { isInHighestPrivilege || !state.cr4.contains(.umip) }
}

private func checkAlways(_ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer) -> Continuation {
  checkIntercept(core, record) { $0.exit($1) }
}

private func checkInHighestPrivilege(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { $0.isInHighestPrivilege ? $0.exit($1) : nil }
}

private func checkVirtualisation(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, record throws(Fault) in
    _ = try core.requireVirtualisation()
    return core.exit(record)
  }
}

private func checkDescriptorStore(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { $0.mayStoreTables ? $0.exit($1) : nil }
}

private func checkSelectorStore(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { $0.usesDescriptors && $0.mayStoreTables ? $0.exit($1) : nil }
}

private func checkSelectorLoad(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { $0.usesDescriptors && $0.isInHighestPrivilege ? $0.exit($1) : nil }
}

private func checkTimeStampCounter(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) {
    $0.isInHighestPrivilege || !$0.state.cr4.contains(.tsd) ? $0.exit($1) : nil
  }
}

private func checkPerformanceCounter(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, _ in
    core.isInHighestPrivilege || core.state.cr4.contains(.pce) ? core.exit(.readPerformanceCounter) : nil
  }
}

private func checkSoftwareInterrupt(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, record in
    core.exit(.softwareInterrupt, record.instruction.pointee.immediate & 0xFF)
  }
}

private func checkPageInvalidation(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, record in
    guard core.isInHighestPrivilege, core.intercepts(.invalidatePage) else { return nil }
    return GuestExit(.invalidatePage, core.pageToInvalidate(record.instruction))
  }
}

private func checkContextInvalidation(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, record throws(Fault) in
    guard core.isInHighestPrivilege, core.intercepts(.invalidateContext) else { return nil }
    let instruction = record.instruction
    let descriptor = core.segment(instruction.pointee.memory.segment)
    let base = core.is64Bit ? 0 : descriptor.base
    let kind = try core.value(instruction.pointee.operands.0, of: instruction)
    return GuestExit(.invalidateContext, base &+ core.effectiveAddress(instruction), kind)
  }
}

// MARK: Control and debug registers

private func checkControlRegister(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { $0.controlRegisterExit($1.instruction) }
}

private func checkStatusStore(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, _ in
    core.mayStoreTables ? core.exit(.controlRegisterRead(0)) : nil
  }
}

private func checkStatusLoad(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { core, record in
    guard core.isInHighestPrivilege else { return nil }
    if let exit = core.exit(.controlRegisterWrite(0)) { return exit }
    return record.instruction.pointee.operation == .lmsw ? core.exit(.controlRegister0Selective) : nil
  }
}

private func checkDebugRegister(
  _ core: UnsafeMutableRawPointer, _ record: UnsafeMutableRawPointer
) -> Continuation {
  checkIntercept(core, record) { $0.debugRegisterExit($1.instruction) }
}

extension Core {
  fileprivate func controlRegisterExit(_ instruction: UnsafePointer<Instruction>) -> GuestExit? {
    let (destination, source, _, _) = instruction.pointee.operands
    let isWrite = destination.kind == .controlRegister
    let number = isWrite ? destination.number : source.number
    let general = isWrite ? source.number : destination.number
    guard isInHighestPrivilege, [0, 2, 3, 4, 8].contains(number) else { return nil }
    let assist = SVM.RegisterMove(controlRegisterMove: general).rawValue
    let code: SVM.ExitCode = isWrite ? .controlRegisterWrite(number) : .controlRegisterRead(number)
    if let exit = exit(code, assist) { return exit }
    guard isWrite, number == 0 else { return nil }
    let unwatched: CR0 = [.taskSwitched, .monitorCoprocessor]
    let width: UInt16 = is64Bit ? 8 : 4
    let changed = (self.general(Int(general)) & Self.mask(width) ^ state.cr0.rawValue) & ~unwatched.rawValue
    // ET cannot change.
    return changed & ~CR0.extensionType.rawValue != 0 ? exit(.controlRegister0Selective, assist) : nil
  }

  fileprivate func debugRegisterExit(_ instruction: UnsafePointer<Instruction>) -> GuestExit? {
    let (destination, source, _, _) = instruction.pointee.operands
    let isWrite = destination.kind == .debugRegister
    let number = isWrite ? destination.number : source.number
    let general = isWrite ? source.number : destination.number
    guard isInHighestPrivilege, number < 8, !(number == 4 || number == 5) || !state.cr4.contains(.de) else {
      return nil
    }
    let code: SVM.ExitCode = isWrite ? .debugRegisterWrite(number) : .debugRegisterRead(number)
    return exit(code, SVM.RegisterMove(debugRegisterMove: general).rawValue)
  }
}
