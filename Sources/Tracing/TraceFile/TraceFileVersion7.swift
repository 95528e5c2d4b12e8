/// Files of version 7: the same parts as in version 6, each in a section of its own that options lead to (trace-cmd,
/// trace-cmd.dat.v7(5)). Nothing is compressed.
public enum TraceFileVersion7 {
  static let number = "7"
  private static let uncompressed = "none"

  /// The sections, by the numbers that are also those of the options that lead to them.
  private enum Section {
    static let options: UInt16 = 0
    static let buffer: UInt16 = 3
    static let headers: UInt16 = 16
    static let ownFormats: UInt16 = 17
    static let eventFormats: UInt16 = 18
    static let kernelSymbols: UInt16 = 19
    static let constantTexts: UInt16 = 20
    static let tasks: UInt16 = 21
    static let all = headers...tasks
  }

  private static let sectionHeaderSize = 16

  /// The bytes of a file with what was recorded.
  public static func bytes(of contents: TraceContents, _ description: TraceFileDescription) -> [UInt8] {
    // Pages in memory can always be read.
    (try? layout(of: TraceFileParts(contents, description)).bytes()) ?? []
  }

  // MARK: Writing

  static func layout(of parts: TraceFileParts) -> TraceFileLayout {
    var file = ByteWriter()
    parts.putHead(version: number, to: &file)
    // The algorithm of compression, and its version.
    file.put(terminated: uncompressed)
    file.put(terminated: "")
    let firstOptions = file.bytes.count
    file.put(UInt64(0))
    var options: [TraceFileOption] = []
    for (section, body) in bodies(of: parts) {
      options.append(TraceFileOption(section, littleEndian(UInt64(file.bytes.count))))
      put(section, body, to: &file)
    }
    options += parts.allOptions
    options.append(
      TraceFileOption(
        TraceFileOption.Identifier.processorCount, littleEndian(UInt32(parts.processors.count))))
    let (buffer, end) = putBuffer(parts, to: &file)
    options.append(buffer)
    file.replace(UInt64(end), at: firstOptions)
    return TraceFileLayout(head: file.bytes, processors: parts.processors, tail: tail(options))
  }

  private static func bodies(of parts: TraceFileParts) -> [(section: UInt16, body: [UInt8])] {
    func body(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
      var writer = ByteWriter()
      write(&writer)
      return writer.bytes
    }
    return [
      (Section.headers, parts.headers),
      (Section.ownFormats, body { parts.putOwnFormats(to: &$0) }),
      (Section.eventFormats, body { parts.putEventFormats(to: &$0) }),
      (Section.kernelSymbols, body { $0.put(sized32: parts.kernelSymbols) }),
      (Section.constantTexts, body { $0.put(sized32: parts.constantTexts) }),
      (Section.tasks, body { $0.put(sized64: parts.tasks) }),
    ]
  }

  private static func put(_ section: UInt16, _ body: [UInt8], to file: inout ByteWriter) {
    putHeader(section, size: body.count, to: &file)
    file.put(body)
  }

  /// The number, flags, the number of a description, and the size.
  private static func putHeader(_ section: UInt16, size: Int, to file: inout ByteWriter) {
    file.put(section)
    file.put(UInt16(0))
    file.put(UInt32(0))
    file.put(UInt64(size))
  }

  /// Begins the section of the pages, which are aligned in it.
  ///
  /// - Returns: the option that leads to them, and where they end.
  private static func putBuffer(
    _ parts: TraceFileParts, to file: inout ByteWriter
  ) -> (option: TraceFileOption, end: Int) {
    let header = file.bytes.count
    let start = TraceFileLayout.alignedUp(header + sectionHeaderSize, to: parts.pageSize)
    let size = parts.processors.reduce(0) { $0 + $1.count } * parts.pageSize
    putHeader(Section.buffer, size: start - header - sectionHeaderSize + size, to: &file)
    file.pad(to: start)
    var option = ByteWriter()
    option.put(UInt64(header))
    // The top instance has no name.
    option.put(terminated: "")
    option.put(terminated: parts.clock)
    option.put(UInt32(parts.pageSize))
    option.put(UInt32(parts.processors.count))
    var offset = start
    for (number, pages) in parts.processors.enumerated() {
      option.put(UInt32(number))
      option.put(UInt64(offset))
      option.put(UInt64(pages.count * parts.pageSize))
      offset += pages.count * parts.pageSize
    }
    return (TraceFileOption(TraceFileOption.Identifier.buffer, option.bytes), offset)
  }

  private static func tail(_ options: [TraceFileOption]) -> [UInt8] {
    var body = ByteWriter()
    for option in options {
      body.put(option.identifier)
      body.put(sized32: option.data)
    }
    // No further section of options follows.
    body.put(TraceFileOption.Identifier.done)
    body.put(sized32: littleEndian(UInt64(0)))
    var tail = ByteWriter()
    put(Section.options, body.bytes, to: &tail)
    return tail.bytes
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  // MARK: Reading

  /// Reads what stands behind the head.
  static func read(
    _ reader: inout ByteReader, of storage: any TraceFileStorage, into parts: inout TraceFileParts
  ) throws(TraceFileError) {
    let algorithm = try reader.terminatedText()
    _ = try reader.terminatedText()
    guard algorithm == uncompressed else { throw .compressed(algorithm) }
    var next: UInt64 = try reader.number()
    // A chain of sections that leads back to itself has no end.
    for _ in 0..<64 where next != 0 {
      var section = try Self.section(at: next, of: storage)
      next = try readOptions(&section, of: storage, into: &parts)
    }
  }

  /// What stands behind the header of a section.
  private static func section(
    at offset: UInt64, of storage: any TraceFileStorage
  ) throws(TraceFileError) -> ByteReader {
    guard let offset = Int(exactly: offset) else { throw .truncated }
    var section = ByteReader(storage, at: offset)
    _ = try section.bytes(sectionHeaderSize)
    return section
  }

  /// - Returns: where the next options are.
  private static func readOptions(
    _ reader: inout ByteReader, of storage: any TraceFileStorage, into parts: inout TraceFileParts
  ) throws(TraceFileError) -> UInt64 {
    while true {
      let identifier: UInt16 = try reader.number()
      let option = TraceFileOption(identifier, try reader.sized32())
      var data = ByteReader(option.data)
      if identifier == TraceFileOption.Identifier.done { return try data.number() }
      if identifier == TraceFileOption.Identifier.buffer {
        try readBuffer(&data, of: storage, into: &parts)
      } else if Section.all ~= identifier {
        var section = try Self.section(at: data.number(), of: storage)
        try read(identifier, &section, into: &parts)
      } else if option.isOfRecords {
        parts.options.append(option)
      }
    }
  }

  private static func read(
    _ section: UInt16, _ reader: inout ByteReader, into parts: inout TraceFileParts
  ) throws(TraceFileError) {
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

  private static func readBuffer(
    _ option: inout ByteReader, of storage: any TraceFileStorage, into parts: inout TraceFileParts
  ) throws(TraceFileError) {
    _ = try option.number(UInt64.self)
    let instance = try option.terminatedText()
    let clock = try option.terminatedText()
    let pageSize: UInt32 = try option.number()
    let count: UInt32 = try option.number()
    // Other instances than the top one have traces of their own.
    guard instance.isEmpty else { return }
    guard count <= TraceFileVersion6.mostProcessors else { throw .truncated }
    parts.clock = clock
    parts.pageSize = try TraceFileParts.checked(pageSize)
    parts.processors = []
    for _ in 0..<count {
      let processor: UInt32 = try option.number()
      let offset: UInt64 = try option.number()
      let size: UInt64 = try option.number()
      guard processor < TraceFileVersion6.mostProcessors else { throw .truncated }
      while parts.processors.count <= Int(processor) { parts.processors.append(TracePages([])) }
      parts.processors[Int(processor)] = try TracePages(
        in: storage, at: offset, size: size, pageSize: parts.pageSize)
    }
  }
}
