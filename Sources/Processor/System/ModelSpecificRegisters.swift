import X86

/// What became of a write to a model-specific register.
enum RegisterWrite {
  case accepted
  /// The register exists, but not this value: #GP.
  case refused
  /// There is no such register: #GP, noted once.
  case unknown

  init(acceptedIf condition: Bool) { self = condition ? .accepted : .refused }
}

/// RDMSR and WRMSR. Groups of registers are in files of their own.
extension Core {
  func readModelSpecificRegister() throws(Fault) {
    try requireHighestPrivilege()
    let index = UInt32(truncatingIfNeeded: general(GeneralRegister.rcx))
    let point = state.owner.tracePoints.registerRead
    let value: UInt64?
    do throws(Fault) {
      value = try modelSpecificRegister(index)
    } catch {
      traceRegister(point, index, 0, failed: true)
      throw error
    }
    traceRegister(point, index, value ?? 0, failed: value == nil)
    guard let value else {
      state.owner.diagnostics.noteUnknownRegister(index, .read)
      throw .generalProtection
    }
    setGeneral(GeneralRegister.rax, value & 0xFFFF_FFFF)
    setGeneral(GeneralRegister.rdx, value >> 32)
  }

  func writeModelSpecificRegister() throws(Fault) {
    try requireHighestPrivilege()
    let index = UInt32(truncatingIfNeeded: general(GeneralRegister.rcx))
    let value = general(GeneralRegister.rax) & 0xFFFF_FFFF | general(GeneralRegister.rdx) << 32
    let point = state.owner.tracePoints.registerWrite
    let outcome: RegisterWrite
    do throws(Fault) {
      outcome = try setModelSpecificRegister(index, value)
    } catch {
      traceRegister(point, index, value, failed: true)
      throw error
    }
    traceRegister(point, index, value, failed: outcome != .accepted)
    switch outcome {
    case .accepted: break
    case .refused: throw .generalProtection
    case .unknown:
      state.owner.diagnostics.noteUnknownRegister(index, .write)
      throw .generalProtection
    }
  }

  /// The value of a register; `nil` if it does not exist.
  private func modelSpecificRegister(_ index: UInt32) throws(Fault) -> UInt64? {
    if hasVirtualAPICRegister(index) { return try virtualAPICRegister(index) }
    if Self.belongsToLocalAPIC(index) {
      guard let value = localAPICRegister(index) else { throw .generalProtection }
      return value
    }
    if HypervisorRegisters.all.contains(index) {
      let owner = state.owner
      return owner.hypervisor?.readRegister(index, of: owner)
    }
    return systemCallRegister(index) ?? timeRegister(index) ?? memoryTypeRegister(index)
      ?? machineCheckRegister(index) ?? virtualisationRegister(index) ?? vendorRegister(index)
  }

  private func setModelSpecificRegister(_ index: UInt32, _ value: UInt64) throws(Fault) -> RegisterWrite {
    if hasVirtualAPICRegister(index) {
      try setVirtualAPICRegister(index, value)
      return .accepted
    }
    if Self.belongsToLocalAPIC(index) {
      return RegisterWrite(acceptedIf: setLocalAPICRegister(index, value))
    }
    if HypervisorRegisters.all.contains(index) {
      let owner = state.owner
      guard let hypervisor = owner.hypervisor else { return .unknown }
      return RegisterWrite(acceptedIf: hypervisor.writeRegister(index, value: value, of: owner))
    }
    if index == MSR.efer {
      try setEFER(value)
      return .accepted
    }
    let groups = [
      setSystemCallRegister, setTimeRegister, setMemoryTypeRegister, setMachineCheckRegister,
      setVirtualisationRegister, setVendorRegister,
    ]
    for set in groups {
      let outcome = set(index, value)
      if outcome != .unknown { return outcome }
    }
    return .unknown
  }

  // MARK: Local APIC

  private static func belongsToLocalAPIC(_ index: UInt32) -> Bool {
    switch index {
    case MSR.apicBase, MSR.timeStampCounterDeadline, MSR.x2APICFirst...MSR.x2APICLast: true
    default: false
    }
  }

  /// The deadline is compared with this processor's TSC; the local APIC counts the machine's time.
  private func localAPICRegister(_ index: UInt32) -> UInt64? {
    let owner = state.owner
    guard let value = owner.platform.readAPICRegister(index, of: owner) else { return nil }
    return index == MSR.timeStampCounterDeadline && value != 0 ? value &+ state.tscOffset : value
  }

  private func setLocalAPICRegister(_ index: UInt32, _ value: UInt64) -> Bool {
    let owner = state.owner
    let isDeadline = index == MSR.timeStampCounterDeadline && value != 0
    let value = isDeadline ? value &- state.tscOffset : value
    return owner.platform.writeAPICRegister(index, value: value, of: owner)
  }

  // MARK: System calls, bases and EFER

  private func systemCallRegister(_ index: UInt32) -> UInt64? {
    switch index {
    case MSR.efer: state.efer.rawValue
    case MSR.star: state.modelSpecific.star
    case MSR.lstar: state.modelSpecific.lstar
    case MSR.cstar: state.modelSpecific.cstar
    case MSR.syscallFlagMask: state.modelSpecific.sfmask
    case MSR.fsBase: segment(.fs).base
    case MSR.gsBase: segment(.gs).base
    case MSR.kernelGSBase: state.modelSpecific.kernelGSBase
    case MSR.sysenterCS: state.modelSpecific.sysenterCS
    case MSR.sysenterESP: state.modelSpecific.sysenterESP
    case MSR.sysenterEIP: state.modelSpecific.sysenterEIP
    default: nil
    }
  }

  private func setSystemCallRegister(_ index: UInt32, _ value: UInt64) -> RegisterWrite {
    switch index {
    case MSR.lstar, MSR.cstar, MSR.fsBase, MSR.gsBase, MSR.kernelGSBase, MSR.sysenterESP, MSR.sysenterEIP:
      guard Self.isCanonical(value) else { return .refused }
    default: break
    }
    switch index {
    case MSR.star: state.modelSpecific.star = value
    case MSR.lstar: state.modelSpecific.lstar = value
    case MSR.cstar: state.modelSpecific.cstar = value
    case MSR.syscallFlagMask: state.modelSpecific.sfmask = value & 0xFFFF_FFFF
    case MSR.fsBase: setSegmentBase(.fs, value)
    case MSR.gsBase: setSegmentBase(.gs, value)
    case MSR.kernelGSBase: state.modelSpecific.kernelGSBase = value
    case MSR.sysenterCS: state.modelSpecific.sysenterCS = value & 0xFFFF
    case MSR.sysenterESP: state.modelSpecific.sysenterESP = value
    case MSR.sysenterEIP: state.modelSpecific.sysenterEIP = value
    default: return .unknown
    }
    return .accepted
  }

  // MARK: Time

  private func timeRegister(_ index: UInt32) -> UInt64? {
    switch index {
    case MSR.timeStampCounter: timeStampCounter
    case MSR.timeStampCounterAdjust where state.owner.model.has(.tscAdjust): state.modelSpecific.tscAdjust
    case MSR.timeStampCounterAuxiliary where state.owner.model.has(.rdtscp): state.modelSpecific.tscAux
    default: nil
    }
  }

  /// A guest that may write the TSC writes the host's (APM volume 2, 15.30.5). A write to either of TSC and TSC_ADJUST moves both by the same amount (SDM volume 3, 18.17.3).
  private func setTimeRegister(_ index: UInt32, _ value: UInt64) -> RegisterWrite {
    switch index {
    case MSR.timeStampCounter: moveTimeStampCounter(by: value &- hostTimeStampCounter)
    case MSR.timeStampCounterAdjust where state.owner.model.has(.tscAdjust):
      moveTimeStampCounter(by: value &- state.modelSpecific.tscAdjust)
    case MSR.timeStampCounterAuxiliary where state.owner.model.has(.rdtscp):
      state.modelSpecific.tscAux = value & 0xFFFF_FFFF
    default: return .unknown
    }
    return .accepted
  }

  private func moveTimeStampCounter(by difference: UInt64) {
    state.tscOffset &+= difference
    state.modelSpecific.tscAdjust &+= difference
  }
}
