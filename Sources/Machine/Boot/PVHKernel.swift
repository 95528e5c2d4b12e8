import Bus

/// An ELF kernel with an entry by the PVH protocol (xen/docs/misc/pvh.pandoc), as Linux's `vmlinux` has.
public struct PVHKernel: Sendable {
  private let program: KernelProgram
  /// The physical address of the 32-bit entry.
  let entry: UInt64

  /// The kernel in an ELF file; `nil` if it has no note with a PVH entry.
  ///
  /// - Throws: `BootError.malformedKernel` if the note has no address, or one outside of the kernel.
  init?(_ file: ELFFile) throws(BootError) {
    guard let note = file.notes.first(where: { $0.kind == ELFFormat.pvhEntryNote }) else { return nil }
    let content = note.description
    // The note is as wide as the addresses of whoever built the kernel.
    guard
      let entry = content.number(at: 0, as: UInt64.self)
        ?? content.number(at: 0).map({ (narrow: UInt32) in UInt64(narrow) })
    else {
      throw .malformedKernel(format: "PVH", reason: "the note with the entry has \(content.count) bytes")
    }
    guard file.program.contains(entry), entry <= UInt64(UInt32.max) else {
      throw .malformedKernel(
        format: "PVH", reason: "no segment contains the entry 0x\(String(entry, radix: 16))")
    }
    program = file.program
    self.entry = entry
  }

  /// Puts the kernel and all it is told into memory.
  ///
  /// - Throws: `BootError` if the kernel, the RAM disk or the command line does not fit.
  func load(into memory: GuestMemory, _ configuration: BootConfiguration) throws(BootError) -> BootState {
    try program.load(into: memory)
    let placement = RamdiskPlacement(
      kernelEnd: program.memoryEnd, limit: GuestMemory.holeStart, allowsAbove4G: false)
    let startInfo = PVHStartInfo(
      commandLine: try terminatedCommandLine(configuration.commandLine),
      ramdisk: try placement.placeHighest(configuration.initialRamdisk, in: memory),
      rsdpAddress: configuration.description.rsdpAddress,
      memoryMap: MemoryMap(memorySize: memory.size, description: configuration.description))

    var registers = BootState.Registers()
    registers.rbx = try startInfo.write(to: memory)
    registers.rsp = BootLayout.stack.upperBound
    return BootState(
      mode: .protected(try FlatDescriptorTable.protected.write(to: memory)),
      instructionPointer: entry, registers: registers)
  }
}
