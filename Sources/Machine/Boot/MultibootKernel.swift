import Bus

/// A Multiboot 1 image: an ELF file of either class, or any file whose header has the addresses.
public struct MultibootKernel: Sendable {
  private static let format = "Multiboot"

  private let program: KernelProgram
  /// The physical address of the 32-bit entry.
  let entry: UInt64

  /// The image in a file with this header.
  ///
  /// - Throws: `BootError` if the header asks for what is not known, or contradicts the file.
  init(_ bytes: [UInt8], header: MultibootHeader) throws(BootError) {
    let unknown = header.flags.intersection(.requirements).subtracting(.known)
    guard unknown.isEmpty else {
      throw .unsuitableKernel(
        reason: "its Multiboot header demands features 0x\(String(unknown.rawValue, radix: 16)), which"
          + " version 1 does not have")
    }
    if header.flags.contains(.addresses) {
      (program, entry) = try Self.program(bytes, header)
    } else if ELFFile.matches(bytes) {
      let file = try ELFFile(bytes)
      program = file.program
      entry = try file.physicalEntry()
    } else {
      throw .malformedKernel(
        format: Self.format, reason: "it has no addresses, and the file is not ELF, which would have them")
    }
    guard entry <= UInt64(UInt32.max) else {
      throw .malformedKernel(format: Self.format, reason: "the entry is above 4 GiB")
    }
  }

  /// The program that the header's address fields describe (Multiboot Specification, 3.1.3).
  private static func program(
    _ bytes: [UInt8], _ header: MultibootHeader
  ) throws(BootError) -> (KernelProgram, entry: UInt64) {
    typealias Field = MultibootHeader.Field
    func field(_ offset: UInt64) -> UInt64? {
      bytes.number(at: header.offset + offset, as: UInt32.self).map(UInt64.init)
    }
    guard let headerAddress = field(Field.headerAddress), let loadAddress = field(Field.loadAddress),
      let statedLoadEnd = field(Field.loadEnd), let statedBSSEnd = field(Field.bssEnd),
      let entry = field(Field.entry)
    else { throw .truncated(format, at: header.offset, length: Field.entry + 4, of: bytes) }
    guard headerAddress >= loadAddress, headerAddress - loadAddress <= header.offset else {
      throw .malformedKernel(format: format, reason: "its addresses begin before the file")
    }
    let fileStart = header.offset - (headerAddress - loadAddress)
    let loadEnd = statedLoadEnd == 0 ? loadAddress + UInt64(bytes.count) - fileStart : statedLoadEnd
    let bssEnd = statedBSSEnd == 0 ? loadEnd : statedBSSEnd
    guard loadAddress < loadEnd, loadEnd <= bssEnd, (loadAddress..<bssEnd).contains(entry) else {
      throw .malformedKernel(format: format, reason: "its addresses are not in order")
    }
    guard bytes.slice(at: fileStart, length: loadEnd - loadAddress) != nil else {
      throw .truncated(format, at: fileStart, length: loadEnd - loadAddress, of: bytes)
    }
    let segment = KernelProgram.Segment(
      fileRange: Int(fileStart)..<Int(fileStart + loadEnd - loadAddress),
      virtualAddress: loadAddress, memory: loadAddress..<bssEnd)
    return (try KernelProgram(bytes, segments: [segment], format: format), entry)
  }

  /// Puts the image and all it is told into memory.
  ///
  /// - Throws: `BootError` if the image, the RAM disk or the command line does not fit.
  func load(into memory: GuestMemory, _ configuration: BootConfiguration) throws(BootError) -> BootState {
    try program.load(into: memory)
    // Small kernels map little more than themselves: the module follows at once.
    let placement = RamdiskPlacement(
      kernelEnd: program.memoryEnd, limit: GuestMemory.holeStart, allowsAbove4G: false)
    let separator = configuration.commandLine.isEmpty ? "" : " "
    let information = MultibootInformation(
      commandLine: try terminatedCommandLine(
        configuration.kernelName + separator + configuration.commandLine),
      module: try placement.placeLowest(configuration.initialRamdisk, in: memory),
      memoryMap: MemoryMap(memorySize: memory.size, description: configuration.description),
      lowMemorySize: memory.lowSize)

    var registers = BootState.Registers()
    registers.rax = UInt64(MultibootInformation.magic)
    registers.rbx = try information.write(to: memory)
    registers.rsp = BootLayout.stack.upperBound
    return BootState(
      mode: .protected(try FlatDescriptorTable.protected.write(to: memory)),
      instructionPointer: entry, registers: registers)
  }
}
