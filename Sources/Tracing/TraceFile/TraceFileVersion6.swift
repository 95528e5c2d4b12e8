/// Files of version 6: the parts one behind the other (trace-cmd, trace-cmd.dat.v6(5)).
public enum TraceFileVersion6 {
  static let number = "6"
  private static let optionsMark = "options  "
  private static let pagesMark = "flyrecord"
  /// More processors than any machine has.
  static let mostProcessors: UInt32 = 4096

  /// The bytes of a file with what was recorded.
  public static func bytes(of contents: TraceContents, _ description: TraceFileDescription) -> [UInt8] {
    // Pages in memory can always be read.
    (try? layout(of: TraceFileParts(contents, description)).bytes()) ?? []
  }

  static func layout(of parts: TraceFileParts) -> TraceFileLayout {
    var file = ByteWriter()
    parts.putHead(version: number, to: &file)
    file.put(parts.headers)
    parts.putOwnFormats(to: &file)
    parts.putEventFormats(to: &file)
    file.put(sized32: parts.kernelSymbols)
    file.put(sized32: parts.constantTexts)
    file.put(sized64: parts.tasks)
    file.put(UInt32(parts.processors.count))
    file.put(terminated: optionsMark)
    for option in parts.allOptions {
      file.put(option.identifier)
      file.put(sized32: option.data)
    }
    file.put(TraceFileOption.Identifier.done)
    file.put(terminated: pagesMark)
    let tableSize = parts.processors.count * 16
    var offset = TraceFileLayout.alignedUp(file.bytes.count + tableSize, to: parts.pageSize)
    let start = offset
    for pages in parts.processors {
      let size = pages.count * parts.pageSize
      file.put(UInt64(offset))
      file.put(UInt64(size))
      offset += size
    }
    file.pad(to: start)
    return TraceFileLayout(head: file.bytes, processors: parts.processors, tail: [])
  }

  /// Reads what stands behind the head.
  static func read(
    _ reader: inout ByteReader, of storage: any TraceFileStorage, into parts: inout TraceFileParts
  ) throws(TraceFileError) {
    try parts.readHeaders(&reader)
    try parts.readOwnFormats(&reader)
    try parts.readEventFormats(&reader)
    parts.kernelSymbols = try reader.sized32()
    parts.constantTexts = try reader.sized32()
    parts.tasks = try reader.sized64()
    let count: UInt32 = try reader.number()
    guard count <= mostProcessors else { throw .truncated }
    if try reader.terminatedText() == optionsMark {
      try readOptions(&reader, into: &parts)
      _ = try reader.terminatedText()
    }
    var budget = TracePageBudget(of: storage)
    for _ in 0..<count {
      let offset: UInt64 = try reader.number()
      let size: UInt64 = try reader.number()
      let pages = try TracePages(in: storage, at: offset, size: size, pageSize: parts.pageSize)
      try budget.take(pages)
      parts.processors.append(pages)
    }
  }

  private static func readOptions(
    _ reader: inout ByteReader, into parts: inout TraceFileParts
  ) throws(TraceFileError) {
    while true {
      let identifier: UInt16 = try reader.number()
      guard identifier != TraceFileOption.Identifier.done else { return }
      let option = TraceFileOption(identifier, try reader.sized32())
      if option.isOfRecords { parts.options.append(option) }
      if identifier == TraceFileOption.Identifier.clock {
        parts.clock = String(decoding: option.data.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
  }
}
