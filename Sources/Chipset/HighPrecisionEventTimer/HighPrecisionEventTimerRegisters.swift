/// Offsets of the HPET's registers, each 64 bits wide (IA-PC HPET specification 1.0a, 2.3.1).
enum HighPrecisionEventTimerOffset {
  static let capabilities: UInt64 = 0x000
  static let configuration: UInt64 = 0x010
  static let interruptStatus: UInt64 = 0x020
  static let mainCounter: UInt64 = 0x0F0
  static let firstTimer: UInt64 = 0x100

  /// The bytes that the registers of one timer take.
  static let timerStride: UInt64 = 0x20
  /// Within the registers of a timer.
  static let timerConfiguration: UInt64 = 0x00
  static let timerComparator: UInt64 = 0x08
}

/// The general capabilities and ID register (2.3.4).
enum HighPrecisionEventTimerCapabilities {
  private static let revision: UInt64 = 1
  private static let counterHas64Bits: UInt64 = 1 << 13
  private static let legacyReplacement: UInt64 = 1 << 15
  private static let vendor: UInt64 = 0x1022

  /// The period of the main counter in femtoseconds.
  static let period: UInt64 = 10_000_000
  /// The period of the main counter in nanoseconds.
  static let nanosecondsPerTick: UInt64 = period / 1_000_000

  static func value(timerCount: Int) -> UInt64 {
    revision | UInt64(timerCount - 1) << 8 | counterHas64Bits | legacyReplacement | vendor << 16 | period
      << 32
  }
}

/// The general configuration register (2.3.5).
enum HighPrecisionEventTimerConfiguration {
  static let enable: UInt64 = 1 << 0
  static let legacyReplacement: UInt64 = 1 << 1
  static let writable = enable | legacyReplacement
}

/// A timer's configuration and capability register (2.3.8).
struct TimerConfiguration: Equatable {
  private static let levelTriggered: UInt64 = 1 << 1
  private static let interruptEnable: UInt64 = 1 << 2
  private static let periodic: UInt64 = 1 << 3
  private static let periodicCapable: UInt64 = 1 << 4
  private static let has64Bits: UInt64 = 1 << 5
  private static let setsComparator: UInt64 = 1 << 6
  private static let forces32Bits: UInt64 = 1 << 8
  private static let routeShift: UInt64 = 9
  private static let route: UInt64 = 0x1F << routeShift
  private static let writable =
    levelTriggered | interruptEnable | periodic | setsComparator | forces32Bits | route
  private static let capabilities = periodicCapable | has64Bits

  private(set) var rawValue: UInt64

  /// The configuration after a reset; `routes` has a bit for each IOAPIC input that the timer may use.
  init(routes: UInt32) { rawValue = Self.capabilities | UInt64(routes) << 32 }

  mutating func write(_ value: UInt64) { rawValue = rawValue & ~Self.writable | value & Self.writable }

  mutating func restore(_ value: UInt64) -> Bool {
    guard value & ~Self.writable == rawValue & ~Self.writable else { return false }
    rawValue = value
    return true
  }

  var isLevelTriggered: Bool { rawValue & Self.levelTriggered != 0 }
  var isInterruptEnabled: Bool { rawValue & Self.interruptEnable != 0 }
  var isPeriodic: Bool { rawValue & Self.periodic != 0 }
  var is32Bits: Bool { rawValue & Self.forces32Bits != 0 }

  /// The IOAPIC input that the timer drives; `nil` if it may not.
  var input: Int? {
    let input = (rawValue & Self.route) >> Self.routeShift
    return rawValue >> (32 + input) & 1 != 0 ? Int(input) : nil
  }

  /// The next write to the comparator of a periodic timer sets the comparator too, and not only the period.
  var comparatorIsSetNext: Bool {
    get { rawValue & Self.setsComparator != 0 }
    set { rawValue = newValue ? rawValue | Self.setsComparator : rawValue & ~Self.setsComparator }
  }
}
