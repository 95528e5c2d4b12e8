/// AMD's Secure Virtual Machine and its virtual interrupt controller, AVIC, as volume 2 of the AMD64 Architecture
/// Programmer's Manual (APM, chapter 15 and appendix B) and the hypervisors that run on them define them.
///
/// Numbers and layouts only. It compiles for the host and, with Embedded Swift, for the bare computer, so that both
/// sides of the interface share one definition.
public enum SVM {
  /// The size of a virtual machine control block, of a backing page and of each table of AVIC, in bytes.
  public static let pageSize = 4096

  /// Fn8000_000A: what CPUID tells about the extension (APM volume 3, E.4.9).
  public static let identificationLeaf: UInt32 = 0x8000_000A
  /// EAX of ``identificationLeaf``, bits 0 to 7.
  public static let revision: UInt32 = 1

  /// Model-specific registers (APM volume 2, 15.30 and 15.29.10).
  public enum Register {
    /// TSC_RATIO: a fixed-point number with 32 bits after the point.
    public static let timeStampCounterRatio: UInt32 = 0xC000_0104
    /// VM_CR: see ``SVM/Control``.
    public static let control: UInt32 = 0xC001_0114
    /// IGNNE.
    public static let ignoreNumericError: UInt32 = 0xC001_0115
    /// SMM_CTL.
    public static let systemManagement: UInt32 = 0xC001_0116
    /// VM_HSAVE_PA: the physical address of a page for the host's state.
    public static let hostSaveArea: UInt32 = 0xC001_0117
    /// SVM_KEY.
    public static let key: UInt32 = 0xC001_0118
    /// The doorbell of AVIC: writing a physical APIC ID signals that processor.
    public static let doorbell: UInt32 = 0xC001_011B
  }

  /// VM_CR.
  public struct Control: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt64
    /// The set with these bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// DPD: external debug ports are disabled.
    public static let debugPortDisable = Control(rawValue: 1 << 0)
    /// R_INIT: INIT is redirected to #SX.
    public static let redirectInit = Control(rawValue: 1 << 1)
    /// DIS_A20M.
    public static let disableA20Mask = Control(rawValue: 1 << 2)
    /// LOCK: writes to ``disable`` and to this bit are ignored.
    public static let lock = Control(rawValue: 1 << 3)
    /// SVMDIS: EFER.SVME cannot be set.
    public static let disable = Control(rawValue: 1 << 4)
    /// All that is defined.
    public static let defined = Control(rawValue: 0x1F)
  }

  /// TSC_RATIO of a guest whose TSC counts as fast as the processor's.
  public static let unityRatio: UInt64 = 1 << 32
  /// The bits of TSC_RATIO that are not reserved.
  public static let ratioMask: UInt64 = (1 << 40) - 1
}
