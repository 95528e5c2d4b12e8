/// The numbers of the model-specific registers (APM volume 2, appendix A; PPR for family 19h model 61h).
public enum MSR {
  // MARK: Time
  /// The time stamp counter.
  public static let timeStampCounter: UInt32 = 0x10
  /// TSC_ADJUST: what was added to the counter.
  public static let timeStampCounterAdjust: UInt32 = 0x3B
  /// MPERF: counts at the rate of the TSC while not halted.
  public static let maximumPerformance: UInt32 = 0xE7
  /// APERF: counts at the actual rate while not halted.
  public static let actualPerformance: UInt32 = 0xE8
  /// The deadline of the local APIC's timer in TSC-deadline mode.
  public static let timeStampCounterDeadline: UInt32 = 0x6E0
  /// MPERF, read-only.
  public static let maximumPerformanceReadOnly: UInt32 = 0xC000_00E7
  /// APERF, read-only.
  public static let actualPerformanceReadOnly: UInt32 = 0xC000_00E8
  /// TSC_AUX: what RDTSCP and RDPID return.
  public static let timeStampCounterAuxiliary: UInt32 = 0xC000_0103

  // MARK: Local APIC
  /// The address and the mode of the local APIC.
  public static let apicBase: UInt32 = 0x1B
  /// The first register of the x2APIC.
  public static let x2APICFirst: UInt32 = 0x800
  /// The last register of the x2APIC.
  public static let x2APICLast: UInt32 = 0x8FF

  // MARK: Modes and system calls
  /// SYSENTER_CS.
  public static let sysenterCS: UInt32 = 0x174
  /// SYSENTER_ESP.
  public static let sysenterESP: UInt32 = 0x175
  /// SYSENTER_EIP.
  public static let sysenterEIP: UInt32 = 0x176
  /// Extended features; bits in ``X86/EFER``.
  public static let efer: UInt32 = 0xC000_0080
  /// Selectors of SYSCALL and SYSRET, and SYSCALL's EIP in legacy mode.
  public static let star: UInt32 = 0xC000_0081
  /// SYSCALL's RIP in 64-bit mode.
  public static let lstar: UInt32 = 0xC000_0082
  /// SYSCALL's RIP in compatibility mode.
  public static let cstar: UInt32 = 0xC000_0083
  /// SYSCALL clears these flags.
  public static let syscallFlagMask: UInt32 = 0xC000_0084
  /// The base of FS.
  public static let fsBase: UInt32 = 0xC000_0100
  /// The base of GS.
  public static let gsBase: UInt32 = 0xC000_0101
  /// What SWAPGS exchanges with the base of GS.
  public static let kernelGSBase: UInt32 = 0xC000_0102
  /// XSS: what XSAVES saves beyond XCR0.
  public static let extendedSupervisorState: UInt32 = 0xDA0
  /// User shadow stack control.
  public static let userCET: UInt32 = 0x6A0
  /// Supervisor shadow stack control.
  public static let supervisorCET: UInt32 = 0x6A2
  /// The shadow stack pointer of privilege level 0; 1 to 3 follow.
  public static let shadowStackPointer0: UInt32 = 0x6A4
  /// The shadow stack pointer of privilege level 3.
  public static let shadowStackPointer3: UInt32 = 0x6A7
  /// The address of the table of interrupt shadow stacks.
  public static let interruptShadowStackTable: UInt32 = 0x6A8

  // MARK: Memory types
  /// What the MTRRs can do.
  public static let mtrrCapabilities: UInt32 = 0xFE
  /// The first variable-range MTRR's base; bases and masks alternate.
  public static let mtrrVariableFirst: UInt32 = 0x200
  /// The last variable-range MTRR's mask, of eight.
  public static let mtrrVariableLast: UInt32 = 0x20F
  /// Fixed range, 0 to 512 KiB.
  public static let mtrrFixed64K: UInt32 = 0x250
  /// Fixed range, from 512 KiB.
  public static let mtrrFixed16KLow: UInt32 = 0x258
  /// Fixed range, from 640 KiB.
  public static let mtrrFixed16KHigh: UInt32 = 0x259
  /// The first of eight fixed ranges of 32 KiB, from 768 KiB.
  public static let mtrrFixed4KFirst: UInt32 = 0x268
  /// The last of them.
  public static let mtrrFixed4KLast: UInt32 = 0x26F
  /// The page attribute table.
  public static let pageAttributeTable: UInt32 = 0x277
  /// The default memory type, and whether the MTRRs are on.
  public static let mtrrDefaultType: UInt32 = 0x2FF
  /// SYSCFG: extended fixed ranges, TOM2, memory encryption.
  public static let systemConfiguration: UInt32 = 0xC001_0010
  /// The first I/O range register's base.
  public static let ioRangeFirst: UInt32 = 0xC001_0016
  /// The last I/O range register's mask.
  public static let ioRangeLast: UInt32 = 0xC001_0019
  /// The end of RAM below 4 GiB.
  public static let topOfMemory: UInt32 = 0xC001_001A
  /// The end of RAM above 4 GiB.
  public static let topOfMemory2: UInt32 = 0xC001_001D

  // MARK: Machine checks
  /// How many banks there are.
  public static let machineCheckCapabilities: UInt32 = 0x179
  /// Global status.
  public static let machineCheckStatus: UInt32 = 0x17A
  /// Global control.
  public static let machineCheckControl: UInt32 = 0x17B
  /// MC0_CTL; four registers a bank: control, status, address, miscellaneous.
  public static let machineCheckBankFirst: UInt32 = 0x400
  /// MC31_MISC, the last that has a number here.
  public static let machineCheckBankLast: UInt32 = 0x47F
  /// MC0_CTL2 of corrected machine check interrupts; one a bank.
  public static let machineCheckControl2First: UInt32 = 0x280
  /// The last of 32.
  public static let machineCheckControl2Last: UInt32 = 0x29F
  /// The first register of the scalable machine check banks; sixteen a bank.
  public static let scalableMachineCheckFirst: UInt32 = 0xC000_2000
  /// The last register of 64 such banks.
  public static let scalableMachineCheckLast: UInt32 = 0xC000_23FF
  /// MC0_CTL_MASK; one a bank.
  public static let machineCheckMaskFirst: UInt32 = 0xC001_0044
  /// The last control mask.
  public static let machineCheckMaskLast: UInt32 = 0xC001_004A

  // MARK: Debugging and performance counters
  /// The first performance counter of the P6 numbering.
  public static let performanceCounterP6First: UInt32 = 0xC1
  /// The first event selection of the P6 numbering.
  public static let eventSelectP6First: UInt32 = 0x186
  /// DEBUGCTL: branch traps and last branch records.
  public static let debugControl: UInt32 = 0x1D9
  /// The source of the last branch.
  public static let lastBranchFrom: UInt32 = 0x1DB
  /// The target of the last branch.
  public static let lastBranchTo: UInt32 = 0x1DC
  /// The source of the last branch before an exception.
  public static let lastExceptionFrom: UInt32 = 0x1DD
  /// The target of the last branch before an exception.
  public static let lastExceptionTo: UInt32 = 0x1DE
  /// PERF_CTL0 to 3 of the legacy counters.
  public static let legacyEventSelectFirst: UInt32 = 0xC001_0000
  /// The last of them.
  public static let legacyEventSelectLast: UInt32 = 0xC001_0003
  /// PERF_CTR0 to 3.
  public static let legacyCounterFirst: UInt32 = 0xC001_0004
  /// The last of them.
  public static let legacyCounterLast: UInt32 = 0xC001_0007
  /// PERF_CTL0 of the six extended counters; controls and counters alternate.
  public static let performanceControlFirst: UInt32 = 0xC001_0200
  /// PERF_CTR5.
  public static let performanceCounterLast: UInt32 = 0xC001_020B
  /// Status of the global performance counters.
  public static let performanceGlobalStatus: UInt32 = 0xC000_0300
  /// Control of the global performance counters.
  public static let performanceGlobalControl: UInt32 = 0xC000_0301
  /// Clears bits of the status.
  public static let performanceGlobalStatusClear: UInt32 = 0xC000_0302
  /// The first address mask of a breakpoint: DR1 to DR3 follow.
  public static let breakpoint1AddressMask: UInt32 = 0xC001_1019
  /// The address mask of DR0.
  public static let breakpoint0AddressMask: UInt32 = 0xC001_1027

  // MARK: Speculation
  /// SPEC_CTRL: IBRS, STIBP, SSBD.
  public static let speculationControl: UInt32 = 0x48
  /// PRED_CMD: IBPB.
  public static let predictionCommand: UInt32 = 0x49
  /// FLUSH_CMD: flushes the L1 data cache.
  public static let flushCommand: UInt32 = 0x10B
  /// ARCH_CAPABILITIES, which AMD does not have.
  public static let architectureCapabilities: UInt32 = 0x10A
  /// VIRT_SPEC_CTRL: what a hypervisor offers in place of SPEC_CTRL.
  public static let virtualSpeculationControl: UInt32 = 0xC001_011F

  // MARK: Model and microcode
  /// The platform's identity on Intel, which Linux reads with care.
  public static let platformIdentity: UInt32 = 0x17
  /// Writing loads microcode on Intel.
  public static let microcodeUpdateIntel: UInt32 = 0x79
  /// The revision of the microcode.
  public static let patchLevel: UInt32 = 0x8B
  /// MISC_ENABLE of Intel, which Linux reads with care.
  public static let miscellaneousEnable: UInt32 = 0x1A0
  /// Writing loads microcode.
  public static let patchLoader: UInt32 = 0xC001_0020
  /// HWCR: hardware configuration.
  public static let hardwareConfiguration: UInt32 = 0xC001_0015
  /// NB_CFG: northbridge configuration.
  public static let northbridgeConfiguration: UInt32 = 0xC001_001F
  /// The first of six registers that hold the processor's name for CPUID.
  public static let processorNameFirst: UInt32 = 0xC001_0030
  /// The last of them.
  public static let processorNameLast: UInt32 = 0xC001_0035
  /// Interrupt pending and C1E.
  public static let interruptPending: UInt32 = 0xC001_0055
  /// The ratios and limits of P-states.
  public static let pStateLimit: UInt32 = 0xC001_0061
  /// The P-state asked for.
  public static let pStateControl: UInt32 = 0xC001_0062
  /// The P-state in force.
  public static let pStateStatus: UInt32 = 0xC001_0063
  /// The definition of P-state 0; eight of them.
  public static let pStateFirst: UInt32 = 0xC001_0064
  /// The definition of P-state 7.
  public static let pStateLast: UInt32 = 0xC001_006B
  /// The I/O port by which C-states are entered.
  public static let cStateBaseAddress: UInt32 = 0xC001_0073
  /// Timer of the processor's watchdog.
  public static let watchdogTimer: UInt32 = 0xC001_0074
  /// The address of the MMIO configuration space.
  public static let mmioConfigurationBase: UInt32 = 0xC001_0058
  /// How many errata bits follow (OSVW).
  public static let osVisibleWorkaroundLength: UInt32 = 0xC001_0140
  /// Which errata need a workaround (OSVW).
  public static let osVisibleWorkaroundStatus: UInt32 = 0xC001_0141
  /// The first range of CPUID feature bits that can be changed.
  public static let cpuidFeatures7: UInt32 = 0xC001_1002
  /// CPUID Fn0000_0001's features.
  public static let cpuidFeatures1: UInt32 = 0xC001_1004
  /// CPUID Fn8000_0001's features.
  public static let cpuidFeaturesExtended: UInt32 = 0xC001_1005
  /// LS_CFG: load-store configuration.
  public static let loadStoreConfiguration: UInt32 = 0xC001_1020
  /// IC_CFG: instruction cache configuration.
  public static let instructionCacheConfiguration: UInt32 = 0xC001_1021
  /// DC_CFG: data cache configuration.
  public static let dataCacheConfiguration: UInt32 = 0xC001_1022
  /// BU_CFG, TW_CFG: bus unit or table walker configuration.
  public static let busUnitConfiguration: UInt32 = 0xC001_1023
  /// FP_CFG: floating point configuration.
  public static let floatingPointConfiguration: UInt32 = 0xC001_1028
  /// DE_CFG: decode configuration; bit 1 makes LFENCE serialise.
  public static let decodeConfiguration: UInt32 = 0xC001_1029
  /// BU_CFG2.
  public static let busUnitConfiguration2: UInt32 = 0xC001_102A
  /// The first register of instruction-based sampling.
  public static let instructionSamplingFirst: UInt32 = 0xC001_1030
  /// The last register of instruction-based sampling.
  public static let instructionSamplingLast: UInt32 = 0xC001_103D
  /// BP_CFG: branch predictor configuration.
  public static let branchPredictorConfiguration: UInt32 = 0xC001_102E
  /// Collaborative processor performance control: capabilities.
  public static let performanceControlCapabilities: UInt32 = 0xC001_02B0
  /// The same: enable.
  public static let performanceControlEnable: UInt32 = 0xC001_02B1
  /// The same: request.
  public static let performanceControlRequest: UInt32 = 0xC001_02B3
  /// The same: status.
  public static let performanceControlStatus: UInt32 = 0xC001_02B4
  /// The unit of the energy counters.
  public static let energyUnit: UInt32 = 0xC001_0299
  /// The energy a core used.
  public static let coreEnergy: UInt32 = 0xC001_029A
  /// The energy a package used.
  public static let packageEnergy: UInt32 = 0xC001_029B
  /// Prefetch control.
  public static let prefetchControl: UInt32 = 0xC000_0108

  // MARK: System management and encryption
  /// The address of system management RAM.
  public static let systemManagementBase: UInt32 = 0xC001_0111
  /// The address of the TSEG area.
  public static let systemManagementAddress: UInt32 = 0xC001_0112
  /// The mask of the TSEG area.
  public static let systemManagementMask: UInt32 = 0xC001_0113
  /// VMPAGE_FLUSH.
  public static let pageFlush: UInt32 = 0xC001_011E
  /// The GHCB of an SEV-ES guest.
  public static let ghcb: UInt32 = 0xC001_0130
  /// Which kinds of SEV are active.
  public static let sevStatus: UInt32 = 0xC001_0131
  /// Where the reverse map table begins.
  public static let reverseMapBase: UInt32 = 0xC001_0132
  /// Where the reverse map table ends.
  public static let reverseMapEnd: UInt32 = 0xC001_0133
}
