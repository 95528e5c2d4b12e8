/// Files of version 7: the same parts as in version 6, each in a section of its own that options lead to (trace-cmd,
/// trace-cmd.dat.v7(5)). Nothing that is written is compressed.
public enum TraceFileVersion7 {
  static let number = "7"
  /// Stands for the name of an algorithm.
  static let uncompressed = "none"

  /// The sections, by the numbers that are also those of the options that lead to them.
  enum Section {
    static let options: UInt16 = 0
    static let buffer: UInt16 = 3
    static let headers: UInt16 = 16
    static let ownFormats: UInt16 = 17
    static let eventFormats: UInt16 = 18
    static let kernelSymbols: UInt16 = 19
    static let constantTexts: UInt16 = 20
    static let tasks: UInt16 = 21
    static let all = headers...tasks

    /// The flag of a section whose body is compressed.
    static let isCompressed: UInt16 = 1
    /// The bytes before the body.
    static let headerSize = 16
  }

  /// The bytes of a file with what was recorded.
  public static func bytes(of contents: TraceContents, _ description: TraceFileDescription) -> [UInt8] {
    // Pages in memory can always be read.
    (try? layout(of: TraceFileParts(contents, description)).bytes()) ?? []
  }

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

  static func bodies(of parts: TraceFileParts) -> [(section: UInt16, body: [UInt8])] {
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
    let start = TraceFileLayout.alignedUp(header + Section.headerSize, to: parts.pageSize)
    let size = parts.processors.reduce(0) { $0 + $1.count } * parts.pageSize
    putHeader(Section.buffer, size: start - header - Section.headerSize + size, to: &file)
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
}
