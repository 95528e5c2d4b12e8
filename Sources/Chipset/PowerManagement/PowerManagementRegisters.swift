/// Offsets of the ACPI registers from the start of the power management ports (ACPI 6.5, 4.8.3 and 4.8.4). The
/// FADT tells guests about them.
public enum PowerManagementOffset {
  /// PM1a status, 16 bits; the first half of the PM1a event block.
  public static let status: UInt16 = 0x00
  /// PM1a enable, 16 bits; the second half of the PM1a event block.
  public static let enable: UInt16 = 0x02
  /// PM1a control, 16 bits.
  public static let control: UInt16 = 0x04
  /// The power management timer, 32 bits.
  public static let timer: UInt16 = 0x08
  /// Status of the general-purpose events, 16 bits; the first half of the GPE0 block.
  public static let generalPurposeStatus: UInt16 = 0x20
  /// Enable of the general-purpose events, 16 bits; the second half of the GPE0 block.
  public static let generalPurposeEnable: UInt16 = 0x22
  /// How many ports there are.
  public static let count: UInt16 = 0x40
}

/// The fixed events: bits of PM1a status and enable (ACPI 6.5, tables 4.11 and 4.12).
struct PowerManagementEvents: OptionSet {
  let rawValue: UInt16
  /// The timer's highest bit changed.
  static let timer = PowerManagementEvents(rawValue: 1 << 0)
  static let globalLock = PowerManagementEvents(rawValue: 1 << 5)
  static let powerButton = PowerManagementEvents(rawValue: 1 << 8)
  static let sleepButton = PowerManagementEvents(rawValue: 1 << 9)
  static let realTimeClock = PowerManagementEvents(rawValue: 1 << 10)
  static let all: PowerManagementEvents = [.timer, .globalLock, .powerButton, .sleepButton, .realTimeClock]
}

/// Fields of PM1a control (ACPI 6.5, table 4.13).
enum PowerManagementControl {
  /// The machine is in ACPI mode, where the power management event interrupt is an SCI. Always set.
  static let systemControlInterrupt: UInt16 = 1 << 0
  static let busMasterReload: UInt16 = 1 << 1
  /// Write-only: goes into the sleep state.
  static let sleepEnable: UInt16 = 1 << 13
  static let stored = busMasterReload | 7 << 10

  static func sleepType(_ value: UInt16) -> UInt8 { UInt8(value >> 10 & 7) }
}
