/// What not every local APIC has; CPUID tells.
public struct LocalAPICFeatures: OptionSet, Sendable {
  /// The features as bits.
  public let rawValue: UInt8

  /// A set from its bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// x2APIC mode.
  public static let x2APIC = LocalAPICFeatures(rawValue: 1 << 0)
  /// A timer that goes off when the TSC reaches a value.
  public static let timeStampCounterDeadline = LocalAPICFeatures(rawValue: 1 << 1)
  /// Both.
  public static let all: LocalAPICFeatures = [.x2APIC, .timeStampCounterDeadline]
}
