import _Volatile

/// The HPET's main counter: IA-PC HPET specification 1.0a, section 2.3.
public struct HighPrecisionEventTimer: Sendable {
  private enum Register {
    static let capabilities: UInt64 = 0x000
    static let configuration: UInt64 = 0x010
    static let mainCounter: UInt64 = 0x0F0
  }

  private static let overallEnable: UInt64 = 1 << 0
  private static let femtosecondsPerSecond: UInt64 = 1_000_000_000_000_000

  private let base: PhysicalAddress

  /// The HPET whose registers are at `base`, if that is in the identity map and the device answers as
  /// the specification demands.
  public init?(base: PhysicalAddress) {
    guard base.pointer != nil else { return nil }
    self.base = base
    guard (1...100_000_000).contains(period) else { return nil }
  }

  /// Femtoseconds between two ticks.
  public var period: UInt64 { register(Register.capabilities).load() >> 32 }

  /// Ticks in a second.
  public var frequency: UInt64 { Self.femtosecondsPerSecond / period }

  /// How many comparators there are.
  public var comparators: UInt64 { (register(Register.capabilities).load() >> 8 & 0x1F) + 1 }

  /// The main counter.
  public var count: UInt64 { register(Register.mainCounter).load() }

  /// Lets the main counter run.
  public func start() {
    let configuration = register(Register.configuration)
    configuration.store(configuration.load() | Self.overallEnable)
  }

  private func register(_ offset: UInt64) -> VolatileMappedRegister<UInt64> {
    VolatileMappedRegister(unsafeBitPattern: UInt((base + offset).rawValue))
  }
}
