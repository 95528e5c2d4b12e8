/// The tables in which firmware describes the board: ACPI 6.5, section 5.2.
public struct ACPITables: Sendable {
  private enum RootPointer {
    static let signature: StaticString = "RSD PTR "
    static let revision: UInt64 = 15
    static let rootTable: UInt64 = 16
    static let extendedRootTable: UInt64 = 24
    static let sizeOfFirstRevision: UInt64 = 20
    static let size: UInt64 = 36
  }

  private enum Header {
    static let length: UInt64 = 4
    static let size: UInt64 = 36
  }

  /// Every table that the root lists and whose checksum is right.
  public let tables: [PhysicalBytes]

  /// The tables that a root pointer leads to, or nil if it is not intact.
  ///
  /// - Parameter rootPointer: where the loader says it is; nil to search the BIOS area for it.
  public init?(rootPointer: PhysicalAddress?) {
    guard let root = rootPointer.flatMap(Self.root(at:)) ?? Self.searchRoot() else { return nil }
    let isExtended = (root.load(RootPointer.revision, as: UInt8.self) ?? 0) >= 2
    let entrySize: UInt64
    let rootTable: PhysicalBytes
    if isExtended, let address = root.load(RootPointer.extendedRootTable, as: UInt64.self),
      let table = Self.table(at: PhysicalAddress(address))
    {
      (rootTable, entrySize) = (table, 8)
    } else if let address = root.load(RootPointer.rootTable, as: UInt32.self),
      let table = Self.table(at: PhysicalAddress(UInt64(address)))
    {
      (rootTable, entrySize) = (table, 4)
    } else {
      return nil
    }

    var tables: [PhysicalBytes] = []
    for offset in stride(from: Header.size, to: rootTable.count, by: Int(entrySize)) {
      let address =
        entrySize == 8
        ? rootTable.load(offset, as: UInt64.self) : rootTable.load(offset, as: UInt32.self).map(UInt64.init)
      if let address, let table = Self.table(at: PhysicalAddress(address)) { tables.append(table) }
    }
    self.tables = tables
  }

  /// The first table with a signature of four characters.
  public func table(_ signature: StaticString) -> PhysicalBytes? {
    tables.first { $0.hasText(signature) }
  }

  /// The table at an address, or nil if it is not intact.
  static func table(at address: PhysicalAddress) -> PhysicalBytes? {
    guard let header = PhysicalBytes(address, count: Header.size),
      let length = header.load(Header.length, as: UInt32.self), length >= UInt32(Header.size),
      let table = PhysicalBytes(address, count: UInt64(length)), table.checksum(table.count) == 0
    else { return nil }
    return table
  }

  private static func root(at address: PhysicalAddress) -> PhysicalBytes? {
    guard let bytes = PhysicalBytes(address, count: RootPointer.size), bytes.hasText(RootPointer.signature),
      bytes.checksum(RootPointer.sizeOfFirstRevision) == 0
    else { return nil }
    return bytes
  }

  /// Looks where a PC BIOS leaves the root pointer: on 16-byte boundaries from E0000h to FFFFFh.
  private static func searchRoot() -> PhysicalBytes? {
    for address in stride(from: UInt64(0xE0000), to: 0x100000, by: 16) {
      if let root = root(at: PhysicalAddress(address)) { return root }
    }
    return nil
  }
}
