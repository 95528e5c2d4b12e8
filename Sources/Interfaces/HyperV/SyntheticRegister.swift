extension HyperV {
  /// The model-specific registers of the hypervisor (TLFS, appendix "MSR").
  public enum SyntheticRegister: UInt32, Sendable {
    /// HV_X64_MSR_GUEST_OS_ID.
    case guestIdentity = 0x4000_0000
    /// HV_X64_MSR_HYPERCALL: see ``OverlayControl``.
    case hypercall = 0x4000_0001
    /// HV_X64_MSR_VP_INDEX.
    case processorIndex = 0x4000_0002
    /// HV_X64_MSR_RESET.
    case reset = 0x4000_0003
    /// HV_X64_MSR_VP_RUNTIME, in units of 100 ns.
    case runtime = 0x4000_0010
    /// HV_X64_MSR_TIME_REF_COUNT, in units of 100 ns.
    case referenceCounter = 0x4000_0020
    /// HV_X64_MSR_REFERENCE_TSC: see ``OverlayControl``.
    case referencePage = 0x4000_0021
    /// HV_X64_MSR_TSC_FREQUENCY, in Hz.
    case timeStampCounterFrequency = 0x4000_0022
    /// HV_X64_MSR_APIC_FREQUENCY, in Hz.
    case localAPICFrequency = 0x4000_0023
    /// HV_X64_MSR_EOI.
    case endOfInterrupt = 0x4000_0070
    /// HV_X64_MSR_ICR.
    case interruptCommand = 0x4000_0071
    /// HV_X64_MSR_TPR.
    case taskPriority = 0x4000_0072
    /// HV_X64_MSR_VP_ASSIST_PAGE: see ``OverlayControl``.
    case assistPage = 0x4000_0073
    /// HV_X64_MSR_SCONTROL.
    case interruptControl = 0x4000_0080
    /// HV_X64_MSR_SVERSION.
    case interruptVersion = 0x4000_0081
    /// HV_X64_MSR_SIEFP: see ``OverlayControl``.
    case eventFlagsPage = 0x4000_0082
    /// HV_X64_MSR_SIMP: see ``OverlayControl``.
    case messagePage = 0x4000_0083
    /// HV_X64_MSR_EOM.
    case endOfMessage = 0x4000_0084
    /// HV_X64_MSR_GUEST_IDLE.
    case guestIdle = 0x4000_00F0
    /// HV_X64_MSR_CRASH_CTL: see ``CrashControl``.
    case crashControl = 0x4000_0105
    /// HV_X64_MSR_TSC_INVARIANT_CONTROL.
    case invariantCounterControl = 0x4000_0118

    /// HV_X64_MSR_SINT0 to HV_X64_MSR_SINT15: see ``InterruptSource``.
    public static let interruptSources: ClosedRange<UInt32> = 0x4000_0090...0x4000_009F
    /// HV_X64_MSR_STIMER0_CONFIG, STIMER0_COUNT and so on: see ``TimerConfiguration``.
    public static let timers: ClosedRange<UInt32> = 0x4000_00B0...0x4000_00B7
    /// HV_X64_MSR_CRASH_P0 to HV_X64_MSR_CRASH_P4.
    public static let crashParameters: ClosedRange<UInt32> = 0x4000_0100...0x4000_0104
  }

  /// A register that lays a page of the hypervisor's over a page of the partition: bit 0 enables, bits 12 to 63 name
  /// the page.
  public struct OverlayControl: Equatable, Sendable {
    /// The register.
    public var rawValue: UInt64

    /// The register as it was written.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A page that is laid over the one at a physical address.
    public init(at address: UInt64) { rawValue = address & Self.pageMask | Self.enable }

    private static let enable: UInt64 = 1 << 0
    /// Of ``SyntheticRegister/hypercall``: the register cannot be written any more.
    public static let locked: UInt64 = 1 << 1
    private static let pageMask: UInt64 = ~0xFFF

    /// The page is there.
    public var isEnabled: Bool { rawValue & Self.enable != 0 }
    /// The physical address of the page.
    public var address: UInt64 { rawValue & Self.pageMask }
    /// The bits that are neither the address nor the enable bit.
    public var other: UInt64 { rawValue & ~Self.pageMask & ~Self.enable }
  }

  /// One of the sixteen sources of synthetic interrupts (HV_SYNIC_SINT).
  public struct InterruptSource: Equatable, Sendable {
    /// The register.
    public var rawValue: UInt64

    /// The register as it was written.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The value after reset: masked.
    public static let reset = InterruptSource(rawValue: masked)
    private static let masked: UInt64 = 1 << 16
    private static let automatic: UInt64 = 1 << 17
    private static let polling: UInt64 = 1 << 18
    private static let defined: UInt64 = 0xFF | masked | automatic | polling

    /// The interrupt that a message raises.
    public var vector: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
    /// Messages raise no interrupt.
    public var isMasked: Bool { rawValue & (Self.masked | Self.polling) != 0 }
    /// The interrupt ends when it is delivered.
    public var endsAutomatically: Bool { rawValue & Self.automatic != 0 }
    /// No reserved bit is set.
    public var isDefined: Bool { rawValue & ~Self.defined == 0 }
  }

  /// The configuration of a synthetic timer (HV_X64_MSR_STIMER_CONFIG).
  public struct TimerConfiguration: Equatable, Sendable {
    /// The register.
    public var rawValue: UInt64

    /// The register as it was written.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    private static let enable: UInt64 = 1 << 0
    private static let periodic: UInt64 = 1 << 1
    private static let automatic: UInt64 = 1 << 3
    private static let direct: UInt64 = 1 << 12
    private static let reserved: UInt64 = ~0xF_1FFF

    /// The timer runs.
    public var isEnabled: Bool {
      get { rawValue & Self.enable != 0 }
      set { rawValue = rawValue & ~Self.enable | (newValue ? Self.enable : 0) }
    }
    /// The count is a period and not a time.
    public var isPeriodic: Bool { rawValue & Self.periodic != 0 }
    /// A count that is not zero enables the timer.
    public var isEnabledByCount: Bool { rawValue & Self.automatic != 0 }
    /// The vector of a timer in direct mode.
    public var vector: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 4) }
    /// The timer raises its interrupt itself, instead of sending a message.
    public var isDirect: Bool { rawValue & Self.direct != 0 }
    /// The source that gets the message of a timer that is not direct, 0 to 15.
    public var source: Int { Int(rawValue >> 16 & 0xF) }
    /// No reserved bit is set.
    public var isDefined: Bool { rawValue & Self.reserved == 0 }
  }

  /// HV_X64_MSR_CRASH_CTL.
  public enum CrashControl {
    /// The partition has crashed and says so.
    public static let notify: UInt64 = 1 << 63
    /// CRASH_P3 and CRASH_P4 are the address and the length of a text.
    public static let message: UInt64 = 1 << 62
  }

  /// The page of ``SyntheticRegister/referencePage``: time = ((TSC * scale) >> 64) + offset, in units of 100 ns.
  public enum ReferencePage {
    /// 32 bits; 0 means that the page is not valid now.
    public static let sequence = 0
    /// 64 bits.
    public static let scale = 8
    /// 64 bits, signed.
    public static let offset = 16
  }
}
