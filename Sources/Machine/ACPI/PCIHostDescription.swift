import Bus
import Chipset

/// What the DSDT says of the PCI host bridge (ACPI 6.5, 6.2; PCI Firmware Specification 3.3, 4).
struct PCIHostDescription {
  let layout: PCIHostLayout

  private static let deviceCount = 32

  /// The bridge, with its root bus.
  var device: AMLTerm {
    .device(
      "PCI0",
      [
        .name("_HID", .eisaIdentifier("PNP", 0x0A08)),
        .name("_CID", .eisaIdentifier("PNP", 0x0A03)),
        .name("_UID", .integer(0)),
        .name("_SEG", .integer(0)),
        .name("_BBN", .integer(UInt64(AddressMap.pciBuses.lowerBound))),
        .name("_CRS", .resources(resources)),
        .name("_PRT", .package(interruptRoutes)),
        operatingSystemCapabilities,
      ])
  }

  private var resources: [ResourceDescriptor] {
    [
      .busWindow(AddressMap.pciBuses),
      .ports(AddressMap.Port.pciConfiguration),
      .portWindow(layout.portWindow),
      .memoryWindow(layout.lowWindow),
      .wideMemoryWindow(layout.highWindow),
    ]
  }

  /// Each pin of each device, with the global system interrupt that it leads to (ACPI 6.5, 6.2.13).
  private var interruptRoutes: [AMLValue] {
    (0..<Self.deviceCount).flatMap { device in
      PCIInterruptPin.allCases.enumerated().map { number, pin in
        let allFunctions = UInt64(device) << 16 | 0xFFFF
        let interrupt = PCIInterruptRouting.globalSystemInterrupt(device: device, pin: pin)
        return .package([
          .integer(allFunctions), .integer(UInt64(number)), .integer(0),
          .integer(UInt64(truncatingIfNeeded: interrupt)),
        ])
      }
    }
  }

  /// _OSC, by which an operating system asks to control hot plug, power management events, error reporting and
  /// the like (PCI Firmware Specification 3.3, 4.5). No firmware here wants any of it for itself: whatever is
  /// asked for is granted, by leaving the request as it is.
  private var operatingSystemCapabilities: AMLTerm {
    let hostBridge = AMLValue.uuid(
      0x33DB_4D5B, 0x1FF7, 0x401C, [0x96, 0x57, 0x74, 0x41, 0xC0, 0x3D, 0xD7, 0x66])
    let unrecognizedUUID: UInt64 = 1 << 2
    let unrecognizedRevision: UInt64 = 1 << 3
    return .method(
      "_OSC", argumentCount: 4,
      [
        .doubleWordField("STAT", of: .argument(3), at: 0),
        .choice(
          if: .equal(.argument(0), hostBridge),
          then: [
            .choice(
              if: .not(.equal(.argument(1), .integer(1))),
              then: [.setBits(unrecognizedRevision, in: "STAT")], else: [])
          ],
          else: [.setBits(unrecognizedUUID, in: "STAT")]),
        .result(.argument(3)),
      ])
  }
}
