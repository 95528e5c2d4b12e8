import Bus

extension LinuxKernel {
  /// Puts the kernel and all it is told into memory, by the 64-bit boot protocol.
  ///
  /// - Throws: `BootError` if the kernel, the RAM disk or the command line does not fit.
  func load(into memory: GuestMemory, _ configuration: BootConfiguration) throws(BootError) -> BootState {
    let kernelEnd = loadAddress + initialSize
    guard kernelEnd <= memory.lowSize else {
      throw .kernelTooLarge(neededMemory: kernelEnd, memory: memory.size)
    }
    let commandLine = try terminatedCommandLine(configuration.commandLine, limit: commandLineLimit)
    let placement = RamdiskPlacement(
      kernelEnd: kernelEnd, limit: ramdiskLimit, allowsAbove4G: takesRamdiskAbove4G)
    let ramdisk = try placement.placeHighest(configuration.initialRamdisk, in: memory)

    var information = BootArea(BootLayout.information)
    let setupData = try information.place(randomSeedRecord(configuration.seed), in: memory)
    try memory.place(commandLine, at: BootLayout.strings.lowerBound)
    try memory.place(protectedModeKernel, at: loadAddress)
    let zeroPage = makeZeroPage(
      memoryMap: MemoryMap(memorySize: memory.size), ramdisk: ramdisk, setupData: setupData,
      rsdpAddress: configuration.rsdpAddress)
    try memory.place(zeroPage, at: BootLayout.zeroPage)

    // The kernel's own page tables replace these before it touches anything above 4 GiB.
    try IdentityPageTables(covering: GuestMemory.holeEnd)
      .write(to: memory, at: BootLayout.pageTables.lowerBound)
    let segments = try FlatDescriptorTable.long.write(to: memory)

    var registers = BootState.Registers()
    registers.rsi = BootLayout.zeroPage
    registers.rsp = BootLayout.stack.upperBound
    return BootState(
      mode: .long(segments, pageTableRoot: BootLayout.pageTables.lowerBound),
      instructionPointer: loadAddress + LinuxBootProtocol.longModeEntry, registers: registers)
  }

  private func makeZeroPage(
    memoryMap: MemoryMap, ramdisk: Range<UInt64>?, setupData: UInt64, rsdpAddress: UInt64
  ) -> [UInt8] {
    typealias Header = LinuxBootProtocol.SetupHeader
    typealias Page = LinuxBootProtocol.ZeroPage
    var page = [UInt8](repeating: 0, count: Page.size)
    page.replaceSubrange(Header.start..<Header.start + setupHeader.count, with: setupHeader)

    page.put(LinuxBootProtocol.undefinedLoader, at: Header.loaderType)
    page.put(UInt32(truncatingIfNeeded: loadAddress), at: Header.codeStart)
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

  /// A record of `setup_data` with 32 random bytes, from which the kernel seeds its generator at once.
  private func randomSeedRecord(_ seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    let numbers = (0..<4).map { _ in generator.next() }
    var record: [UInt8] = []
    record.append(littleEndian: UInt64(0))
    record.append(littleEndian: LinuxBootProtocol.setupDataRandomSeed)
    record.append(littleEndian: UInt32(numbers.count * 8))
    for number in numbers { record.append(littleEndian: number) }
    return record
  }
}
