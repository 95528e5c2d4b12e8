/// The bits of CR0 (APM volume 2, 3.1.1).
public struct CR0: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// PE.
  public static let protectionEnable = CR0(rawValue: 1 << 0)
  /// MP: WAIT obeys ``taskSwitched``.
  public static let monitorCoprocessor = CR0(rawValue: 1 << 1)
  /// EM: x87 instructions raise #NM, SSE instructions #UD.
  public static let emulation = CR0(rawValue: 1 << 2)
  /// TS: the next x87, MMX or SSE instruction raises #NM.
  public static let taskSwitched = CR0(rawValue: 1 << 3)
  /// ET: reads as one.
  public static let extensionType = CR0(rawValue: 1 << 4)
  /// NE: x87 errors raise #MF instead of the FERR# signal.
  public static let numericError = CR0(rawValue: 1 << 5)
  /// WP: the supervisor cannot write to read-only pages.
  public static let writeProtect = CR0(rawValue: 1 << 16)
  /// AM: EFLAGS.AC means alignment checking.
  public static let alignmentMask = CR0(rawValue: 1 << 18)
  /// NW.
  public static let notWriteThrough = CR0(rawValue: 1 << 29)
  /// CD.
  public static let cacheDisable = CR0(rawValue: 1 << 30)
  /// PG.
  public static let paging = CR0(rawValue: 1 << 31)
}

/// The bits of CR4 (APM volume 2, 3.1.3).
public struct CR4: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// VME: virtual-8086 mode extensions.
  public static let vme = CR4(rawValue: 1 << 0)
  /// PVI: protected-mode virtual interrupts.
  public static let pvi = CR4(rawValue: 1 << 1)
  /// TSD: RDTSC and RDTSCP only at privilege level 0.
  public static let tsd = CR4(rawValue: 1 << 2)
  /// DE: DR4 and DR5 do not exist, and breakpoints on I/O do.
  public static let de = CR4(rawValue: 1 << 3)
  /// PSE: 4 MiB pages.
  public static let pse = CR4(rawValue: 1 << 4)
  /// PAE: 64-bit page table entries.
  public static let pae = CR4(rawValue: 1 << 5)
  /// MCE: machine checks.
  public static let mce = CR4(rawValue: 1 << 6)
  /// PGE: global pages.
  public static let pge = CR4(rawValue: 1 << 7)
  /// PCE: RDPMC at every privilege level.
  public static let pce = CR4(rawValue: 1 << 8)
  /// OSFXSR: SSE instructions, and FXSAVE of their state.
  public static let osfxsr = CR4(rawValue: 1 << 9)
  /// OSXMMEXCPT: unmasked SSE exceptions raise #XF, not #UD.
  public static let osxmmexcpt = CR4(rawValue: 1 << 10)
  /// UMIP: SGDT, SIDT, SLDT, SMSW and STR only at privilege level 0.
  public static let umip = CR4(rawValue: 1 << 11)
  /// LA57: 5-level paging.
  public static let la57 = CR4(rawValue: 1 << 12)
  /// FSGSBASE: RDFSBASE and its kin.
  public static let fsgsbase = CR4(rawValue: 1 << 16)
  /// PCIDE: process context identifiers.
  public static let pcide = CR4(rawValue: 1 << 17)
  /// OSXSAVE: XSAVE, XGETBV and XSETBV.
  public static let osxsave = CR4(rawValue: 1 << 18)
  /// SMEP: the supervisor does not execute user pages.
  public static let smep = CR4(rawValue: 1 << 20)
  /// SMAP: the supervisor does not access user pages.
  public static let smap = CR4(rawValue: 1 << 21)
  /// PKE: protection keys.
  public static let pke = CR4(rawValue: 1 << 22)
  /// CET: shadow stacks.
  public static let cet = CR4(rawValue: 1 << 23)
}

/// The bits of the EFER register (APM volume 2, 3.1.7).
public struct EFER: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// SCE: SYSCALL and SYSRET.
  public static let sce = EFER(rawValue: 1 << 0)
  /// LME: long mode begins with paging.
  public static let lme = EFER(rawValue: 1 << 8)
  /// LMA: long mode is active.
  public static let lma = EFER(rawValue: 1 << 10)
  /// NXE: no-execute pages.
  public static let nxe = EFER(rawValue: 1 << 11)
  /// SVME: the SVM instructions.
  public static let svme = EFER(rawValue: 1 << 12)
  /// LMSLE: segment limits in 64-bit mode.
  public static let lmsle = EFER(rawValue: 1 << 13)
  /// FFXSR: FXSAVE and FXRSTOR leave the XMM registers out at privilege level 0 in 64-bit mode.
  public static let ffxsr = EFER(rawValue: 1 << 14)
  /// TCE: INVLPG and its kin keep unrelated upper-level translations.
  public static let tce = EFER(rawValue: 1 << 15)
  /// MCOMMIT: the MCOMMIT instruction.
  public static let mcommit = EFER(rawValue: 1 << 17)
  /// INTWB: WBINVD can be interrupted.
  public static let interruptibleWriteBack = EFER(rawValue: 1 << 18)
  /// UAIE: upper address bits are ignored.
  public static let upperAddressIgnore = EFER(rawValue: 1 << 20)
  /// AIBRSE: automatic indirect branch restricted speculation.
  public static let automaticIBRS = EFER(rawValue: 1 << 21)
}

/// The bits of RFLAGS (APM volume 1, 3.1.4, and volume 2, 3.1.6).
public struct RFLAGS: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// CF.
  public static let carry = RFLAGS(rawValue: 1 << 0)
  /// Bit 1, which is always one.
  public static let alwaysOne = RFLAGS(rawValue: 1 << 1)
  /// PF: the low byte of the result has an even number of ones.
  public static let parity = RFLAGS(rawValue: 1 << 2)
  /// AF: carry out of bit 3.
  public static let auxiliaryCarry = RFLAGS(rawValue: 1 << 4)
  /// ZF.
  public static let zero = RFLAGS(rawValue: 1 << 6)
  /// SF.
  public static let sign = RFLAGS(rawValue: 1 << 7)
  /// TF: #DB after each instruction.
  public static let trap = RFLAGS(rawValue: 1 << 8)
  /// IF.
  public static let interruptEnable = RFLAGS(rawValue: 1 << 9)
  /// DF: string instructions go downwards.
  public static let direction = RFLAGS(rawValue: 1 << 10)
  /// OF.
  public static let overflow = RFLAGS(rawValue: 1 << 11)
  /// IOPL, two bits.
  public static let ioPrivilege = RFLAGS(rawValue: 3 << 12)
  /// NT.
  public static let nestedTask = RFLAGS(rawValue: 1 << 14)
  /// RF: no instruction breakpoint at the next instruction.
  public static let resume = RFLAGS(rawValue: 1 << 16)
  /// VM.
  public static let virtual8086 = RFLAGS(rawValue: 1 << 17)
  /// AC: alignment checking for users; with SMAP, leave for the supervisor to access user pages.
  public static let alignmentCheck = RFLAGS(rawValue: 1 << 18)
  /// VIF.
  public static let virtualInterrupt = RFLAGS(rawValue: 1 << 19)
  /// VIP.
  public static let virtualInterruptPending = RFLAGS(rawValue: 1 << 20)
  /// ID: that it can be changed shows that CPUID exists.
  public static let identification = RFLAGS(rawValue: 1 << 21)
}

/// The bits of XCR0, the extended control register 0 (APM volume 2, 11.5.2).
public struct XCR0: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// x87 state; always one.
  public static let x87 = XCR0(rawValue: 1 << 0)
  /// XMM registers and MXCSR.
  public static let sse = XCR0(rawValue: 1 << 1)
  /// The upper halves of the YMM registers.
  public static let avx = XCR0(rawValue: 1 << 2)
  /// AVX-512 mask registers.
  public static let opmask = XCR0(rawValue: 1 << 5)
  /// The upper halves of ZMM0 to ZMM15.
  public static let zmmUpper = XCR0(rawValue: 1 << 6)
  /// ZMM16 to ZMM31.
  public static let zmmHigh = XCR0(rawValue: 1 << 7)
  /// PKRU.
  public static let pkru = XCR0(rawValue: 1 << 9)
}

/// The bits of DR6, the debug status register (APM volume 2, 13.1.1.3).
public struct DR6: OptionSet, Equatable, Sendable {
  /// The register.
  public let rawValue: UInt64
  /// The register with this value.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// B0 to B3: which breakpoint matched.
  public static let breakpoints = DR6(rawValue: 0xF)
  /// BD: an access to the debug registers while DR7.GD was set.
  public static let registerAccess = DR6(rawValue: 1 << 13)
  /// BS: single step.
  public static let singleStep = DR6(rawValue: 1 << 14)
  /// BT: task switch.
  public static let taskSwitch = DR6(rawValue: 1 << 15)
  /// The bits that read as one.
  public static let alwaysOne = DR6(rawValue: 0xFFFF_0FF0)
}
