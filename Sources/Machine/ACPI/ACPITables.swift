import Bus
import Chipset

/// The machine's ACPI tables, by which a guest finds its processors, interrupt controllers and devices.
public struct ACPITables: Sendable {
  /// What the tables tell that differs between machines.
  public struct Configuration: Sendable {
    /// How many processors there are; their APIC IDs count from 0.
    public var processorCount: Int
    /// The chips that a guest reaches at fixed places.
    public var fixedHardware: FixedHardware
    /// Where the PCI host answers, and what it hands out to functions; `nil` if there is none.
    public var pciHost: PCIHostLayout?

    /// A configuration of these parts.
    public init(processorCount: Int, fixedHardware: FixedHardware, pciHost: PCIHostLayout?) {
      self.processorCount = processorCount
      self.fixedHardware = fixedHardware
      self.pciHost = pciHost
    }
  }

  /// The chips besides local APICs, IOAPIC and serial port.
  public enum FixedHardware: Sendable {
    /// Those of a PC: ACPI's fixed hardware, 8259s, a real-time clock, and an HPET whose general capabilities
    /// register has these low 32 bits.
    case pc(hpetCapabilities: UInt32)
    /// None: hardware-reduced ACPI (ACPI 6.5, 4.1).
    case reduced
  }

  /// Where the tables lie in RAM.
  enum Layout {
    /// Where the FACS is, which the guest and the firmware both write.
    static let nonVolatile = AddressMap.acpiTables.lowerBound..<AddressMap.acpiTables.lowerBound + 0x1000
    /// Where all other tables are, the RSDP first.
    static let reclaimable = nonVolatile.upperBound..<AddressMap.acpiTables.upperBound
    /// What each table's address is a multiple of; the RSDP is only looked for at such addresses.
    static let alignment: UInt64 = 16
  }

  /// The tables as they are to be in RAM, from `AddressMap.acpiTables` on.
  public let bytes: [UInt8]
  /// The physical address of the RSDP.
  public let rsdpAddress: UInt64

  /// Makes the tables of a machine.
  ///
  /// - Throws: `BootError.tablesTooLarge` if there are too many processors for the room below 1 MiB.
  public static func build(_ configuration: Configuration) throws(BootError) -> ACPITables {
    var image = Image()
    let dsdt = image.append(DifferentiatedSystemTable(configuration: configuration).make().bytes)
    var tables = [
      FixedDescriptionTable.make(
        dsdt: dsdt, facs: Layout.nonVolatile.lowerBound, configuration.fixedHardware),
      MultipleAPICTable.make(
        processorCount: configuration.processorCount, configuration.fixedHardware),
    ]
    if case .pc(let capabilities) = configuration.fixedHardware {
      tables.append(EventTimerTable.make(capabilities: capabilities))
    }
    if let host = configuration.pciHost {
      tables.append(MemoryConfigurationTable.make(host.configurationWindow))
    }
    let xsdt = image.append(ExtendedSystemTable.make(tables.map { image.append($0.bytes) }).bytes)
    let limit = Int(AddressMap.acpiTables.upperBound - AddressMap.acpiTables.lowerBound)
    guard image.bytes.count <= limit else {
      throw .tablesTooLarge(size: image.bytes.count, limit: limit)
    }
    image.putRootPointer(to: xsdt)
    return ACPITables(bytes: image.bytes, rsdpAddress: Layout.reclaimable.lowerBound)
  }

  /// Writes the tables to RAM.
  ///
  /// - Throws: `BootError.segmentOutsideMemory` if there is less RAM than `AddressMap.minimumMemorySize`.
  public func write(to memory: GuestMemory) throws(BootError) {
    try memory.place(bytes, at: AddressMap.acpiTables.lowerBound)
  }

  /// The region of the tables while it is filled. It begins with the FACS, and with room for the RSDP.
  private struct Image {
    private(set) var bytes: [UInt8]

    private static let rootPointerOffset = Int(
      Layout.reclaimable.lowerBound - AddressMap.acpiTables.lowerBound)

    init() {
      bytes = FirmwareControlStructure.bytes
      let end = Self.rootPointerOffset + RootSystemPointer.size
      bytes.append(contentsOf: repeatElement(0, count: end - bytes.count))
    }

    /// Appends a table, and returns its physical address.
    mutating func append(_ table: [UInt8]) -> UInt64 {
      while UInt64(bytes.count) % Layout.alignment != 0 { bytes.append(0) }
      let address = AddressMap.acpiTables.lowerBound + UInt64(bytes.count)
      bytes += table
      return address
    }

    mutating func putRootPointer(to xsdt: UInt64) {
      let pointer = RootSystemPointer.make(xsdt: xsdt)
      bytes.replaceSubrange(Self.rootPointerOffset..<Self.rootPointerOffset + pointer.count, with: pointer)
    }
  }
}
