/// The bits of CR0 (APM volume 2, 3.1.1).
public struct CR0: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// PE.
  @inlinable
  public static var protectionEnable: CR0 { CR0(rawValue: 1 << 0) }
  /// MP: WAIT obeys ``taskSwitched``.
  @inlinable
  public static var monitorCoprocessor: CR0 { CR0(rawValue: 1 << 1) }
  /// EM: x87 instructions raise #NM, SSE instructions #UD.
  @inlinable
  public static var emulation: CR0 { CR0(rawValue: 1 << 2) }
  /// TS: the next x87, MMX or SSE instruction raises #NM.
  @inlinable
  public static var taskSwitched: CR0 { CR0(rawValue: 1 << 3) }
  /// ET: reads as one.
  @inlinable
  public static var extensionType: CR0 { CR0(rawValue: 1 << 4) }
  /// NE: x87 errors raise #MF instead of the FERR# signal.
  @inlinable
  public static var numericError: CR0 { CR0(rawValue: 1 << 5) }
  /// WP: the supervisor cannot write to read-only pages.
  @inlinable
  public static var writeProtect: CR0 { CR0(rawValue: 1 << 16) }
  /// AM: EFLAGS.AC means alignment checking.
  @inlinable
  public static var alignmentMask: CR0 { CR0(rawValue: 1 << 18) }
  /// NW.
  @inlinable
  public static var notWriteThrough: CR0 { CR0(rawValue: 1 << 29) }
  /// CD.
  @inlinable
  public static var cacheDisable: CR0 { CR0(rawValue: 1 << 30) }
  /// PG.
  @inlinable
  public static var paging: CR0 { CR0(rawValue: 1 << 31) }
}

/// The bits of CR4 (APM volume 2, 3.1.3).
public struct CR4: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// VME: virtual-8086 mode extensions.
  @inlinable
  public static var vme: CR4 { CR4(rawValue: 1 << 0) }
  /// PVI: protected-mode virtual interrupts.
  @inlinable
  public static var pvi: CR4 { CR4(rawValue: 1 << 1) }
  /// TSD: RDTSC and RDTSCP only at privilege level 0.
  @inlinable
  public static var tsd: CR4 { CR4(rawValue: 1 << 2) }
  /// DE: DR4 and DR5 do not exist, and breakpoints on I/O do.
  @inlinable
  public static var de: CR4 { CR4(rawValue: 1 << 3) }
  /// PSE: 4 MiB pages.
  @inlinable
  public static var pse: CR4 { CR4(rawValue: 1 << 4) }
  /// PAE: 64-bit page table entries.
  @inlinable
  public static var pae: CR4 { CR4(rawValue: 1 << 5) }
  /// MCE: machine checks.
  @inlinable
  public static var mce: CR4 { CR4(rawValue: 1 << 6) }
  /// PGE: global pages.
  @inlinable
  public static var pge: CR4 { CR4(rawValue: 1 << 7) }
  /// PCE: RDPMC at every privilege level.
  @inlinable
  public static var pce: CR4 { CR4(rawValue: 1 << 8) }
  /// OSFXSR: SSE instructions, and FXSAVE of their state.
  @inlinable
  public static var osfxsr: CR4 { CR4(rawValue: 1 << 9) }
  /// OSXMMEXCPT: unmasked SSE exceptions raise #XF, not #UD.
  @inlinable
  public static var osxmmexcpt: CR4 { CR4(rawValue: 1 << 10) }
  /// UMIP: SGDT, SIDT, SLDT, SMSW and STR only at privilege level 0.
  @inlinable
  public static var umip: CR4 { CR4(rawValue: 1 << 11) }
  /// LA57: 5-level paging.
  @inlinable
  public static var la57: CR4 { CR4(rawValue: 1 << 12) }
  /// FSGSBASE: RDFSBASE and its kin.
  @inlinable
  public static var fsgsbase: CR4 { CR4(rawValue: 1 << 16) }
  /// PCIDE: process context identifiers.
  @inlinable
  public static var pcide: CR4 { CR4(rawValue: 1 << 17) }
  /// OSXSAVE: XSAVE, XGETBV and XSETBV.
  @inlinable
  public static var osxsave: CR4 { CR4(rawValue: 1 << 18) }
  /// SMEP: the supervisor does not execute user pages.
  @inlinable
  public static var smep: CR4 { CR4(rawValue: 1 << 20) }
  /// SMAP: the supervisor does not access user pages.
  @inlinable
  public static var smap: CR4 { CR4(rawValue: 1 << 21) }
  /// PKE: protection keys.
  @inlinable
  public static var pke: CR4 { CR4(rawValue: 1 << 22) }
  /// CET: shadow stacks.
  @inlinable
  public static var cet: CR4 { CR4(rawValue: 1 << 23) }
}

/// The bits of the EFER register (APM volume 2, 3.1.7).
public struct EFER: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// SCE: SYSCALL and SYSRET.
  @inlinable
  public static var sce: EFER { EFER(rawValue: 1 << 0) }
  /// LME: long mode begins with paging.
  @inlinable
  public static var lme: EFER { EFER(rawValue: 1 << 8) }
  /// LMA: long mode is active.
  @inlinable
  public static var lma: EFER { EFER(rawValue: 1 << 10) }
  /// NXE: no-execute pages.
  @inlinable
  public static var nxe: EFER { EFER(rawValue: 1 << 11) }
  /// SVME: the SVM instructions.
  @inlinable
  public static var svme: EFER { EFER(rawValue: 1 << 12) }
  /// LMSLE: segment limits in 64-bit mode.
  @inlinable
  public static var lmsle: EFER { EFER(rawValue: 1 << 13) }
  /// FFXSR: FXSAVE and FXRSTOR leave the XMM registers out at privilege level 0 in 64-bit mode.
  @inlinable
  public static var ffxsr: EFER { EFER(rawValue: 1 << 14) }
  /// TCE: INVLPG and its kin keep unrelated upper-level translations.
  @inlinable
  public static var tce: EFER { EFER(rawValue: 1 << 15) }
  /// MCOMMIT: the MCOMMIT instruction.
  @inlinable
  public static var mcommit: EFER { EFER(rawValue: 1 << 17) }
  /// INTWB: WBINVD can be interrupted.
  @inlinable
  public static var interruptibleWriteBack: EFER { EFER(rawValue: 1 << 18) }
  /// UAIE: upper address bits are ignored.
  @inlinable
  public static var upperAddressIgnore: EFER { EFER(rawValue: 1 << 20) }
  /// AIBRSE: automatic indirect branch restricted speculation.
  @inlinable
  public static var automaticIBRS: EFER { EFER(rawValue: 1 << 21) }
}

/// The bits of RFLAGS (APM volume 1, 3.1.4, and volume 2, 3.1.6).
public struct RFLAGS: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// CF.
  @inlinable
  public static var carry: RFLAGS { RFLAGS(rawValue: 1 << 0) }
  /// Bit 1, which is always one.
  @inlinable
  public static var alwaysOne: RFLAGS { RFLAGS(rawValue: 1 << 1) }
  /// PF: the low byte of the result has an even number of ones.
  @inlinable
  public static var parity: RFLAGS { RFLAGS(rawValue: 1 << 2) }
  /// AF: carry out of bit 3.
  @inlinable
  public static var auxiliaryCarry: RFLAGS { RFLAGS(rawValue: 1 << 4) }
  /// ZF.
  @inlinable
  public static var zero: RFLAGS { RFLAGS(rawValue: 1 << 6) }
  /// SF.
  @inlinable
  public static var sign: RFLAGS { RFLAGS(rawValue: 1 << 7) }
  /// TF: #DB after each instruction.
  @inlinable
  public static var trap: RFLAGS { RFLAGS(rawValue: 1 << 8) }
  /// IF.
  @inlinable
  public static var interruptEnable: RFLAGS { RFLAGS(rawValue: 1 << 9) }
  /// DF: string instructions go downwards.
  @inlinable
  public static var direction: RFLAGS { RFLAGS(rawValue: 1 << 10) }
  /// OF.
  @inlinable
  public static var overflow: RFLAGS { RFLAGS(rawValue: 1 << 11) }
  /// IOPL, two bits.
  @inlinable
  public static var ioPrivilege: RFLAGS { RFLAGS(rawValue: 3 << 12) }
  /// NT.
  @inlinable
  public static var nestedTask: RFLAGS { RFLAGS(rawValue: 1 << 14) }
  /// RF: no instruction breakpoint at the next instruction.
  @inlinable
  public static var resume: RFLAGS { RFLAGS(rawValue: 1 << 16) }
  /// VM.
  @inlinable
  public static var virtual8086: RFLAGS { RFLAGS(rawValue: 1 << 17) }
  /// AC: alignment checking for users; with SMAP, leave for the supervisor to access user pages.
  @inlinable
  public static var alignmentCheck: RFLAGS { RFLAGS(rawValue: 1 << 18) }
  /// VIF.
  @inlinable
  public static var virtualInterrupt: RFLAGS { RFLAGS(rawValue: 1 << 19) }
  /// VIP.
  @inlinable
  public static var virtualInterruptPending: RFLAGS { RFLAGS(rawValue: 1 << 20) }
  /// ID: that it can be changed shows that CPUID exists.
  @inlinable
  public static var identification: RFLAGS { RFLAGS(rawValue: 1 << 21) }
}

/// The bits of XCR0, the extended control register 0 (APM volume 2, 11.5.2).
public struct XCR0: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// x87 state; always one.
  @inlinable
  public static var x87: XCR0 { XCR0(rawValue: 1 << 0) }
  /// XMM registers and MXCSR.
  @inlinable
  public static var sse: XCR0 { XCR0(rawValue: 1 << 1) }
  /// The upper halves of the YMM registers.
  @inlinable
  public static var avx: XCR0 { XCR0(rawValue: 1 << 2) }
  /// AVX-512 mask registers.
  @inlinable
  public static var opmask: XCR0 { XCR0(rawValue: 1 << 5) }
  /// The upper halves of ZMM0 to ZMM15.
  @inlinable
  public static var zmmUpper: XCR0 { XCR0(rawValue: 1 << 6) }
  /// ZMM16 to ZMM31.
  @inlinable
  public static var zmmHigh: XCR0 { XCR0(rawValue: 1 << 7) }
  /// PKRU.
  @inlinable
  public static var pkru: XCR0 { XCR0(rawValue: 1 << 9) }
}

/// The bits of DR6, the debug status register (APM volume 2, 13.1.1.3).
public struct DR6: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// B0 to B3: which breakpoint matched.
  @inlinable
  public static var breakpoints: DR6 { DR6(rawValue: 0xF) }
  /// BD: an access to the debug registers while DR7.GD was set.
  @inlinable
  public static var registerAccess: DR6 { DR6(rawValue: 1 << 13) }
  /// BS: single step.
  @inlinable
  public static var singleStep: DR6 { DR6(rawValue: 1 << 14) }
  /// BT: task switch.
  @inlinable
  public static var taskSwitch: DR6 { DR6(rawValue: 1 << 15) }
  /// The bits that read as one.
  @inlinable
  public static var alwaysOne: DR6 { DR6(rawValue: 0xFFFF_0FF0) }
}
