import X86

/// Registers of AMD's processors that concern speculation, performance, debugging and the model.
///
/// An interpreter does not speculate, so barriers and restrictions are accepted and there is nothing to do.
enum SpeculationControl {
  static let ibrs: UInt64 = 1 << 0
  static let stibp: UInt64 = 1 << 1
  /// PRED_CMD: IBPB.
  static let barrier: UInt64 = 1 << 0
}

/// HWCR (PPR for family 19h model 61h, MSRC001_0015).
enum HardwareConfiguration {
  /// The TSC counts at the frequency of P-state 0; read-only.
  static let timeStampCounterIsInvariant: UInt64 = 1 << 24
  static let writable: UInt64 = 0xFFFF_FFFF & ~timeStampCounterIsInvariant
}

/// DEBUGCTL (APM volume 2, 13.1.1.6).
enum BranchDebugControl {
  /// LBR, BTF, and the pins of external breakpoints.
  static let writable: UInt64 = 0x3F
  /// LBR.
  static let lastBranch: UInt64 = 1 << 0
}

extension Core {
  func vendorRegister(_ index: UInt32) -> UInt64? {
    let model = state.owner.model
    switch index {
    case MSR.patchLevel: return state.modelSpecific.patchLevel
    case MSR.hardwareConfiguration: return state.modelSpecific.hwcr
    case MSR.decodeConfiguration: return state.modelSpecific.deCfg
    case MSR.speculationControl where model.has(.ibrs): return state.modelSpecific.speculationControl
    case MSR.debugControl: return state.modelSpecific.debugControl
    case MSR.lastBranchFrom, MSR.lastBranchTo, MSR.lastExceptionFrom, MSR.lastExceptionTo:
      return branchRegister(index)
    case MSR.processorNameFirst...MSR.processorNameLast:
      let word = Int(index - MSR.processorNameFirst) * 2
      let brand = ProcessorIdentity.brand
      return Self.register(
        high: ProcessorIdentity.word(brand, word + 1), low: ProcessorIdentity.word(brand, word))
    case MSR.cpuidFeatures7:
      let bits = model.featureBits(leaf: 7)
      return Self.register(high: bits.eax, low: bits.ebx)
    case MSR.cpuidFeatures1:
      let bits = model.featureBits(leaf: 1)
      return Self.register(high: bits.ecx, low: bits.edx)
    case MSR.cpuidFeaturesExtended:
      let bits = model.featureBits(leaf: 0x8000_0001)
      return Self.register(high: bits.ecx, low: bits.edx)
    case MSR.performanceControlCapabilities where model.has(.cppc): return PerformanceControl.capabilities
    case MSR.performanceControlEnable where model.has(.cppc): return PerformanceControl.enabled
    case MSR.performanceControlRequest where model.has(.cppc): return PerformanceControl.request
    case MSR.performanceControlStatus where model.has(.cppc): return 0
    default: return Self.isSilent(index) ? 0 : nil
    }
  }

  func setVendorRegister(_ index: UInt32, _ value: UInt64) -> RegisterWrite {
    let model = state.owner.model
    switch index {
    case MSR.patchLevel, MSR.lastBranchFrom, MSR.lastBranchTo, MSR.lastExceptionFrom, MSR.lastExceptionTo:
      return .refused
    case MSR.hardwareConfiguration:
      guard value >> 32 == 0 else { return .refused }
      state.modelSpecific.hwcr =
        value & HardwareConfiguration.writable | HardwareConfiguration.timeStampCounterIsInvariant
    case MSR.decodeConfiguration: state.modelSpecific.deCfg = value
    case MSR.speculationControl where model.has(.ibrs):
      let known = SpeculationControl.ibrs | (model.has(.stibp) ? SpeculationControl.stibp : 0)
      guard value & ~known == 0 else { return .refused }
      state.modelSpecific.speculationControl = value
    case MSR.predictionCommand where model.has(.ibpb):
      return RegisterWrite(acceptedIf: value & ~SpeculationControl.barrier == 0)
    case MSR.debugControl:
      guard value & ~BranchDebugControl.writable == 0 else { return .refused }
      state.modelSpecific.debugControl = value
    // Names, features and performance are what they are.
    case MSR.processorNameFirst...MSR.processorNameLast, MSR.cpuidFeatures7, MSR.cpuidFeatures1,
      MSR.cpuidFeaturesExtended, MSR.patchLoader:
      break
    case MSR.performanceControlEnable where model.has(.cppc),
      MSR.performanceControlRequest where model.has(.cppc):
      break
    default: return Self.isSilent(index) ? .accepted : .unknown
    }
    return .accepted
  }

  private static func register(high: UInt32, low: UInt32) -> UInt64 { UInt64(high) << 32 | UInt64(low) }

  /// Registers that set up what an interpreter does not have: they read as zero and take any value.
  private static func isSilent(_ index: UInt32) -> Bool {
    switch index {
    case MSR.northbridgeConfiguration, MSR.interruptPending, MSR.mmioConfigurationBase, MSR.watchdogTimer,
      MSR.cStateBaseAddress, MSR.loadStoreConfiguration, MSR.instructionCacheConfiguration,
      MSR.dataCacheConfiguration, MSR.busUnitConfiguration, MSR.busUnitConfiguration2,
      MSR.floatingPointConfiguration, MSR.branchPredictorConfiguration, MSR.prefetchControl:
      true
    // Every AMD processor has these four; software that finds that they do not count uses none.
    case MSR.legacyEventSelectFirst...MSR.legacyEventSelectLast,
      MSR.legacyCounterFirst...MSR.legacyCounterLast:
      true
    default: false
    }
  }
}

/// Collaborative processor performance control (APM volume 2, 17.6): there is one level of performance, whatever is
/// asked for.
enum PerformanceControl {
  private static let onlyLevel: UInt64 = 0xFF
  /// Highest, nominal, lowest nonlinear and lowest performance.
  static let capabilities = onlyLevel << 24 | onlyLevel << 16 | onlyLevel << 8 | onlyLevel
  static let enabled: UInt64 = 1
  /// Minimum and maximum.
  static let request = onlyLevel << 8 | onlyLevel
}
