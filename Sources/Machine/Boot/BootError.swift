/// Why a guest cannot be started: one line that says what is wrong and what to do.
public enum BootError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file cannot be read.
  case unreadableFile(path: String, reason: String)
  /// A file has no bytes.
  case emptyFile(path: String)
  /// The kernel has no bytes.
  case emptyKernel
  /// The kernel ends before its own header says that it does.
  case truncatedKernel(format: String, needed: UInt64, actual: UInt64)
  /// The kernel is a file that is known, but not as something this machine can start.
  case foreignKernel(ForeignFormat)
  /// The kernel is nothing known.
  case unrecognizedKernel
  /// A header of the kernel contradicts itself or the format.
  case malformedKernel(format: String, reason: String)
  /// The kernel lacks something that every kernel for this machine must have.
  case unsuitableKernel(reason: String)
  /// A part of the kernel would lie where there is no RAM, or where the loader's own data is.
  case segmentOutsideMemory(start: UInt64, end: UInt64)
  /// The kernel needs more RAM than there is.
  case kernelTooLarge(neededMemory: UInt64, memory: UInt64)
  /// There is less RAM than anything can be started with.
  case memoryTooSmall(neededMemory: UInt64, memory: UInt64)
  /// The initial RAM disk has no bytes.
  case emptyRamdisk
  /// The initial RAM disk does not fit beside the kernel; `nil` if it does not with any amount of RAM.
  case ramdiskTooLarge(size: UInt64, neededMemory: UInt64?, memory: UInt64)
  /// The command line is longer than the kernel takes.
  case commandLineTooLong(length: Int, limit: Int)
  /// The command line contains a NUL, which would end it.
  case commandLineContainsNUL
  /// The tables that describe the machine are larger than the room kept for them.
  case tablesTooLarge(size: Int, limit: Int)

  /// One line that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unreadableFile(let path, let reason):
      "cannot read \(path): \(reason)"
    case .emptyFile(let path):
      "\(path) is empty: give a complete file"
    case .emptyKernel:
      "the kernel is empty: give a bzImage (vmlinuz) or an ELF kernel"
    case .truncatedKernel(let format, let needed, let actual):
      "the kernel is truncated: its \(format) header asks for \(needed) bytes, the file has \(actual);"
        + " copy or download it again"
    case .foreignKernel(let format):
      "the kernel is \(format.name), which this machine cannot start: \(format.advice)"
    case .unrecognizedKernel:
      "the kernel is in no format this machine knows: give a bzImage (vmlinuz) or an ELF kernel for x86-64"
    case .malformedKernel(let format, let reason):
      "the kernel's \(format) header is wrong: \(reason); copy or build it again"
    case .unsuitableKernel(let reason):
      "the kernel does not suit this machine: \(reason)"
    case .segmentOutsideMemory(let start, let end):
      "the kernel wants to be at \(Self.hexadecimal(start)) to \(Self.hexadecimal(end)), which is not free RAM:"
        + " link it between 1 MiB and 3 GiB"
    case .kernelTooLarge(let needed, let memory):
      "the kernel does not fit into \(Self.mebibytes(memory)) of RAM:"
        + " give at least --memory \(Self.mebibytes(needed))"
    case .memoryTooSmall(let needed, let memory):
      "\(memory) bytes of RAM are too few to start anything: give at least --memory \(Self.mebibytes(needed))"
    case .emptyRamdisk:
      "the initial RAM disk is empty: give a complete file or none"
    case .ramdiskTooLarge(let size, .some(let needed), let memory):
      "the initial RAM disk of \(Self.mebibytes(size)) does not fit beside the kernel into"
        + " \(Self.mebibytes(memory)) of RAM: give at least --memory \(Self.mebibytes(needed))"
    case .ramdiskTooLarge(let size, nil, _):
      "the initial RAM disk of \(Self.mebibytes(size)) is larger than the kernel can take:"
        + " make it smaller or put its files on a --disk"
    case .commandLineTooLong(let length, let limit):
      "the command line has \(length) bytes, but the kernel takes at most \(limit): shorten --append"
    case .commandLineContainsNUL:
      "the command line contains a NUL character: remove it from --append"
    case .tablesTooLarge(let size, let limit):
      "the ACPI tables take \(size) bytes, but there is room for \(limit): give fewer --cpus"
    }
  }

  /// The error for a header that refers to `length` bytes at `offset`, which are not all there.
  static func truncated(_ format: String, at offset: UInt64, length: UInt64, of bytes: [UInt8]) -> BootError {
    let end = offset.addingReportingOverflow(length)
    return .truncatedKernel(
      format: format, needed: end.overflow ? .max : end.partialValue, actual: UInt64(bytes.count))
  }

  /// A number of bytes as `--memory` takes it, rounded up.
  private static func mebibytes(_ bytes: UInt64) -> String {
    "\(bytes >> 20 + (bytes & 0xF_FFFF == 0 ? 0 : 1))M"
  }

  private static func hexadecimal(_ address: UInt64) -> String {
    "0x" + String(address, radix: 16)
  }
}
