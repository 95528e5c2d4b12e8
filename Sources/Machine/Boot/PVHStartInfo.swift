import Bus

/// The structure by which PVH tells a kernel about its machine (`hvm_start_info`, version 1;
/// xen/include/public/arch-x86/hvm/start_info.h). The bare-metal protocol uses it too.
struct PVHStartInfo {
  let commandLine: [UInt8]
  let ramdisk: Range<UInt64>?
  let rsdpAddress: UInt64
  let memoryMap: MemoryMap

  private static let magic: UInt32 = 0x336E_C578
  private static let version: UInt32 = 1

  /// Writes the structure and all that it points to; returns its address.
  ///
  /// - Throws: `BootError.tablesTooLarge` if there is no room.
  func write(to memory: GuestMemory) throws(BootError) -> UInt64 {
    var strings = BootArea(BootLayout.strings)
    let commandLineAddress = try strings.place(commandLine, in: memory)
    var area = BootArea(BootLayout.information)
    let modules = moduleList()
    let moduleListAddress = modules.isEmpty ? 0 : try area.place(modules, in: memory)
    let memoryMapAddress = try area.place(memoryMapTable(), in: memory)

    var info: [UInt8] = []
    info.append(littleEndian: Self.magic)
    info.append(littleEndian: Self.version)
    info.append(littleEndian: UInt32(0))  // flags
    info.append(littleEndian: UInt32(ramdisk == nil ? 0 : 1))
    info.append(littleEndian: moduleListAddress)
    info.append(littleEndian: commandLineAddress)
    info.append(littleEndian: rsdpAddress)
    info.append(littleEndian: memoryMapAddress)
    info.append(littleEndian: UInt32(memoryMap.regions.count))
    info.append(littleEndian: UInt32(0))  // reserved
    return try area.place(info, in: memory)
  }

  /// The list of modules (`hvm_modlist_entry`); empty without a RAM disk.
  private func moduleList() -> [UInt8] {
    guard let ramdisk else { return [] }
    var entry: [UInt8] = []
    entry.append(littleEndian: ramdisk.lowerBound)
    entry.append(littleEndian: ramdisk.upperBound - ramdisk.lowerBound)
    entry.append(littleEndian: UInt64(0))  // no command line of its own
    entry.append(littleEndian: UInt64(0))  // reserved
    return entry
  }

  /// The memory map (`hvm_memmap_table_entry`).
  private func memoryMapTable() -> [UInt8] {
    var table: [UInt8] = []
    for region in memoryMap.regions {
      table.append(littleEndian: region.start)
      table.append(littleEndian: region.size)
      table.append(littleEndian: region.kind.rawValue)
      table.append(littleEndian: UInt32(0))  // reserved
    }
    return table
  }
}
