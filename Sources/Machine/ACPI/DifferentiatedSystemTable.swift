import Chipset

/// The DSDT: the devices that a guest cannot find by itself (ACPI 6.5, 5.2.11.1).
struct DifferentiatedSystemTable {
  let configuration: ACPITables.Configuration

  /// Revision 2: integers have 64 bits.
  private static let revision: UInt8 = 2
  /// _STA of a device that is present, enabled, shown and working (ACPI 6.5, 6.3.7).
  private static let working: UInt64 = 0xF

  /// The table.
  func make() -> ACPITable {
    let processors = (0..<max(0, configuration.processorCount)).map(processor)
    return ACPITable(
      "DSDT", revision: Self.revision,
      content: AMLTerm.encode([.scope("\\_SB", devices), .scope("\\_SB", processors)] + sleepStates))
  }

  private var devices: [AMLTerm] {
    let host = configuration.pciHost.map { [PCIHostDescription(layout: $0).device] } ?? []
    let resources = motherboardResources
    let motherboard = resources.isEmpty ? [] : [self.motherboard(resources)]
    return switch configuration.fixedHardware {
    case .pc: host + motherboard + [serialPort, realTimeClock, eventTimer]
    case .reduced: host + motherboard + [serialPort]
    }
  }

  /// What to write to PM1a and PM1b control, and two fields that are reserved (ACPI 6.5, 7.4.2).
  private var sleepStates: [AMLTerm] {
    guard case .pc = configuration.fixedHardware else { return [] }
    let softOff = UInt64(PowerManagement.softOffSleepType)
    return [.name("\\_S5", .package([.integer(softOff), .integer(0), .integer(0), .integer(0)]))]
  }

  /// What belongs to no other device.
  private var motherboardResources: [ResourceDescriptor] {
    let configurationSpace = configuration.pciHost.map { [ResourceDescriptor.memory($0.configurationWindow)] }
    return switch configuration.fixedHardware {
    case .pc: (configurationSpace ?? []) + [.ports(AddressMap.Port.powerManagement)]
    case .reduced: configurationSpace ?? []
    }
  }

  /// A device that keeps others away from resources.
  private func motherboard(_ resources: [ResourceDescriptor]) -> AMLTerm {
    .device(
      "MBRD",
      [
        .name("_HID", .eisaIdentifier("PNP", 0x0C02)),
        .name("_UID", .integer(0)),
        .name("_CRS", .resources(resources)),
      ])
  }

  private var serialPort: AMLTerm {
    .device(
      "COM1",
      [
        .name("_HID", .eisaIdentifier("PNP", 0x0501)),
        .name("_UID", .integer(0)),
        .name("_STA", .integer(Self.working)),
        .name(
          "_CRS",
          .resources([
            .ports(AddressMap.Port.serial1), .interrupt(AddressMap.GlobalSystemInterrupt.serial1),
          ])),
      ])
  }

  private var realTimeClock: AMLTerm {
    .device(
      "RTC",
      [
        .name("_HID", .eisaIdentifier("PNP", 0x0B00)),
        .name(
          "_CRS",
          .resources([
            .ports(AddressMap.Port.realTimeClock),
            .interrupt(AddressMap.GlobalSystemInterrupt.realTimeClock),
          ])),
      ])
  }

  private var eventTimer: AMLTerm {
    .device(
      "HPET",
      [
        .name("_HID", .eisaIdentifier("PNP", 0x0103)),
        .name("_UID", .integer(0)),
        .name("_CRS", .resources([.memory(AddressMap.hpet)])),
      ])
  }

  /// A processor; its UID is that of its entry in the MADT.
  private func processor(_ number: Int) -> AMLTerm {
    let digits = String(number, radix: 16, uppercase: true)
    let padding = String(repeating: "0", count: max(0, 3 - digits.count))
    return .device(
      AMLName("C" + padding + digits),
      [
        .name("_HID", .string("ACPI0007")),
        .name("_UID", .integer(UInt64(number))),
        .name("_STA", .integer(Self.working)),
      ])
  }
}
