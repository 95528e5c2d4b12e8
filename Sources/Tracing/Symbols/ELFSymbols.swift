/// The symbol table of an ELF file for a little-endian machine with 64 bits (System V ABI, "Object Files").
struct ELFSymbols {
  static let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]

  private let storage: any TraceFileStorage
  private let sections: [Section]

  private struct Section {
    let type: UInt32
    let flags: UInt64
    let offset: UInt64
    let size: UInt64
    let link: UInt32

    static let symbolTable: UInt32 = 2
    static let isCode: UInt64 = 4
    static let headerSize = 64
  }

  private enum Symbol {
    static let size = 24
    /// Labels of assembly have no type.
    static let codeTypes: Set<UInt8> = [0, 2]
  }

  /// - Throws: ``TraceFileError``.
  init(_ storage: any TraceFileStorage) throws(TraceFileError) {
    self.storage = storage
    var reader = ByteReader(storage)
    let identification = try reader.bytes(16)
    // The class of 64 bits, little-endian.
    guard identification.starts(with: Self.magic), identification[4] == 2, identification[5] == 1 else {
      throw .machine
    }
    reader = ByteReader(storage, at: 0x28)
    let tableOffset: UInt64 = try reader.number()
    reader = ByteReader(storage, at: 0x3A)
    let entrySize: UInt16 = try reader.number()
    let count: UInt16 = try reader.number()
    guard let tableOffset = Int(exactly: tableOffset), Int(entrySize) == Section.headerSize else {
      throw .truncated
    }
    var table = ByteReader(storage, at: tableOffset)
    var sections: [Section] = []
    for _ in 0..<count { sections.append(try Self.section(&table)) }
    self.sections = sections
  }

  private static func section(_ reader: inout ByteReader) throws(TraceFileError) -> Section {
    _ = try reader.number(UInt32.self)
    let type: UInt32 = try reader.number()
    let flags: UInt64 = try reader.number()
    _ = try reader.number(UInt64.self)
    let offset: UInt64 = try reader.number()
    let size: UInt64 = try reader.number()
    let link: UInt32 = try reader.number()
    _ = try reader.bytes(Section.headerSize - 44)
    return Section(type: type, flags: flags, offset: offset, size: size, link: link)
  }

  /// The functions.
  ///
  /// - Throws: ``TraceFileError``.
  func functions() throws(TraceFileError) -> [(address: UInt64, name: String)] {
    guard let table = sections.first(where: { $0.type == Section.symbolTable }) else { return [] }
    guard Int(table.link) < sections.count else { throw .truncated }
    let names = try bytes(of: sections[Int(table.link)])
    let symbols = try bytes(of: table)
    var found: [(address: UInt64, name: String)] = []
    for start in stride(from: 0, to: symbols.count - Symbol.size + 1, by: Symbol.size) {
      let (name, type, section, value) = symbols.withUnsafeBytes { bytes in
        (
          bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self).littleEndian, bytes[start + 4] & 0xF,
          bytes.loadUnaligned(fromByteOffset: start + 6, as: UInt16.self).littleEndian,
          bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self).littleEndian
        )
      }
      guard Symbol.codeTypes.contains(type), Int(section) < sections.count,
        sections[Int(section)].flags & Section.isCode != 0, Int(name) < names.count
      else { continue }
      let text = names[Int(name)...].prefix { $0 != 0 }
      if !text.isEmpty { found.append((value, String(decoding: text, as: UTF8.self))) }
    }
    return found
  }

  private func bytes(of section: Section) throws(TraceFileError) -> [UInt8] {
    guard let offset = Int(exactly: section.offset), let size = Int(exactly: section.size) else {
      throw .truncated
    }
    var reader = ByteReader(storage, at: offset)
    return try reader.bytes(size)
  }
}
