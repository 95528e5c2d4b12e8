/// The file header of an ELF file, and its program headers.
struct ELFHeader {
  /// A program header, as it stands in the file.
  struct Program {
    let type: UInt32
    let offset: UInt64
    let virtualAddress: UInt64
    let physicalAddress: UInt64
    let fileSize: UInt64
    let memorySize: UInt64
    let alignment: UInt64
  }

  let fileClass: ELFFile.FileClass
  let entry: UInt64
  let programHeaderCount: UInt64
  private let programHeadersOffset: UInt64
  private let programHeaderSize: UInt64
  private let layout: ELFFormat.Layout

  /// Reads the file header.
  ///
  /// - Throws: `BootError` if the file is truncated or not a static executable for x86.
  init(_ bytes: [UInt8]) throws(BootError) {
    typealias Identification = ELFFormat.Identification
    let count = UInt64(bytes.count)
    guard let classNumber = bytes.number(at: Identification.fileClass, as: UInt8.self),
      let encoding = bytes.number(at: Identification.dataEncoding, as: UInt8.self),
      let type = bytes.number(at: ELFFormat.fileType, as: UInt16.self),
      let machine = bytes.number(at: ELFFormat.machine, as: UInt16.self)
    else {
      throw .truncatedKernel(format: "ELF", needed: ELFFormat.Layout.class32.fileHeaderSize, actual: count)
    }
    guard encoding != Identification.bigEndian else { throw .foreignKernel(.bigEndianELF) }
    guard encoding == Identification.littleEndian else {
      throw .malformedKernel(format: "ELF", reason: "its data encoding is \(encoding)")
    }
    guard machine == ELFFormat.machineX8664 || machine == ELFFormat.machine386 else {
      throw .foreignKernel(.elf(machine: machine))
    }
    switch classNumber {
    case Identification.class32: (fileClass, layout) = (.elf32, .class32)
    case Identification.class64: (fileClass, layout) = (.elf64, .class64)
    default: throw .malformedKernel(format: "ELF", reason: "its class is \(classNumber)")
    }
    switch type {
    case ELFFormat.typeExecutable: break
    case ELFFormat.typeRelocatable: throw .foreignKernel(.relocatableELF)
    case ELFFormat.typeShared: throw .foreignKernel(.positionIndependentELF)
    case ELFFormat.typeCore: throw .foreignKernel(.coreDump)
    default: throw .malformedKernel(format: "ELF", reason: "its type is \(type)")
    }

    guard let size = bytes.number(at: layout.programHeaderSize, as: UInt16.self),
      let number = bytes.number(at: layout.programHeaderCount, as: UInt16.self),
      let entry = Self.address(at: layout.entry, of: bytes, fileClass),
      let offset = Self.address(at: layout.programHeadersOffset, of: bytes, fileClass)
    else { throw .truncatedKernel(format: "ELF", needed: layout.fileHeaderSize, actual: count) }
    guard number > 0 else {
      throw .malformedKernel(format: "ELF", reason: "it has no program headers")
    }
    guard UInt64(size) >= layout.minimumProgramHeaderSize else {
      throw .malformedKernel(format: "ELF", reason: "its program headers have \(size) bytes")
    }
    self.entry = entry
    programHeadersOffset = offset
    programHeaderSize = UInt64(size)
    programHeaderCount = UInt64(number)
    let tableSize = programHeaderSize * programHeaderCount
    guard bytes.slice(at: offset, length: tableSize) != nil else {
      throw .truncated("ELF", at: offset, length: tableSize, of: bytes)
    }
  }

  /// The program header of an index below `programHeaderCount`.
  func programHeader(_ index: UInt64, of bytes: [UInt8]) throws(BootError) -> Program {
    let start = programHeadersOffset + index * programHeaderSize
    func field(_ offset: UInt64) -> UInt64? { Self.address(at: start + offset, of: bytes, fileClass) }
    guard let type = bytes.number(at: start, as: UInt32.self),
      let offset = field(layout.segmentOffset),
      let virtualAddress = field(layout.segmentVirtualAddress),
      let physicalAddress = field(layout.segmentPhysicalAddress),
      let fileSize = field(layout.segmentFileSize),
      let memorySize = field(layout.segmentMemorySize),
      let alignment = field(layout.segmentAlignment)
    else {
      throw .truncated("ELF", at: start, length: programHeaderSize, of: bytes)
    }
    return Program(
      type: type, offset: offset, virtualAddress: virtualAddress, physicalAddress: physicalAddress,
      fileSize: fileSize, memorySize: memorySize, alignment: alignment)
  }

  /// A number as wide as addresses of the class.
  private static func address(at offset: UInt64, of bytes: [UInt8], _ fileClass: ELFFile.FileClass) -> UInt64?
  {
    switch fileClass {
    case .elf32: bytes.number(at: offset, as: UInt32.self).map(UInt64.init)
    case .elf64: bytes.number(at: offset, as: UInt64.self)
    }
  }
}
