/// The interface between Microsoft's hypervisor and the programs above it, as the Hypervisor Top Level Functional
/// Specification (TLFS) and the software that runs there define it.
///
/// Numbers and layouts only. It compiles for the host and, with Embedded Swift, for the bare computer, so that both
/// sides of the interface share one definition.
public enum HyperV {
  /// The partition that makes the call (TLFS, HV_PARTITION_ID_SELF).
  public static let partitionSelf: UInt64 = .max
  /// The virtual processor that makes the call (HV_VP_INDEX_SELF).
  public static let processorSelf: UInt32 = 0xFFFF_FFFE
  /// Every virtual processor (HV_ANY_VP).
  public static let anyProcessor: UInt32 = 0xFFFF_FFFF
  /// The size of a page, in bytes.
  public static let pageSize = 4096

  /// A virtual trust level: the higher, the more privileged (TLFS 15.1). Shipping hypervisors have three.
  public enum VirtualTrustLevel: UInt8, CaseIterable, Comparable, Sendable {
    /// Where ordinary kernels run.
    case vtl0 = 0
    /// Where a secure kernel runs.
    case vtl1 = 1
    /// Where a paravisor runs.
    case vtl2 = 2

    /// Whether a level is less privileged than another.
    public static func < (lower: Self, higher: Self) -> Bool { lower.rawValue < higher.rawValue }
  }

  /// HV_INPUT_VTL: a level, or the caller's own.
  public struct InputLevel: Sendable {
    /// The byte in a call's input.
    public var rawValue: UInt8

    /// The byte as it was found.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A level by its number.
    public init(_ level: VirtualTrustLevel) { rawValue = level.rawValue | Self.useLevel }

    /// The level of the caller.
    public static let current = InputLevel(rawValue: 0)

    private static let useLevel: UInt8 = 1 << 4

    /// The level that is meant when `caller` asks; `nil` for an encoding that is reserved.
    public func level(of caller: VirtualTrustLevel) -> VirtualTrustLevel? {
      guard rawValue & 0xE0 == 0 else { return nil }
      guard rawValue & Self.useLevel != 0 else { return caller }
      return VirtualTrustLevel(rawValue: rawValue & 0xF)
    }
  }
}
