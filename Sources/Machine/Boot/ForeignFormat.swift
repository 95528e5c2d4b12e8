/// A kind of file that is given for a kernel by mistake, and what to give in its place.
public struct ForeignFormat: Equatable, Sendable {
  /// What the file is, with an article.
  public let name: String
  /// What to do about it.
  public let advice: String

  /// Bytes by which a format is known.
  private struct Signature {
    let offset: UInt64
    let bytes: [UInt8]
    let format: ForeignFormat

    init(_ offset: UInt64, _ bytes: [UInt8], _ name: String, _ advice: String) {
      self.offset = offset
      self.bytes = bytes
      format = ForeignFormat(name: name, advice: advice)
    }

    init(_ offset: UInt64, _ text: StaticString, _ name: String, _ advice: String) {
      self.init(offset, text.withUTF8Buffer { [UInt8]($0) }, name, advice)
    }
  }

  /// The format of a file that is neither a bzImage nor ELF nor Multiboot; `nil` if it is not known.
  static func detect(_ bytes: [UInt8]) -> ForeignFormat? {
    signatures.first { bytes.has($0.bytes, at: $0.offset) }?.format
  }

  /// An ELF file for a processor with this number.
  static func elf(machine: UInt16) -> ForeignFormat {
    let names: [UInt16: String] = [
      8: "MIPS", 20: "32-bit PowerPC", 21: "64-bit PowerPC", 22: "IBM S/390", 40: "32-bit Arm", 183: "arm64",
      243: "RISC-V", 258: "LoongArch",
    ]
    let processor = names[machine] ?? "a processor with the ELF number \(machine)"
    return ForeignFormat(name: "an ELF file for \(processor)", advice: otherProcessor)
  }

  /// An ELF file of a processor with the other byte order.
  static let bigEndianELF = ForeignFormat(name: "a big-endian ELF file", advice: otherProcessor)
  /// An object file or kernel module.
  static let relocatableELF = ForeignFormat(
    name: "an object file or a kernel module", advice: "give a linked kernel")
  /// A shared library or position-independent executable.
  static let positionIndependentELF = ForeignFormat(
    name: "a shared library or position-independent program",
    advice: "link it with -no-pie at a fixed address")
  /// The memory of a program that crashed.
  static let coreDump = ForeignFormat(name: "a core dump", advice: "give the kernel itself")
  /// A program for user space.
  static let linuxProgram = ForeignFormat(
    name: "a Linux program", advice: "put it in an initial RAM disk and give a kernel with --kernel")

  private static let otherProcessor = "give a kernel built for x86-64"
  private static let decompress = "decompress it first"

  /// The formats, those with the surest signatures first.
  private static let signatures: [Signature] = [
    Signature(0x38, "ARM\u{64}", "an arm64 Image", otherProcessor),
    Signature(0x38, "RSC\u{05}", "a RISC-V Image", otherProcessor),
    Signature(4, "zimg", "a compressed EFI Image for another processor", otherProcessor),
    Signature(0, [0x27, 0x05, 0x19, 0x56], "a U-Boot uImage", "give the kernel that it was made from"),
    Signature(0, [0xD0, 0x0D, 0xFE, 0xED], "a flattened device tree or FIT image", otherProcessor),
    Signature(0, [0x1F, 0x8B], "a gzip file", decompress),
    Signature(0, [0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file", decompress),
    Signature(0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz file", decompress),
    Signature(0, [0x5D, 0x00, 0x00], "an LZMA file", decompress),
    Signature(0, "BZh", "a bzip2 file", decompress),
    Signature(0, [0x04, 0x22, 0x4D, 0x18], "an LZ4 file", decompress),
    Signature(0, [0x02, 0x21, 0x4C, 0x18], "an LZ4 file", decompress),
    Signature(0, [0x89, 0x4C, 0x5A, 0x4F], "an lzop file", decompress),
    Signature(0, "07070", "a cpio archive", "give it with --initrd, and a kernel with --kernel"),
    Signature(0, "!<arch>\ndebian", "a Debian package", "unpack it (dpkg-deb -x) and give boot/vmlinuz-*"),
    Signature(0, "!<arch>\n", "a library of object files", "give a linked kernel"),
    Signature(0x101, "ustar", "a tar archive", "unpack it and give the kernel that is in it"),
    Signature(0, "PK\u{03}\u{04}", "a zip archive", "unpack it and give the kernel that is in it"),
    Signature(0, "#!", "a script", "give the kernel that it starts"),
    Signature(
      0, [0x51, 0x46, 0x49, 0xFB], "a qcow2 disk",
      "give it with --disk as a raw file, and a kernel with --kernel"),
    Signature(0x8001, "CD001", "a CD image", "give the kernel that is in it"),
    Signature(0x200, "EFI PART", "a disk", "give it with --disk, and a kernel with --kernel"),
    Signature(0, "MZ", "an EFI or Windows program", "give a Linux bzImage or an ELF kernel"),
    Signature(
      0x1FE, [0x55, 0xAA], "a boot sector or a disk", "give it with --disk, and a kernel with --kernel"),
  ]
}
