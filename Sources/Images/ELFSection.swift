/// Finding a section of a 64-bit little-endian ELF file by its name. The file is not trusted.
enum ELFSection {
  /// Offsets within the file header (`Elf64_Ehdr` of the System V ABI, "ELF Header").
  private enum FileHeader {
    static let magic: [UInt8] = [0x7f, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F")]
    static let classOffset = 4
    static let class64: UInt8 = 2
    static let dataOffset = 5
    static let littleEndian: UInt8 = 1
    static let sectionHeaders = 0x28
    static let sectionHeaderSize = 0x3a
    static let sectionCount = 0x3c
    static let nameSectionIndex = 0x3e
  }

  /// Offsets within a section header (`Elf64_Shdr`).
  private enum SectionHeader {
    static let name = 0
    static let offset = 0x18
    static let size = 0x20
    static let byteCount = 0x40
  }

  /// The bytes of the first section with a name; nil if there is none or the file is damaged.
  static func named(_ name: String, in file: [UInt8]) -> ArraySlice<UInt8>? {
    guard file.starts(with: FileHeader.magic),
      integer(UInt8.self, in: file, at: FileHeader.classOffset) == FileHeader.class64,
      integer(UInt8.self, in: file, at: FileHeader.dataOffset) == FileHeader.littleEndian,
      let table = integer(UInt64.self, in: file, at: FileHeader.sectionHeaders).flatMap(Int.init(exactly:)),
      let entrySize = integer(UInt16.self, in: file, at: FileHeader.sectionHeaderSize).map(Int.init),
      let count = integer(UInt16.self, in: file, at: FileHeader.sectionCount).map(Int.init),
      let nameIndex = integer(UInt16.self, in: file, at: FileHeader.nameSectionIndex).map(Int.init),
      entrySize >= SectionHeader.byteCount, table >= 0, table <= file.count,
      count &* entrySize <= file.count &- table,
      let names = contents(ofHeaderAt: table &+ nameIndex &* entrySize, in: file)
    else { return nil }
    let wanted = Array((name + "\0").utf8)
    for index in 0..<count {
      let header = table &+ index &* entrySize
      guard let start = integer(UInt32.self, in: file, at: header &+ SectionHeader.name) else { return nil }
      if names.dropFirst(Int(start)).starts(with: wanted) {
        return contents(ofHeaderAt: header, in: file)
      }
    }
    return nil
  }

  private static func contents(ofHeaderAt header: Int, in file: [UInt8]) -> ArraySlice<UInt8>? {
    guard
      let offset = integer(UInt64.self, in: file, at: header &+ SectionHeader.offset).flatMap(
        Int.init(exactly:)),
      let size = integer(UInt64.self, in: file, at: header &+ SectionHeader.size).flatMap(Int.init(exactly:)),
      offset <= file.count, size <= file.count - offset
    else { return nil }
    return file[offset..<(offset + size)]
  }

  private static func integer<Value: FixedWidthInteger>(
    _ type: Value.Type, in file: [UInt8], at offset: Int
  ) -> Value? {
    let size = MemoryLayout<Value>.size
    guard offset >= 0, offset <= file.count - size else { return nil }
    return file.withUnsafeBytes {
      Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
  }
}
