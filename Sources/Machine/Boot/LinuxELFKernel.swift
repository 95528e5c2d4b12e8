import Bus

/// A `vmlinux` without a PVH entry. It is entered where its own decompressor would enter it: in 64-bit mode, with
/// the zero page that the decompressor hands on.
public struct LinuxELFKernel: Sendable {
  private let program: KernelProgram
  /// The physical address of the 64-bit entry.
  let entry: UInt64

  /// COMMAND_LINE_SIZE of x86 without the NUL; a bzImage tells it in its header.
  private static let commandLineLimit = 2047

  /// The kernel in an ELF file; `nil` if it is no 64-bit Linux.
  ///
  /// - Throws: `BootError.malformedKernel` if no segment contains the entry.
  init?(_ file: ELFFile) throws(BootError) {
    guard file.fileClass == .elf64, file.notes.contains(where: { $0.kind == ELFFormat.linuxKernelNote })
    else {
      return nil
    }
    program = file.program
    entry = try file.physicalEntry()
  }

  /// Puts the kernel and all it is told into memory.
  ///
  /// - Throws: `BootError` if the kernel, the RAM disk or the command line does not fit.
  func load(into memory: GuestMemory, _ configuration: BootConfiguration) throws(BootError) -> BootState {
    try program.load(into: memory)
    let handover = LinuxHandover(
      setupHeader: Self.setupHeader[...], kernel: program.memoryStart..<program.memoryEnd, entry: entry,
      commandLineLimit: Self.commandLineLimit, ramdiskLimit: .max, takesRamdiskAbove4G: true)
    return try handover.write(to: memory, configuration)
  }

  /// The setup header, which belongs to the bzImage's own part of the code: what says that there is one.
  private static let setupHeader: [UInt8] = {
    typealias Header = LinuxBootProtocol.SetupHeader
    var header = [UInt8](repeating: 0, count: Int(Header.requiredEnd) - Header.start)
    func put<Number: FixedWidthInteger>(_ number: Number, at field: UInt64) {
      header.put(number, at: Int(field) - Header.start)
    }
    put(LinuxBootProtocol.bootFlagValue, at: Header.bootFlag)
    put(LinuxBootProtocol.signatureNumber, at: Header.signature)
    put(LinuxBootProtocol.version, at: Header.version)
    put(LinuxBootProtocol.loadedHigh, at: Header.loadFlags)
    return header
  }()
}
