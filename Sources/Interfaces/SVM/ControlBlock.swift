extension SVM {
  /// Offsets in a virtual machine control block, in bytes (APM volume 2, tables B-1 and B-2).
  public enum ControlBlock {
    // MARK: Control area

    /// Six words of 32 bits: one bit for each ``ExitCode`` below 0xC0, in their order.
    public static let intercepts = 0x000
    /// 16 bits.
    public static let pauseFilterThreshold = 0x03C
    /// 16 bits.
    public static let pauseFilterCount = 0x03E
    /// The physical address of the port permission map: 3 pages, one bit for each port, and three more.
    public static let portPermissionMap = 0x040
    /// The physical address of the register permission map: see ``RegisterPermissionMap``.
    public static let registerPermissionMap = 0x048
    /// Added to the guest's TSC.
    public static let timeStampCounterOffset = 0x050
    /// 32 bits.
    public static let addressSpaceIdentifier = 0x058
    /// 8 bits: see ``TranslationControl``.
    public static let translationControl = 0x05C
    /// See ``InterruptControl``.
    public static let interruptControl = 0x060
    /// Bit 0: the guest is in an interrupt shadow.
    public static let interruptShadow = 0x068
    /// See ``ExitCode``.
    public static let exitCode = 0x070
    /// EXITINFO1.
    public static let exitInformation1 = 0x078
    /// EXITINFO2.
    public static let exitInformation2 = 0x080
    /// EXITINTINFO: see ``EventInjection``.
    public static let exitInterruptInformation = 0x088
    /// See ``NestedPagingControl``.
    public static let nestedPagingControl = 0x090
    /// The guest-physical address of the page that AVIC answers.
    public static let apicBar = 0x098
    /// EVENTINJ: see ``EventInjection``.
    public static let eventInjection = 0x0A8
    /// N_CR3: the root of the nested page tables.
    public static let nestedRoot = 0x0B0
    /// Bit 0: the guest has DEBUGCTL and the record of branches for itself; bit 1: VMLOAD and VMSAVE are virtual.
    public static let branchRecordControl = 0x0B8
    /// 32 bits: what has not changed since the last VMRUN.
    public static let cleanBits = 0x0C0
    /// nRIP: where the instruction after the intercepted one begins.
    public static let nextInstructionPointer = 0x0C8
    /// One byte.
    public static let instructionByteCount = 0x0D0
    /// 15 bytes.
    public static let instructionBytes = 0x0D1
    /// The physical address of the page with the guest's APIC registers.
    public static let apicBackingPage = 0x0E0
    /// The physical address of AVIC's logical APIC ID table.
    public static let logicalIdentifierTable = 0x0F0
    /// The physical address of AVIC's physical APIC ID table, with the last index in use in the low bits.
    public static let physicalIdentifierTable = 0x0F8

    // MARK: State save area

    /// Segments: see ``Segment``.
    public static let es = 0x400
    /// CS.
    public static let cs = 0x410
    /// SS.
    public static let ss = 0x420
    /// DS.
    public static let ds = 0x430
    /// FS; VMLOAD and VMSAVE only.
    public static let fs = 0x440
    /// GS; VMLOAD and VMSAVE only.
    public static let gs = 0x450
    /// GDTR, with the layout of a segment.
    public static let gdtr = 0x460
    /// LDTR; VMLOAD and VMSAVE only.
    public static let ldtr = 0x470
    /// IDTR, with the layout of a segment.
    public static let idtr = 0x480
    /// TR; VMLOAD and VMSAVE only.
    public static let tr = 0x490
    /// 8 bits.
    public static let privilegeLevel = 0x4CB
    /// EFER.
    public static let efer = 0x4D0
    /// CR4.
    public static let cr4 = 0x548
    /// CR3.
    public static let cr3 = 0x550
    /// CR0.
    public static let cr0 = 0x558
    /// DR7.
    public static let dr7 = 0x560
    /// DR6.
    public static let dr6 = 0x568
    /// RFLAGS.
    public static let flags = 0x570
    /// RIP.
    public static let instructionPointer = 0x578
    /// RSP.
    public static let stackPointer = 0x5D8
    /// RAX.
    public static let rax = 0x5F8
    /// STAR; VMLOAD and VMSAVE only, like all up to ``sysenterInstructionPointer``.
    public static let star = 0x600
    /// LSTAR.
    public static let lstar = 0x608
    /// CSTAR.
    public static let cstar = 0x610
    /// SFMASK.
    public static let flagMask = 0x618
    /// KERNEL_GS_BASE.
    public static let kernelGSBase = 0x620
    /// SYSENTER_CS.
    public static let sysenterSelector = 0x628
    /// SYSENTER_ESP.
    public static let sysenterStackPointer = 0x630
    /// SYSENTER_EIP.
    public static let sysenterInstructionPointer = 0x638
    /// CR2.
    public static let cr2 = 0x640
    /// G_PAT: the guest's PAT under nested paging.
    public static let pageAttributeTable = 0x668
    /// DEBUGCTL.
    public static let debugControl = 0x670
    /// Where the last branch came from, and three words more, with ``branchRecordControl`` only.
    public static let lastBranchFrom = 0x678
    /// See ``lastBranchFrom``.
    public static let lastBranchTo = 0x680
    /// See ``lastBranchFrom``.
    public static let lastExceptionFrom = 0x688
    /// See ``lastBranchFrom``.
    public static let lastExceptionTo = 0x690

    /// Offsets in a segment register of 16 bytes.
    public enum Segment {
      /// 16 bits.
      public static let selector = 0
      /// 16 bits: bits 40 to 47 and 52 to 55 of a descriptor.
      public static let attributes = 2
      /// 32 bits: the offset of the last byte.
      public static let limit = 4
      /// 64 bits.
      public static let base = 8
    }
  }

  /// NP_ENABLE and its neighbours.
  public struct NestedPagingControl: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt64
    /// The set with these bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Guest-physical addresses are translated.
    public static let enable = NestedPagingControl(rawValue: 1 << 0)
    /// Secure encrypted virtualisation.
    public static let encryption = NestedPagingControl(rawValue: 1 << 1)
    /// Encrypted state.
    public static let encryptedState = NestedPagingControl(rawValue: 1 << 2)
  }

  /// What VMRUN does to translations (TLB_CONTROL).
  public enum TranslationControl: UInt8, Sendable {
    /// Nothing.
    case keep = 0
    /// Those of every address space, the host's too, are forgotten.
    case flushAll = 1
    /// Those of the guest's address space are forgotten.
    case flushGuest = 3
    /// The same, but global ones may stay.
    case flushGuestNonGlobal = 7
  }
}
