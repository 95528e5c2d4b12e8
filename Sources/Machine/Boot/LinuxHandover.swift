import Bus

/// What Linux finds at its 64-bit entry: the zero page and all that it points to, page tables, and the registers
/// (Documentation/arch/x86/boot.rst, "64-bit Boot Protocol").
struct LinuxHandover {
  /// The setup header's bytes, from `LinuxBootProtocol.SetupHeader.start` on.
  let setupHeader: ArraySlice<UInt8>
  /// The addresses that the kernel takes before it has looked at the memory map.
  let kernel: Range<UInt64>
  /// The physical address of the entry.
  let entry: UInt64
  /// The most bytes of command line, without the NUL.
  let commandLineLimit: Int
  /// Where the RAM disk must end.
  let ramdiskLimit: UInt64
  /// Whether the RAM disk may lie above 4 GiB.
  let takesRamdiskAbove4G: Bool

  /// Writes it all, and says how the processor starts.
  ///
  /// - Throws: `BootError` if the RAM disk or the command line does not fit.
  func write(to memory: GuestMemory, _ configuration: BootConfiguration) throws(BootError) -> BootState {
    let commandLine = try terminatedCommandLine(configuration.commandLine, limit: commandLineLimit)
    let placement = RamdiskPlacement(
      kernelEnd: kernel.upperBound, limit: ramdiskLimit, allowsAbove4G: takesRamdiskAbove4G)
    let ramdisk = try placement.placeHighest(configuration.initialRamdisk, in: memory)
    try memory.place(commandLine, at: BootLayout.strings.lowerBound)
    let zeroPage = makeZeroPage(
      memoryMap: MemoryMap(memorySize: memory.size, description: configuration.description),
      ramdisk: ramdisk, setupData: try LinuxSetupData(configuration).write(to: memory),
      rsdpAddress: configuration.description.rsdpAddress)
    try memory.place(zeroPage, at: BootLayout.zeroPage)

    // The kernel's own page tables replace these before it touches anything above 4 GiB.
    try IdentityPageTables(covering: GuestMemory.holeEnd)
      .write(to: memory, at: BootLayout.pageTables.lowerBound)
    let segments = try FlatDescriptorTable.long.write(to: memory)

    var registers = BootState.Registers()
    registers.rsi = BootLayout.zeroPage
    registers.rsp = BootLayout.stack.upperBound
    return BootState(
      mode: .long(segments, pageTableRoot: BootLayout.pageTables.lowerBound), instructionPointer: entry,
      registers: registers)
  }

  private func makeZeroPage(
    memoryMap: MemoryMap, ramdisk: Range<UInt64>?, setupData: UInt64, rsdpAddress: UInt64
  ) -> [UInt8] {
    typealias Header = LinuxBootProtocol.SetupHeader
    typealias Page = LinuxBootProtocol.ZeroPage
    var page = [UInt8](repeating: 0, count: Page.size)
    page.replaceSubrange(Header.start..<Header.start + setupHeader.count, with: setupHeader)

    page.put(LinuxBootProtocol.undefinedLoader, at: Header.loaderType)
    page.put(UInt32(truncatingIfNeeded: kernel.lowerBound), at: Header.codeStart)
    page.put(UInt32(truncatingIfNeeded: BootLayout.strings.lowerBound), at: Header.commandLineAddress)
    page.put(setupData, at: Header.setupData)
    page.put(rsdpAddress, at: Page.rsdpAddress)
    if let ramdisk {
      let size = ramdisk.upperBound - ramdisk.lowerBound
      page.put(UInt32(truncatingIfNeeded: ramdisk.lowerBound), at: Header.ramdiskAddress)
      page.put(UInt32(truncatingIfNeeded: size), at: Header.ramdiskSize)
      page.put(UInt32(truncatingIfNeeded: ramdisk.lowerBound >> 32), at: Page.ramdiskAddressHigh)
      page.put(UInt32(truncatingIfNeeded: size >> 32), at: Page.ramdiskSizeHigh)
    }

    let regions = memoryMap.regions.prefix(Page.memoryMapLimit)
    page.put(UInt8(truncatingIfNeeded: regions.count), at: Page.memoryMapCount)
    for (index, region) in regions.enumerated() {
      let entry = Page.memoryMap + index * Page.memoryMapEntrySize
      page.put(region.start, at: entry)
      page.put(region.size, at: entry + 8)
      page.put(region.kind.rawValue, at: entry + 16)
    }
    return page
  }
}
