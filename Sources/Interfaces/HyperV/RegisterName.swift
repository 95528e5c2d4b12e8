extension HyperV {
  /// The names of a virtual processor's registers in calls (TLFS, HV_REGISTER_NAME).
  public enum RegisterName: UInt32, Sendable, CaseIterable {
    case pendingInterruption = 0x0001_0002
    case interruptState = 0x0001_0003
    case internalActivity = 0x0000_0004

    case rax = 0x0002_0000
    case rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15, rip, rflags

    case cr0 = 0x0004_0000
    case cr2, cr3, cr4, cr8, xfem

    case dr0 = 0x0005_0000
    case dr1, dr2, dr3, dr6, dr7

    case es = 0x0006_0000
    case cs, ss, ds, fs, gs, ldtr, tr

    case idtr = 0x0007_0000
    case gdtr

    case efer = 0x0008_0001
    case kernelGSBase, apicBase, pageAttributeTable, sysenterSelector, sysenterInstructionPointer,
      sysenterStackPointer, star, lstar, cstar, flagMask
    case timeStampCounterAuxiliary = 0x0008_007B

    case guestIdentity = 0x0009_0002
    case processorIndex, referenceCounter
    case assistPage = 0x0009_0013
    case referencePage = 0x0009_0017

    case interruptControl = 0x000A_0010
    case interruptVersion, eventFlagsPage, messagePage, endOfMessage

    /// VsmCodePageOffsets: see ``CodePageOffsets``.
    case codePageOffsets = 0x000D_0002
    /// VsmVpStatus: see ``ProcessorLevelStatus``.
    case processorLevelStatus = 0x000D_0003
    /// VsmPartitionStatus: see ``PartitionLevelStatus``.
    case partitionLevelStatus = 0x000D_0004
    /// VsmVina: see ``InterruptNotification``.
    case interruptNotification = 0x000D_0005
    /// VsmCapabilities: see ``LevelCapabilities``.
    case levelCapabilities = 0x000D_0006
    /// VsmPartitionConfig: see ``LevelConfiguration``.
    case levelConfiguration = 0x000D_0007
    /// GuestVsmPartitionConfig.
    case guestLevelConfiguration = 0x000D_0008
    /// VsmVpSecureConfigVtl0.
    case secureConfiguration0 = 0x000D_0010
    /// VsmVpSecureConfigVtl1.
    case secureConfiguration1 = 0x000D_0011
    /// VsmVpSecureConfigVtl2.
    case secureConfiguration2 = 0x000D_0012
    /// VsmVpWaitForTlbLock.
    case waitForTranslationLock = 0x000D_0020

    /// SINT0 to SINT15.
    public static let interruptSources: ClosedRange<UInt32> = 0x000A_0000...0x000A_000F
    /// STIMER0_CONFIG, STIMER0_COUNT and so on.
    public static let timers: ClosedRange<UInt32> = 0x000B_0000...0x000B_0007
  }
}
