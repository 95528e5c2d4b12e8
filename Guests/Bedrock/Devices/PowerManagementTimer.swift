/// The ACPI power-management timer: a counter with a frequency that needs no calibration (ACPI 6.5,
/// section 4.8.2.1).
public struct PowerManagementTimer: Sendable {
  /// Ticks in a second.
  public static let frequency: UInt64 = 3_579_545

  private let port: IOPort
  /// The counter has 24 or 32 bits; 24 are enough for 4.6 seconds.
  private static let mask: UInt32 = 0xFF_FFFF

  /// The timer at a port.
  public init(port: IOPort) { self.port = port }

  /// The low 24 bits of the counter.
  public var count: UInt32 { port.read32() & Self.mask }

  /// Spins for at least that long.
  public func spin(microseconds: UInt64) {
    let ticks = microseconds * Self.frequency / 1_000_000 + 1
    var elapsed: UInt64 = 0
    var last = count
    while elapsed < ticks {
      ProcessorControl.spinHint()
      let now = count
      elapsed += UInt64((now &- last) & Self.mask)
      last = now
    }
  }

  /// The time since the counter had a value, at most 4 seconds ago.
  public func microseconds(since start: UInt32) -> UInt64 {
    UInt64((count &- start) & Self.mask) * 1_000_000 / Self.frequency
  }

  /// The frequency in hertz of another counter, measured for about `microseconds`, at most 4 seconds.
  public func measure(microseconds: UInt64, _ counter: () -> UInt64) -> UInt64 {
    let startTicks = count
    let start = counter()
    spin(microseconds: microseconds)
    let ticks = UInt64((count &- startTicks) & Self.mask)
    return (counter() &- start) &* Self.frequency / max(ticks, 1)
  }
}
