/// The places and numbers of ELF files (System V ABI, chapters 4 and 5, and its x86-64 supplement).
enum ELFFormat {
  static let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]

  /// Offsets in `e_ident`, and what stands there.
  enum Identification {
    static let fileClass: UInt64 = 4
    static let dataEncoding: UInt64 = 5
    static let size: UInt64 = 16
    static let class32: UInt8 = 1
    static let class64: UInt8 = 2
    static let littleEndian: UInt8 = 1
    static let bigEndian: UInt8 = 2
  }

  /// Offsets that are the same in both classes.
  static let fileType: UInt64 = 16
  static let machine: UInt64 = 18

  static let typeRelocatable: UInt16 = 1
  static let typeExecutable: UInt16 = 2
  static let typeShared: UInt16 = 3
  static let typeCore: UInt16 = 4

  static let machine386: UInt16 = 3
  static let machineX8664: UInt16 = 62

  static let segmentLoad: UInt32 = 1
  static let segmentInterpreter: UInt32 = 3
  static let segmentNote: UInt32 = 4

  /// Offsets in the file header and in program headers that depend on the class, and how wide addresses are.
  struct Layout {
    let fileHeaderSize: UInt64
    let entry: UInt64
    let programHeadersOffset: UInt64
    let programHeaderSize: UInt64
    let programHeaderCount: UInt64
    let minimumProgramHeaderSize: UInt64
    let segmentOffset: UInt64
    let segmentVirtualAddress: UInt64
    let segmentPhysicalAddress: UInt64
    let segmentFileSize: UInt64
    let segmentMemorySize: UInt64
    let segmentAlignment: UInt64

    static let class32 = Layout(
      fileHeaderSize: 52, entry: 24, programHeadersOffset: 28, programHeaderSize: 42, programHeaderCount: 44,
      minimumProgramHeaderSize: 32, segmentOffset: 4, segmentVirtualAddress: 8, segmentPhysicalAddress: 12,
      segmentFileSize: 16, segmentMemorySize: 20, segmentAlignment: 28)
    static let class64 = Layout(
      fileHeaderSize: 64, entry: 24, programHeadersOffset: 32, programHeaderSize: 54, programHeaderCount: 56,
      minimumProgramHeaderSize: 56, segmentOffset: 8, segmentVirtualAddress: 16, segmentPhysicalAddress: 24,
      segmentFileSize: 32, segmentMemorySize: 40, segmentAlignment: 48)
  }

  /// A note that a Linux program carries and a kernel does not (LSB, "ABI note tag").
  static let linuxProgramNote = ELFNote.Kind(owner: "GNU", type: 1)
  /// A note that only Linux kernels carry: the salt of their build ID.
  static let linuxKernelNote = ELFNote.Kind(owner: "Linux", type: 0x100)
  /// XEN_ELFNOTE_PHYS32_ENTRY: the entry by the PVH protocol (xen/include/public/elfnote.h).
  static let pvhEntryNote = ELFNote.Kind(owner: "Xen", type: 18)
}
