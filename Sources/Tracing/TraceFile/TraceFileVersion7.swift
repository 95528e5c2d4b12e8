import Interfaces

/// Writes `trace.dat` files of version 7: the same parts as version 6, each in a section of its own that options lead to
/// (trace-cmd, trace-cmd.dat.v7(5)). Nothing is compressed.
public enum TraceFileVersion7 {
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
  }

  private static let sectionHeaderSize = 16

  /// The bytes of a file.
  public static func bytes(of contents: TraceContents, _ description: TraceFileDescription) -> [UInt8] {
    var file = ByteWriter()
    TraceFileParts.head(version: "7", to: &file)
    // The algorithm of compression, and its version.
    file.put(terminated: "none")
    file.put(terminated: "")
    let firstOptions = file.bytes.count
    file.put(UInt64(0))
    var options: [TraceFileOption] = []
    for (section, body) in bodies(of: contents, description) {
      options.append(TraceFileOption(section, littleEndian(UInt64(file.bytes.count))))
      put(section, body, to: &file)
    }
    options += TraceFileParts.options(contents, description)
    options.append(
      TraceFileOption(
        TraceFileOption.Identifier.processorCount, littleEndian(UInt32(contents.processors.count))))
    options.append(putPages(contents, description, to: &file))
    file.replace(UInt64(file.bytes.count), at: firstOptions)
    putOptions(options, to: &file)
    return file.bytes
  }

  private static func bodies(
    of contents: TraceContents, _ description: TraceFileDescription
  ) -> [(section: UInt16, body: [UInt8])] {
    func body(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
      var writer = ByteWriter()
      write(&writer)
      return writer.bytes
    }
    return [
      (Section.headers, body { TraceFileParts.headers(to: &$0) }),
      (Section.ownFormats, body { $0.put(UInt32(0)) }),
      (Section.eventFormats, body { TraceFileParts.events(of: contents, to: &$0) }),
      (Section.kernelSymbols, body { $0.put(UInt32(0)) }),
      (Section.constantTexts, body { $0.put(sized32: TraceFileParts.constantTexts(description)) }),
      (Section.tasks, body { $0.put(sized64: TraceFileParts.tasks(description)) }),
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

  /// The pages, aligned, in a section that begins before them.
  ///
  /// - Returns: the option that leads to them.
  private static func putPages(
    _ contents: TraceContents, _ description: TraceFileDescription, to file: inout ByteWriter
  ) -> TraceFileOption {
    let header = file.bytes.count
    let start = (header + sectionHeaderSize + TracePage.size - 1) / TracePage.size * TracePage.size
    let size = contents.processors.reduce(0) { $0 + $1.pages.count } * TracePage.size
    putHeader(Section.buffer, size: start - header - sectionHeaderSize + size, to: &file)
    file.pad(to: start)
    var option = ByteWriter()
    option.put(UInt64(header))
    // The top instance has no name.
    option.put(terminated: "")
    option.put(terminated: description.clock)
    option.put(UInt32(TracePage.size))
    option.put(UInt32(contents.processors.count))
    for (number, processor) in contents.processors.enumerated() {
      option.put(UInt32(number))
      option.put(UInt64(file.bytes.count))
      option.put(UInt64(processor.pages.count * TracePage.size))
      for page in processor.pages { file.put(page) }
    }
    return TraceFileOption(TraceFileOption.Identifier.buffer, option.bytes)
  }

  private static func putOptions(_ options: [TraceFileOption], to file: inout ByteWriter) {
    var body = ByteWriter()
    for option in options {
      body.put(option.identifier)
      body.put(sized32: option.data)
    }
    // No further section of options follows.
    body.put(TraceFileOption.Identifier.done)
    body.put(sized32: littleEndian(UInt64(0)))
    put(Section.options, body.bytes, to: &file)
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
