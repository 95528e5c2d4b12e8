/// The HPET's table (IA-PC HPET Specification 1.0a, 3.2.4).
enum EventTimerTable {
  /// The table of the HPET whose general capabilities register has these low 32 bits.
  static func make(capabilities: UInt32) -> ACPITable {
    var content: [UInt8] = []
    content.append(littleEndian: capabilities)
    content += GenericAddress.memory(AddressMap.hpet, bitWidth: 0).bytes
    content.append(0)  // the number of this HPET
    content.append(littleEndian: UInt16(0))  // the shortest period without lost interrupts; not known
    content.append(0)  // no page protection
    return ACPITable("HPET", revision: 1, content: content)
  }
}

/// The MCFG: where PCI configuration space is in memory (PCI Firmware Specification 3.3, 4.1.2).
enum MemoryConfigurationTable {
  /// The table of the one segment, whose configuration space is at these addresses.
  static func make(_ space: Range<UInt64>) -> ACPITable {
    var content = [UInt8](repeating: 0, count: 8)
    content.append(littleEndian: space.lowerBound)
    content.append(littleEndian: UInt16(0))  // the segment
    content += [AddressMap.pciBuses.lowerBound, AddressMap.pciBuses.upperBound]
    content.append(littleEndian: UInt32(0))
    return ACPITable("MCFG", revision: 1, content: content)
  }
}

/// The XSDT: where the other tables are (ACPI 6.5, 5.2.8).
enum ExtendedSystemTable {
  /// The table of tables at these addresses.
  static func make(_ addresses: [UInt64]) -> ACPITable {
    var content: [UInt8] = []
    for address in addresses { content.append(littleEndian: address) }
    return ACPITable("XSDT", revision: 1, content: content)
  }
}

/// The FACS, by which the guest and the firmware talk (ACPI 6.5, 5.2.10); it has no checksum.
enum FirmwareControlStructure {
  private static let size = 64
  private static let lengthOffset = 4
  private static let versionOffset = 32
  private static let version: UInt8 = 2

  /// The structure as it is before a guest has written it.
  static let bytes: [UInt8] = {
    var bytes = [UInt8]("FACS".utf8) + [UInt8](repeating: 0, count: size - 4)
    bytes.put(UInt32(size), at: lengthOffset)
    bytes[versionOffset] = version
    return bytes
  }()
}

/// The RSDP, by which a guest finds all the tables (ACPI 6.5, 5.2.5.3).
enum RootSystemPointer {
  /// The size of the structure, in bytes.
  static let size = 36
  private static let signature = [UInt8]("RSD PTR ".utf8)
  private static let manufacturer = [UInt8]("STRATA".utf8)
  private static let revision: UInt8 = 2
  private static let checksumOffset = 8
  /// How much the first checksum covers: the structure of ACPI 1.0.
  private static let oldSize = 20
  private static let extendedChecksumOffset = 32

  /// The structure that points to an XSDT.
  static func make(xsdt: UInt64) -> [UInt8] {
    var bytes = signature + [0] + manufacturer + [revision]
    bytes.append(littleEndian: UInt32(0))  // no RSDT
    bytes.append(littleEndian: UInt32(size))
    bytes.append(littleEndian: xsdt)
    bytes += [0, 0, 0, 0]
    bytes[checksumOffset] = ACPITable.checksum(bytes.prefix(oldSize))
    bytes[extendedChecksumOffset] = ACPITable.checksum(bytes)
    return bytes
  }
}
