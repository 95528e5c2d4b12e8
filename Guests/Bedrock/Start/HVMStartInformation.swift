/// What a PVH loader left: Xen, `xen/include/public/arch-x86/hvm/start_info.h`.
struct HVMStartInformation {
  private static let magic: UInt32 = 0x336E_C578

  private enum Field {
    static let magic: UInt64 = 0
    static let version: UInt64 = 4
    static let commandLine: UInt64 = 24
    static let rootPointer: UInt64 = 32
    static let memoryMapAddress: UInt64 = 40
    static let memoryMapEntries: UInt64 = 48
    static let size: UInt64 = 56
  }

  private enum MemoryMapEntry {
    static let start: UInt64 = 0
    static let size: UInt64 = 8
    static let type: UInt64 = 16
    static let stride: UInt64 = 24
  }

  private let information: PhysicalBytes

  init?(at address: PhysicalAddress) {
    guard let information = PhysicalBytes(address, count: Field.size),
      information.load(Field.magic, as: UInt32.self) == Self.magic
    else { return nil }
    self.information = information
  }

  var commandLine: String { text(atAddressIn: information, Field.commandLine, as: UInt64.self) }

  var rootPointer: PhysicalAddress? {
    guard let address = information.load(Field.rootPointer, as: UInt64.self), address != 0 else { return nil }
    return PhysicalAddress(address)
  }

  /// Empty for version 0, which has no memory map.
  var memoryMap: MemoryMap {
    var map = MemoryMap()
    guard let version = information.load(Field.version, as: UInt32.self), version >= 1,
      let address = information.load(Field.memoryMapAddress, as: UInt64.self),
      let count = information.load(Field.memoryMapEntries, as: UInt32.self),
      let entries = PhysicalBytes(PhysicalAddress(address), count: UInt64(count) * MemoryMapEntry.stride)
    else { return map }
    for offset in stride(from: 0, to: entries.count, by: Int(MemoryMapEntry.stride)) {
      if let start = entries.load(offset + MemoryMapEntry.start, as: UInt64.self),
        let size = entries.load(offset + MemoryMapEntry.size, as: UInt64.self),
        let type = entries.load(offset + MemoryMapEntry.type, as: UInt32.self)
      {
        map.append(start: start, size: size, type: type)
      }
    }
    return map
  }
}
