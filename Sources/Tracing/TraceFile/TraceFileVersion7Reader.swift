/// Reads a file of version 7.
struct TraceFileVersion7Reader {
  private typealias Section = TraceFileVersion7.Section

  private let storage: any TraceFileStorage
  /// What undoes the compression of sections; `nil` if there are none that are compressed.
  private let decompressor: Decompressor?
  private(set) var parts: TraceFileParts
  /// What was read: a file has every part once. More would be a file that grows when it is read.
  private var known: Set<UInt16> = []
  /// The bytes that sections may still have once they are decompressed.
  private var room = 1 << 27

  /// A chain of sections that leads back to itself has no end.
  private static let mostOptionSections = 64
  /// More than trace-cmd writes for any machine.
  private static let mostOptions = 1 << 16

  /// Reads what stands behind the head.
  ///
  /// - Parameters:
  ///   - reader: stands behind the head.
  ///   - head: what was read so far.
  init(
    _ reader: inout ByteReader, of storage: any TraceFileStorage, _ head: TraceFileParts
  ) throws(TraceFileError) {
    self.storage = storage
    parts = head
    let algorithm = try reader.terminatedText()
    // The version of the library that compressed it.
    _ = try reader.terminatedText()
    if algorithm == TraceFileVersion7.uncompressed {
      decompressor = nil
    } else {
      guard let compression = TraceCompression(rawValue: algorithm) else { throw .compressed(algorithm) }
      decompressor = try Decompressor(compression)
    }
    var next: UInt64 = try reader.number()
    for _ in 0..<Self.mostOptionSections where next != 0 {
      var section = try section(at: next)
      next = try readOptions(&section)
    }
    // Without it nothing says how pages look.
    guard known.contains(Section.headers) else { throw .truncated }
  }

  /// What stands behind the header of a section.
  private mutating func section(at offset: UInt64) throws(TraceFileError) -> ByteReader {
    var section = try header(at: offset)
    guard section.isCompressed else { return section.body }
    guard let decompressor else { throw .truncated }
    let block = try CompressedBlock(&section.body, largest: room)
    room -= block.size
    return ByteReader(try block.contents(&section.body, decompressor))
  }

  private func header(at offset: UInt64) throws(TraceFileError) -> (isCompressed: Bool, body: ByteReader) {
    guard let offset = Int(exactly: offset) else { throw .truncated }
    var reader = ByteReader(storage, at: offset)
    _ = try reader.number(UInt16.self)
    let flags: UInt16 = try reader.number()
    // The number of a description, and the size.
    _ = try reader.number(UInt32.self)
    _ = try reader.number(UInt64.self)
    return (flags & Section.isCompressed != 0, reader)
  }

  /// - Returns: where the next options are.
  private mutating func readOptions(_ reader: inout ByteReader) throws(TraceFileError) -> UInt64 {
    while true {
      let identifier: UInt16 = try reader.number()
      let option = TraceFileOption(identifier, try reader.sized32())
      var data = ByteReader(option.data)
      if identifier == TraceFileOption.Identifier.done { return try data.number() }
      if identifier == TraceFileOption.Identifier.buffer {
        try readBuffer(&data)
      } else if Section.all ~= identifier {
        guard known.insert(identifier).inserted else { continue }
        var section = try section(at: data.number())
        try read(identifier, &section)
      } else if option.isOfRecords {
        guard parts.options.count < Self.mostOptions else { throw .truncated }
        parts.options.append(option)
      }
    }
  }

  private mutating func read(_ section: UInt16, _ reader: inout ByteReader) throws(TraceFileError) {
    switch section {
    case Section.headers: try parts.readHeaders(&reader)
    case Section.ownFormats: try parts.readOwnFormats(&reader)
    case Section.eventFormats: try parts.readEventFormats(&reader)
    case Section.kernelSymbols: parts.kernelSymbols = try reader.sized32()
    case Section.constantTexts: parts.constantTexts = try reader.sized32()
    case Section.tasks: parts.tasks = try reader.sized64()
    default: break
    }
  }

  private mutating func readBuffer(_ option: inout ByteReader) throws(TraceFileError) {
    let place: UInt64 = try option.number()
    let instance = try option.terminatedText()
    let clock = try option.terminatedText()
    let pageSize: UInt32 = try option.number()
    let count: UInt32 = try option.number()
    // Other instances than the top one have traces of their own.
    guard instance.isEmpty, known.insert(TraceFileOption.Identifier.buffer).inserted else { return }
    guard count <= TraceFileVersion6.mostProcessors else { throw .truncated }
    parts.clock = clock
    parts.pageSize = try TraceFileParts.checked(pageSize)
    let isCompressed = try header(at: place).isCompressed
    var budget = TracePageBudget(of: storage)
    for _ in 0..<count {
      let processor: UInt32 = try option.number()
      let offset: UInt64 = try option.number()
      let size: UInt64 = try option.number()
      guard processor < TraceFileVersion6.mostProcessors else { throw .truncated }
      while parts.processors.count <= Int(processor) { parts.processors.append(TracePages([])) }
      let pages = try pages(at: offset, size: size, isCompressed: isCompressed)
      try budget.take(pages)
      parts.processors[Int(processor)] = pages
    }
  }

  private func pages(
    at offset: UInt64, size: UInt64, isCompressed: Bool
  ) throws(TraceFileError) -> TracePages {
    guard isCompressed, size > 0 else {
      return try TracePages(in: storage, at: offset, size: size, pageSize: parts.pageSize)
    }
    guard let decompressor, let offset = Int(exactly: offset) else { throw .truncated }
    let pages = try CompressedPages(in: storage, at: offset, pageSize: parts.pageSize, decompressor)
    return TracePages(pages, pageSize: parts.pageSize)
  }
}
