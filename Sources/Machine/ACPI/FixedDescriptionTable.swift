/// The FADT: the fixed hardware of ACPI (ACPI 6.5, 5.2.9).
enum FixedDescriptionTable {
  private static let revision: UInt8 = 6
  private static let minorRevision: UInt8 = 4
  private static let contentSize = 276 - headerSize
  private static let headerSize = 36

  /// Offsets from the table's start.
  private enum Field {
    static let facs = 36
    static let dsdt = 40
    static let sciInterrupt = 46
    static let pm1aEvents = 56
    static let pm1aControl = 64
    static let pmTimer = 76
    static let gpe0 = 80
    static let pm1EventsLength = 88
    static let pm1ControlLength = 89
    static let pmTimerLength = 91
    static let gpe0Length = 92
    static let c2Latency = 96
    static let c3Latency = 98
    static let century = 108
    static let bootArchitecture = 109
    static let flags = 112
    static let resetRegister = 116
    static let resetValue = 128
    static let minorRevision = 131
    static let wideDSDT = 140
    static let widePM1aEvents = 148
    static let widePM1aControl = 172
    static let widePMTimer = 208
    static let wideGPE0 = 220
    static let hypervisorVendor = 268
  }

  /// Bits of the flags (ACPI 6.5, table 5.10). That the bit for a power button by control method is clear says
  /// that it is fixed hardware.
  private enum Flag {
    static let writeBackInvalidate: UInt32 = 1 << 0
    static let c1: UInt32 = 1 << 2
    static let noFixedSleepButton: UInt32 = 1 << 5
    static let noFixedClockWake: UInt32 = 1 << 6
    static let timerHas32Bits: UInt32 = 1 << 8
    static let resetRegister: UInt32 = 1 << 10
    static let headless: UInt32 = 1 << 12
    static let hardwareReduced: UInt32 = 1 << 20
  }

  /// Bits of the boot architecture flags (ACPI 6.5, table 5.11). That the bits for an 8042 and for ISA slots are
  /// clear says that there are none.
  private enum BootArchitecture {
    static let noVGA: UInt16 = 1 << 2
    static let noRealTimeClock: UInt16 = 1 << 5
  }

  /// A latency that says that there is no such state (ACPI 6.5, table 5.9).
  private static let noC2: UInt16 = 101
  private static let noC3: UInt16 = 1001
  private static let hypervisorVendor = [UInt8]("Strata".utf8)

  /// The table of a machine whose DSDT and FACS are at these addresses, below 4 GiB.
  static func make(dsdt: UInt64, facs: UInt64, _ hardware: ACPITables.FixedHardware) -> ACPITable {
    var content = Content()
    content.put(UInt32(truncatingIfNeeded: facs), at: Field.facs)
    content.put(UInt32(truncatingIfNeeded: dsdt), at: Field.dsdt)
    content.put(dsdt, at: Field.wideDSDT)
    content.put(minorRevision, at: Field.minorRevision)
    content.put(hypervisorVendor, at: Field.hypervisorVendor)
    switch hardware {
    case .pc: putFixedHardware(to: &content)
    case .reduced:
      content.put(
        BootArchitecture.noVGA | BootArchitecture.noRealTimeClock, at: Field.bootArchitecture)
      content.put(
        Flag.writeBackInvalidate | Flag.c1 | Flag.hardwareReduced | Flag.headless, at: Field.flags)
    }
    return ACPITable("FACP", revision: revision, content: content.bytes)
  }

  /// There is no SMI command port: the machine is always in ACPI mode.
  private static func putFixedHardware(to content: inout Content) {
    typealias Port = AddressMap.Port
    content.put(UInt16(AddressMap.GlobalSystemInterrupt.systemControl), at: Field.sciInterrupt)
    content.putBlock(
      Port.powerManagementEvents, at: Field.pm1aEvents, length: Field.pm1EventsLength,
      wide: Field.widePM1aEvents, accessWidth: 2)
    content.putBlock(
      Port.powerManagementControl, at: Field.pm1aControl, length: Field.pm1ControlLength,
      wide: Field.widePM1aControl, accessWidth: 2)
    content.putBlock(
      Port.powerManagementTimer, at: Field.pmTimer, length: Field.pmTimerLength,
      wide: Field.widePMTimer, accessWidth: 4)
    content.putBlock(
      Port.generalPurposeEvents, at: Field.gpe0, length: Field.gpe0Length,
      wide: Field.wideGPE0, accessWidth: 1)
    content.put(noC2, at: Field.c2Latency)
    content.put(noC3, at: Field.c3Latency)
    content.put(AddressMap.realTimeClockCentury, at: Field.century)
    content.put(BootArchitecture.noVGA, at: Field.bootArchitecture)
    content.put(
      Flag.writeBackInvalidate | Flag.c1 | Flag.noFixedSleepButton
        | Flag.noFixedClockWake | Flag.timerHas32Bits | Flag.resetRegister | Flag.headless,
      at: Field.flags)
    content.put(
      GenericAddress.ports(Port.resetControl..<Port.resetControl + 1, accessWidth: 1).bytes,
      at: Field.resetRegister)
    content.put(AddressMap.resetControlFullReset, at: Field.resetValue)
  }

  /// What follows the header, while it is filled.
  private struct Content {
    private(set) var bytes = [UInt8](repeating: 0, count: contentSize)

    mutating func put<Number: FixedWidthInteger>(_ number: Number, at field: Int) {
      bytes.put(number, at: field - headerSize)
    }

    mutating func put(_ bytes: [UInt8], at field: Int) {
      for (index, byte) in bytes.enumerated() { put(byte, at: field + index) }
    }

    /// Puts a register block's ports to its old field, its length and its new field.
    mutating func putBlock(
      _ ports: Range<UInt16>, at field: Int, length: Int, wide: Int, accessWidth: Int
    ) {
      put(UInt32(ports.lowerBound), at: field)
      put(UInt8(truncatingIfNeeded: ports.count), at: length)
      put(GenericAddress.ports(ports, accessWidth: accessWidth).bytes, at: wide)
    }
  }
}
