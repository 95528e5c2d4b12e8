/// The fixed description table, "FACP": ACPI 6.5, section 5.2.9. What is needed for power-off and time.
public struct FixedDescription: Sendable {
  private enum Field {
    static let dsdt: UInt64 = 40
    static let smiCommand: UInt64 = 48
    static let acpiEnable: UInt64 = 52
    static let controlBlockA: UInt64 = 64
    static let controlBlockB: UInt64 = 68
    static let timerBlock: UInt64 = 76
    static let timerLength: UInt64 = 91
    static let extendedDSDT: UInt64 = 140
  }

  /// How ACPI is switched on: a value for a port. Nil if it is always on.
  let enableCommand: (port: IOPort, value: UInt8)?
  /// PM1a_CNT_BLK.
  let controlA: IOPort
  /// PM1b_CNT_BLK, if there is one.
  let controlB: IOPort?
  /// The power-management timer, if there is one.
  public let timer: PowerManagementTimer?
  /// The table with the sleep states.
  let differentiatedDescription: PhysicalBytes?

  /// Reads the table, if there is one and it has port blocks.
  public init?(_ tables: ACPITables) {
    guard let table = tables.table("FACP"), let controlA = Self.port(table, Field.controlBlockA) else {
      return nil
    }
    self.controlA = controlA
    controlB = Self.port(table, Field.controlBlockB)
    let hasTimer = table.load(Field.timerLength, as: UInt8.self) == 4
    timer = hasTimer ? Self.port(table, Field.timerBlock).map(PowerManagementTimer.init(port:)) : nil

    if let port = Self.port(table, Field.smiCommand),
      let value = table.load(Field.acpiEnable, as: UInt8.self),
      value != 0
    {
      enableCommand = (port, value)
    } else {
      enableCommand = nil
    }

    let address = table.load(Field.dsdt, as: UInt32.self).map(UInt64.init) ?? 0
    let extended = table.load(Field.extendedDSDT, as: UInt64.self) ?? 0
    differentiatedDescription = ACPITables.table(at: PhysicalAddress(extended != 0 ? extended : address))
  }

  private static func port(_ table: PhysicalBytes, _ field: UInt64) -> IOPort? {
    guard let address = table.load(field, as: UInt32.self), address != 0, address <= 0xFFFF else {
      return nil
    }
    return IOPort(UInt16(truncatingIfNeeded: address))
  }
}
