import Bus

/// A kernel, told apart by its content and checked.
public enum KernelImage: Sendable {
  /// A Linux bzImage, started by the 64-bit boot protocol.
  case linux(LinuxKernel)
  /// An image with a Multiboot 1 header.
  case multiboot(MultibootKernel)
  /// An ELF file with a PVH entry, as Linux's `vmlinux` is.
  case pvh(PVHKernel)
  /// A `vmlinux` without a PVH entry, started by the 64-bit Linux boot protocol.
  case linuxELF(LinuxELFKernel)
  /// A 64-bit ELF file that says nothing about how to start it; entered in long mode.
  case bareMetal(BareMetalKernel)

  /// Finds out what a file is.
  ///
  /// - Throws: `BootError` if it is nothing that can be started here; the error says what it is and what to
  ///   give in its place.
  public static func identify(_ bytes: [UInt8]) throws(BootError) -> KernelImage {
    guard !bytes.isEmpty else { throw .emptyKernel }
    if LinuxKernel.matches(bytes) { return .linux(try LinuxKernel(bytes)) }
    if let header = MultibootHeader(findIn: bytes) {
      return .multiboot(try MultibootKernel(bytes, header: header))
    }
    if ELFFile.matches(bytes) {
      let file = try ELFFile(bytes)
      if let kernel = try PVHKernel(file) { return .pvh(kernel) }
      if let kernel = try LinuxELFKernel(file) { return .linuxELF(kernel) }
      return .bareMetal(try BareMetalKernel(file))
    }
    if let format = ForeignFormat.detect(bytes) { throw .foreignKernel(format) }
    throw .unrecognizedKernel
  }

  /// Puts the kernel and all it is told into memory, and says how the processor starts.
  ///
  /// - Throws: `BootError` if something does not fit.
  public func load(
    into memory: GuestMemory, _ configuration: BootConfiguration
  ) throws(BootError) -> BootState {
    guard memory.size >= AddressMap.minimumMemorySize else {
      throw .memoryTooSmall(neededMemory: AddressMap.minimumMemorySize, memory: memory.size)
    }
    return switch self {
    case .linux(let kernel): try kernel.load(into: memory, configuration)
    case .multiboot(let kernel): try kernel.load(into: memory, configuration)
    case .pvh(let kernel): try kernel.load(into: memory, configuration)
    case .linuxELF(let kernel): try kernel.load(into: memory, configuration)
    case .bareMetal(let kernel): try kernel.load(into: memory, configuration)
    }
  }
}
