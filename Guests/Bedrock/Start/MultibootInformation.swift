/// What a Multiboot loader left: Multiboot specification 0.6.96, section 3.3.
struct MultibootInformation {
  /// What EAX holds when a Multiboot loader enters the image.
  static let magic: UInt32 = 0x2BAD_B002

  private enum Field {
    static let flags: UInt64 = 0
    static let upperMemory: UInt64 = 8
    static let commandLine: UInt64 = 16
    static let memoryMapLength: UInt64 = 44
    static let memoryMapAddress: UInt64 = 48
    static let size: UInt64 = 52
  }

  private enum Flags {
    static let memory: UInt32 = 1 << 0
    static let commandLine: UInt32 = 1 << 2
    static let memoryMap: UInt32 = 1 << 6
  }

  private let information: PhysicalBytes
  private let flags: UInt32

  init?(at address: PhysicalAddress) {
    guard let information = PhysicalBytes(address, count: Field.size),
      let flags = information.load(Field.flags, as: UInt32.self)
    else { return nil }
    self.information = information
    self.flags = flags
  }

  var commandLine: String {
    guard flags & Flags.commandLine != 0 else { return "" }
    return text(atAddressIn: information, Field.commandLine, as: UInt32.self)
  }

  var memoryMap: MemoryMap {
    var map = MemoryMap()
    if flags & Flags.memoryMap != 0,
      let address = information.load(Field.memoryMapAddress, as: UInt32.self),
      let length = information.load(Field.memoryMapLength, as: UInt32.self),
      let entries = PhysicalBytes(PhysicalAddress(UInt64(address)), count: UInt64(length))
    {
      // An entry begins with its size, which does not count itself.
      var offset: UInt64 = 0
      while let size = entries.load(offset, as: UInt32.self), size >= 20,
        let start = entries.load(offset + 4, as: UInt64.self),
        let regionSize = entries.load(offset + 12, as: UInt64.self),
        let type = entries.load(offset + 20, as: UInt32.self)
      {
        map.append(start: start, size: regionSize, type: type)
        offset += 4 + UInt64(size)
      }
    } else if flags & Flags.memory != 0, let kibibytes = information.load(Field.upperMemory, as: UInt32.self)
    {
      map.append(start: 0x100000, size: UInt64(kibibytes) << 10, type: 1)
    }
    return map
  }
}
