extension HyperV {
  /// The leaves of CPUID (TLFS 2.4).
  public enum IdentificationLeaf {
    /// The last leaf in EAX, "Microsoft Hv" in EBX, ECX and EDX.
    public static let vendor: UInt32 = 0x4000_0000
    /// "Hv#1" in EAX.
    public static let interface: UInt32 = 0x4000_0001
    /// The version.
    public static let version: UInt32 = 0x4000_0002
    /// ``Privileges``, and ``Features`` in EDX.
    public static let features: UInt32 = 0x4000_0003
    /// ``Recommendations``.
    public static let recommendations: UInt32 = 0x4000_0004
    /// The greatest numbers of virtual and logical processors.
    public static let limits: UInt32 = 0x4000_0005
    /// ``HardwareFeatures``.
    public static let hardware: UInt32 = 0x4000_0006
    /// What a hypervisor offers to one above it.
    public static let nested: UInt32 = 0x4000_000A
  }

  /// EBX, ECX and EDX of ``IdentificationLeaf/vendor``: "Microsoft Hv".
  public static let vendorSignature: (ebx: UInt32, ecx: UInt32, edx: UInt32) = (
    0x7263_694D, 0x666F_736F, 0x7648_2074
  )
  /// EAX of ``IdentificationLeaf/interface``: "Hv#1".
  public static let interfaceSignature: UInt32 = 0x3123_7648

  /// What a partition may do: EAX in the lower and EBX in the upper half (TLFS, HV_PARTITION_PRIVILEGE_MASK).
  public struct Privileges: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt64
    /// The set with these bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// VP_RUNTIME.
    public static let runtime = Privileges(rawValue: 1 << 0)
    /// TIME_REF_COUNT.
    public static let referenceCounter = Privileges(rawValue: 1 << 1)
    /// The synthetic interrupt controller.
    public static let syntheticInterruptController = Privileges(rawValue: 1 << 2)
    /// Synthetic timers.
    public static let syntheticTimers = Privileges(rawValue: 1 << 3)
    /// EOI, ICR, TPR and VP_ASSIST_PAGE.
    public static let localAPICRegisters = Privileges(rawValue: 1 << 4)
    /// GUEST_OS_ID and HYPERCALL.
    public static let hypercalls = Privileges(rawValue: 1 << 5)
    /// VP_INDEX.
    public static let processorIndex = Privileges(rawValue: 1 << 6)
    /// RESET.
    public static let reset = Privileges(rawValue: 1 << 7)
    /// REFERENCE_TSC.
    public static let referencePage = Privileges(rawValue: 1 << 9)
    /// GUEST_IDLE.
    public static let guestIdle = Privileges(rawValue: 1 << 10)
    /// TSC_FREQUENCY and APIC_FREQUENCY.
    public static let frequencies = Privileges(rawValue: 1 << 11)
    /// TSC_INVARIANT_CONTROL.
    public static let invariantCounterControl = Privileges(rawValue: 1 << 15)
    /// Virtual trust levels.
    public static let virtualSecureMode = Privileges(rawValue: 1 << 48)
    /// The registers of virtual processors.
    public static let processorRegisters = Privileges(rawValue: 1 << 49)
    /// Starting virtual processors.
    public static let startVirtualProcessor = Privileges(rawValue: 1 << 53)

    /// EAX.
    public var low: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
    /// EBX.
    public var high: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
  }

  /// What the hypervisor has: EDX of ``IdentificationLeaf/features``.
  public struct Features: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// The set with these bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Fast calls may pass input in XMM registers.
    public static let vectorInput = Features(rawValue: 1 << 4)
    /// The registers of ``Privileges/frequencies`` exist.
    public static let frequencies = Features(rawValue: 1 << 8)
    /// CRASH_P0 to CRASH_P4 and CRASH_CTL.
    public static let crashRegisters = Features(rawValue: 1 << 10)
    /// Fast calls may return output in XMM registers.
    public static let vectorOutput = Features(rawValue: 1 << 15)
    /// Synthetic timers may interrupt directly.
    public static let directTimers = Features(rawValue: 1 << 19)
  }

  /// What the hypervisor recommends: EAX of ``IdentificationLeaf/recommendations``.
  public struct Recommendations: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// The set with these bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Flush other processors' translations by calls.
    public static let remoteFlush = Recommendations(rawValue: 1 << 2)
    /// Reach the local APIC by synthetic registers.
    public static let localAPICRegisters = Recommendations(rawValue: 1 << 3)
    /// Trust no timeouts.
    public static let relaxedTiming = Recommendations(rawValue: 1 << 5)
    /// Do not use automatic end of interrupt.
    public static let noAutomaticEndOfInterrupt = Recommendations(rawValue: 1 << 9)
    /// Send interrupts to other processors by calls.
    public static let clusterInterrupts = Recommendations(rawValue: 1 << 10)
    /// Name processors by sparse sets.
    public static let processorSets = Recommendations(rawValue: 1 << 11)
  }

  /// What of the hardware the hypervisor uses: EAX of ``IdentificationLeaf/hardware``.
  public struct HardwareFeatures: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// The set with these bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Second-level address translation.
    public static let secondLevelTranslation = HardwareFeatures(rawValue: 1 << 3)
  }
}
