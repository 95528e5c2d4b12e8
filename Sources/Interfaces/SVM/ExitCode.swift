extension SVM {
  /// Why a guest was left (APM volume 2, appendix C).
  ///
  /// Below 0xC0 the code is also the number of the bit, from the start of the control block, that asks for the exit.
  public struct ExitCode: RawRepresentable, Hashable, Sendable {
    /// The number.
    public let rawValue: UInt64
    /// The code with this number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The number of codes that are also intercepts.
    public static let interceptCount = 0xC0

    /// A read of CR0 to CR15.
    public static func controlRegisterRead(_ number: UInt8) -> Self { Self(rawValue: UInt64(number & 15)) }
    /// A write of CR0 to CR15.
    public static func controlRegisterWrite(_ number: UInt8) -> Self {
      Self(rawValue: 0x10 | UInt64(number & 15))
    }
    /// A read of DR0 to DR15.
    public static func debugRegisterRead(_ number: UInt8) -> Self {
      Self(rawValue: 0x20 | UInt64(number & 15))
    }
    /// A write of DR0 to DR15.
    public static func debugRegisterWrite(_ number: UInt8) -> Self {
      Self(rawValue: 0x30 | UInt64(number & 15))
    }
    /// The exception with a vector, 0 to 31.
    public static func exception(_ vector: UInt8) -> Self { Self(rawValue: 0x40 + UInt64(vector & 31)) }
    /// A write of CR0 to CR15 that is done.
    public static func controlRegisterTrap(_ number: UInt8) -> Self {
      Self(rawValue: 0x90 | UInt64(number & 15))
    }

    /// A physical interrupt.
    public static let interrupt = Self(rawValue: 0x60)
    /// A physical NMI.
    public static let nonMaskableInterrupt = Self(rawValue: 0x61)
    /// SMI.
    public static let systemManagementInterrupt = Self(rawValue: 0x62)
    /// INIT.
    public static let initialisation = Self(rawValue: 0x63)
    /// A virtual interrupt could be taken.
    public static let virtualInterrupt = Self(rawValue: 0x64)
    /// A write of CR0 that changes more than TS and MP.
    public static let controlRegister0Selective = Self(rawValue: 0x65)
    /// SIDT.
    public static let storeInterruptTable = Self(rawValue: 0x66)
    /// SGDT.
    public static let storeGlobalTable = Self(rawValue: 0x67)
    /// SLDT.
    public static let storeLocalTable = Self(rawValue: 0x68)
    /// STR.
    public static let storeTaskRegister = Self(rawValue: 0x69)
    /// LIDT.
    public static let loadInterruptTable = Self(rawValue: 0x6A)
    /// LGDT.
    public static let loadGlobalTable = Self(rawValue: 0x6B)
    /// LLDT.
    public static let loadLocalTable = Self(rawValue: 0x6C)
    /// LTR.
    public static let loadTaskRegister = Self(rawValue: 0x6D)
    /// RDTSC.
    public static let readTimeStampCounter = Self(rawValue: 0x6E)
    /// RDPMC.
    public static let readPerformanceCounter = Self(rawValue: 0x6F)
    /// PUSHF.
    public static let pushFlags = Self(rawValue: 0x70)
    /// POPF.
    public static let popFlags = Self(rawValue: 0x71)
    /// CPUID.
    public static let identification = Self(rawValue: 0x72)
    /// RSM.
    public static let resume = Self(rawValue: 0x73)
    /// IRET.
    public static let interruptReturn = Self(rawValue: 0x74)
    /// INT n.
    public static let softwareInterrupt = Self(rawValue: 0x75)
    /// INVD.
    public static let invalidateCaches = Self(rawValue: 0x76)
    /// PAUSE.
    public static let pause = Self(rawValue: 0x77)
    /// HLT.
    public static let halt = Self(rawValue: 0x78)
    /// INVLPG.
    public static let invalidatePage = Self(rawValue: 0x79)
    /// INVLPGA.
    public static let invalidatePageOfSpace = Self(rawValue: 0x7A)
    /// An access to a port that the port permission map names; the bit switches the map on.
    public static let port = Self(rawValue: 0x7B)
    /// RDMSR or WRMSR of a register that the register permission map names; the bit switches the map on.
    public static let modelSpecificRegister = Self(rawValue: 0x7C)
    /// A task switch.
    public static let taskSwitch = Self(rawValue: 0x7D)
    /// FERR freeze.
    public static let numericErrorFreeze = Self(rawValue: 0x7E)
    /// A triple fault.
    public static let shutdown = Self(rawValue: 0x7F)
    /// VMRUN: its intercept must be set.
    public static let run = Self(rawValue: 0x80)
    /// VMMCALL.
    public static let call = Self(rawValue: 0x81)
    /// VMLOAD.
    public static let load = Self(rawValue: 0x82)
    /// VMSAVE.
    public static let save = Self(rawValue: 0x83)
    /// STGI.
    public static let setGlobalInterruptFlag = Self(rawValue: 0x84)
    /// CLGI.
    public static let clearGlobalInterruptFlag = Self(rawValue: 0x85)
    /// SKINIT.
    public static let secureInitialisation = Self(rawValue: 0x86)
    /// RDTSCP.
    public static let readTimeStampCounterAndProcessor = Self(rawValue: 0x87)
    /// INT1.
    public static let debugInterrupt = Self(rawValue: 0x88)
    /// WBINVD and WBNOINVD.
    public static let writeBackCaches = Self(rawValue: 0x89)
    /// MONITOR and MONITORX.
    public static let monitor = Self(rawValue: 0x8A)
    /// MWAIT and MWAITX.
    public static let wait = Self(rawValue: 0x8B)
    /// MWAIT with an armed monitor.
    public static let waitConditionally = Self(rawValue: 0x8C)
    /// XSETBV.
    public static let setExtendedControl = Self(rawValue: 0x8D)
    /// RDPRU.
    public static let readProcessorRegister = Self(rawValue: 0x8E)
    /// A write of EFER that is done.
    public static let extendedFeatureTrap = Self(rawValue: 0x8F)
    /// INVPCID.
    public static let invalidateContext = Self(rawValue: 0xA2)
    /// A nested page fault: see ``NestedPageFault``.
    public static let nestedPageFault = Self(rawValue: 0x400)
    /// AVIC could not finish an interprocessor interrupt: see ``IncompleteInterrupt``.
    public static let incompleteInterrupt = Self(rawValue: 0x401)
    /// An access to a register of the APIC that AVIC leaves to software: see ``UnacceleratedAccess``.
    public static let unacceleratedAccess = Self(rawValue: 0x402)
    /// VMGEXIT.
    public static let guestCall = Self(rawValue: 0x403)
    /// The control block cannot be run.
    public static let invalid = Self(rawValue: .max)

    /// The code is also an intercept.
    public var isIntercept: Bool { rawValue < UInt64(Self.interceptCount) }
  }
}
