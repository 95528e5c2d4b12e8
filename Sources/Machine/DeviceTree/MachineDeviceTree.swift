import Bus

/// The device tree of a legacy-free machine.
///
/// The names of nodes and properties are those of the Devicetree Specification 0.4; what it leaves open follows
/// Linux's bindings for x86 (Documentation/arch/x86/booting-dt.rst).
struct MachineDeviceTree {
  /// How many processors there are; their APIC IDs count from 0.
  let processorCount: Int
  /// Bytes of RAM.
  let memorySize: UInt64

  private static let ioAPICHandle: UInt32 = 1
  /// The flag of an interrupt of the IOAPIC that is edge-triggered and active high.
  private static let risingEdge: UInt32 = 3
  /// The first cell of an address on an ISA bus, for I/O ports.
  private static let portSpace: UInt32 = 1
  private static let portCount: UInt32 = 0x1_0000
  /// What a 16550A divides, in hertz.
  private static let serialClock: UInt32 = 1_843_200
  private static let serialSpeed: UInt32 = 115_200

  /// The letter in the unit address stands for I/O ports, as the bus's own addresses have it (ISA/EISA/ISA-PnP
  /// binding to IEEE 1275, 2.2.1).
  private static let isaBus = "isa@i0"
  private static let serialPort = "serial@" + String(AddressMap.Port.serial1.lowerBound, radix: 16)

  /// The root, with everything below it.
  var root: DeviceTreeNode {
    DeviceTreeNode(
      "",
      [
        .text("model", "Strata"), .text("compatible", "strata,legacy-free"), .cells("#address-cells", 2),
        .cells("#size-cells", 2),
      ],
      children: [
        DeviceTreeNode("chosen", [.text("stdout-path", "/\(Self.isaBus)/\(Self.serialPort)")]),
        processors, memory, ioAPIC, isa,
      ])
  }

  private var processors: DeviceTreeNode {
    DeviceTreeNode(
      "cpus", [.cells("#address-cells", 1), .cells("#size-cells", 0)],
      children: (0..<processorCount).map { number in
        DeviceTreeNode(
          "cpu@" + String(number, radix: 16),
          [
            .text("device_type", "cpu"), .text("compatible", "x86"),
            .cells("reg", UInt32(truncatingIfNeeded: number)),
          ])
      })
  }

  private var memory: DeviceTreeNode {
    let low = min(memorySize, GuestMemory.holeStart)
    let high = memorySize - low
    return DeviceTreeNode(
      "memory@0",
      [
        .text("device_type", "memory"),
        .doubleCells("reg", [0, low] + (high > 0 ? [GuestMemory.holeEnd, high] : [])),
      ])
  }

  /// Intel's CE4100 was the first x86 that was described by a tree: Linux knows an IOAPIC by its name.
  private var ioAPIC: DeviceTreeNode {
    let registers = AddressMap.ioAPIC
    return DeviceTreeNode(
      "interrupt-controller@" + String(registers.lowerBound, radix: 16),
      [
        .text("compatible", "intel,ce4100-ioapic"),
        .doubleCells("reg", [registers.lowerBound, registers.upperBound - registers.lowerBound]),
        .marker("interrupt-controller"), .cells("#interrupt-cells", 2), .cells("#address-cells", 0),
        .cells("phandle", Self.ioAPICHandle),
      ])
  }

  /// The bus by whose addresses I/O ports are told: a space and a number.
  private var isa: DeviceTreeNode {
    let ports = AddressMap.Port.serial1
    return DeviceTreeNode(
      Self.isaBus,
      [
        .text("compatible", "isa"), .text("device_type", "isa"), .cells("#address-cells", 2),
        .cells("#size-cells", 1), .cells("ranges", Self.portSpace, 0, 0, 0, Self.portCount),
      ],
      children: [
        DeviceTreeNode(
          Self.serialPort,
          [
            .text("compatible", "ns16550a"),
            .cells("reg", Self.portSpace, UInt32(ports.lowerBound), UInt32(ports.count)),
            .cells("clock-frequency", Self.serialClock), .cells("current-speed", Self.serialSpeed),
            .cells("interrupt-parent", Self.ioAPICHandle),
            .cells("interrupts", UInt32(AddressMap.GlobalSystemInterrupt.serial1), Self.risingEdge),
          ])
      ])
  }
}
