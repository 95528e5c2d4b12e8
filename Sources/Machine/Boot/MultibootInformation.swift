import Bus

/// What a Multiboot 1 image is told (Multiboot Specification 0.6.96, 3.3).
struct MultibootInformation {
  let commandLine: [UInt8]
  let module: Range<UInt64>?
  let memoryMap: MemoryMap
  /// How much RAM there is below the hole, in bytes.
  let lowMemorySize: UInt64

  /// What EAX holds at the entry.
  static let magic: UInt32 = 0x2BAD_B002

  /// Which fields are valid.
  private enum Flag {
    static let memorySizes: UInt32 = 1 << 0
    static let commandLine: UInt32 = 1 << 2
    static let modules: UInt32 = 1 << 3
    static let memoryMap: UInt32 = 1 << 6
    static let loaderName: UInt32 = 1 << 9
  }

  private enum Field {
    static let flags = 0
    static let lowerMemory = 4
    static let upperMemory = 8
    static let commandLine = 16
    static let moduleCount = 20
    static let moduleList = 24
    static let memoryMapLength = 44
    static let memoryMapAddress = 48
    static let loaderName = 64
    static let size = 116
  }

  private static let loaderName = [UInt8]("Strata\0".utf8)

  /// Writes the structure and all that it points to; returns its address.
  ///
  /// - Throws: `BootError.tablesTooLarge` if there is no room.
  func write(to memory: GuestMemory) throws(BootError) -> UInt64 {
    var strings = BootArea(BootLayout.strings)
    var area = BootArea(BootLayout.information)
    let commandLineAddress = try strings.place(commandLine, in: memory)
    let loaderNameAddress = try area.place(Self.loaderName, in: memory)
    let map = memoryMapTable()
    let mapAddress = try area.place(map, in: memory)
    var flags = Flag.memorySizes | Flag.commandLine | Flag.memoryMap | Flag.loaderName

    var info = [UInt8](repeating: 0, count: Field.size)
    func put(_ number: UInt64, at offset: Int) { info.put(UInt32(truncatingIfNeeded: number), at: offset) }
    put(AddressMap.conventionalMemoryEnd / 1024, at: Field.lowerMemory)
    put((lowMemorySize - AddressMap.extendedMemoryStart) / 1024, at: Field.upperMemory)
    put(commandLineAddress, at: Field.commandLine)
    put(UInt64(map.count), at: Field.memoryMapLength)
    put(mapAddress, at: Field.memoryMapAddress)
    put(loaderNameAddress, at: Field.loaderName)
    if let module {
      flags |= Flag.modules
      put(1, at: Field.moduleCount)
      put(
        try area.place(moduleEntry(module, name: try area.place([0], in: memory)), in: memory),
        at: Field.moduleList)
    }
    info.put(flags, at: Field.flags)
    return try area.place(info, in: memory)
  }

  private func moduleEntry(_ module: Range<UInt64>, name: UInt64) -> [UInt8] {
    var entry: [UInt8] = []
    entry.append(littleEndian: UInt32(truncatingIfNeeded: module.lowerBound))
    entry.append(littleEndian: UInt32(truncatingIfNeeded: module.upperBound))
    entry.append(littleEndian: UInt32(truncatingIfNeeded: name))
    entry.append(littleEndian: UInt32(0))  // reserved
    return entry
  }

  private func memoryMapTable() -> [UInt8] {
    var table: [UInt8] = []
    for region in memoryMap.regions {
      table.append(littleEndian: UInt32(20))  // the size of the rest of the entry
      table.append(littleEndian: region.start)
      table.append(littleEndian: region.size)
      table.append(littleEndian: region.kind.rawValue)
    }
    return table
  }
}
