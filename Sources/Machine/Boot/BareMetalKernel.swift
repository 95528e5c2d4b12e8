import Bus

/// A statically linked 64-bit ELF program that runs on the machine itself and names no boot protocol.
///
/// It is started as if a function with one argument had been called in 64-bit mode:
///
/// - its segments are at their physical addresses, from 1 MiB on; RIP is its entry;
/// - RDI points to a `hvm_start_info` as of PVH, version 1, with the command line, the memory map, the RSDP's
///   address and the RAM disk as its only module;
/// - RSP is the top of a stack of 64 KiB, aligned as after a call, with 0 for the return address;
/// - the first 4 GiB and all RAM of the first 512 GiB are mapped to themselves, writable and executable, with
///   2 MiB pages; page tables and descriptor table are in memory that the map calls usable below 640 KiB, or
///   reserved;
/// - CS, DS, ES, SS, FS and GS are flat; there is no IDT and no TSS; interrupts are off;
/// - CR4 has only PAE: a program that uses SSE sets OSFXSR first.
public struct BareMetalKernel: Sendable {
  private let program: KernelProgram
  /// The physical address of the entry.
  let entry: UInt64

  /// The program in an ELF file.
  ///
  /// - Throws: `BootError` if the file is 32-bit or a Multiboot 2 kernel, which would need a protocol.
  init(_ file: ELFFile) throws(BootError) {
    guard file.fileClass == .elf64 else {
      throw .unsuitableKernel(
        reason: "it is a 32-bit ELF file without a Multiboot header or PVH note; give one of the two")
    }
    guard !Multiboot2.hasHeader(file.program.bytes) else {
      throw .unsuitableKernel(
        reason: "it has only a Multiboot 2 header; give it a Multiboot 1 header or a PVH note as well")
    }
    program = file.program
    entry = try file.physicalEntry()
  }

  /// Puts the program and all it is told into memory.
  ///
  /// - Throws: `BootError` if the program, the RAM disk or the command line does not fit.
  func load(into memory: GuestMemory, _ configuration: BootConfiguration) throws(BootError) -> BootState {
    try program.load(into: memory)
    let memoryEnd = memory.highSize > 0 ? GuestMemory.holeEnd + memory.highSize : GuestMemory.holeEnd
    let pageTables = IdentityPageTables(covering: memoryEnd)
    let root = try place(pageTables, in: memory)
    var memoryMap = MemoryMap(memorySize: memory.size, description: configuration.description)
    var ramdiskLimit = GuestMemory.holeStart
    if root != BootLayout.pageTables.lowerBound {
      memoryMap.reserve(root..<root + pageTables.size)
      ramdiskLimit = root
    }

    let placement = RamdiskPlacement(
      kernelEnd: program.memoryEnd, limit: ramdiskLimit, allowsAbove4G: false)
    let startInfo = PVHStartInfo(
      commandLine: try terminatedCommandLine(configuration.commandLine),
      ramdisk: try placement.placeHighest(configuration.initialRamdisk, in: memory),
      rsdpAddress: configuration.description.rsdpAddress, memoryMap: memoryMap)

    let returnAddress = BootLayout.stack.upperBound - 8
    try memory.clear(returnAddress..<BootLayout.stack.upperBound)
    var registers = BootState.Registers()
    registers.rdi = try startInfo.write(to: memory)
    registers.rsp = returnAddress
    return BootState(
      mode: .long(try FlatDescriptorTable.long.write(to: memory), pageTableRoot: root),
      instructionPointer: entry, registers: registers)
  }

  /// Writes the page tables below 640 KiB or, if they are too large, at the end of RAM below the hole, of which
  /// there is then plenty.
  private func place(_ tables: IdentityPageTables, in memory: GuestMemory) throws(BootError) -> UInt64 {
    let room = BootLayout.pageTables
    let fits = tables.size <= room.upperBound - room.lowerBound
    let address = fits ? room.lowerBound : memory.lowSize - tables.size
    guard fits || address >= program.memoryEnd else {
      throw .segmentOutsideMemory(start: address, end: program.memoryEnd)
    }
    try tables.write(to: memory, at: address)
    return address
  }
}
