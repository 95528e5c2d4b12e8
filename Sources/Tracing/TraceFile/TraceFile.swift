/// A `trace.dat` file that was read.
public struct TraceFile: Sendable {
  /// By their numbers in records.
  var events: [Int: EventDescription] = [:]
  /// The names of tasks.
  public internal(set) var tasks: [Int32: String] = [:]
  var constantTexts: [UInt64: String] = [:]
  /// The pages of each processor, oldest first.
  var processors: [[[UInt8]]] = []

  /// Reads a file of version 6 or 7.
  ///
  /// - Throws: ``TraceFileError``.
  public init(_ bytes: [UInt8]) throws(TraceFileError) {
    var reader = ByteReader(bytes)
    guard bytes.starts(with: TraceFileParts.magic) else { throw .foreign }
    _ = try reader.bytes(TraceFileParts.magic.count)
    let version = try reader.terminatedText()
    let machine = try reader.bytes(TraceFileParts.machine.count)
    let pageSize: UInt32 = try reader.number()
    guard machine == TraceFileParts.machine, pageSize == UInt32(TracePage.size) else { throw .machine }
    switch version {
    case "6": try readVersion6(&reader, bytes)
    case "7": try readVersion7(&reader, bytes)
    default: throw .version(version)
    }
  }

  /// The number of processors.
  public var processorCount: Int { processors.count }

  // MARK: Parts

  fileprivate mutating func readHeaders(_ reader: inout ByteReader) throws(TraceFileError) {
    for _ in 0..<2 {
      _ = try reader.terminatedText()
      _ = try reader.sized64()
    }
  }

  fileprivate mutating func readOwnFormats(_ reader: inout ByteReader) throws(TraceFileError) {
    let count: UInt32 = try reader.number()
    for _ in 0..<count { readFormat(try reader.sized64(), system: "ftrace") }
  }

  fileprivate mutating func readEventFormats(_ reader: inout ByteReader) throws(TraceFileError) {
    let systems: UInt32 = try reader.number()
    for _ in 0..<systems {
      let system = try reader.terminatedText()
      let count: UInt32 = try reader.number()
      for _ in 0..<count { readFormat(try reader.sized64(), system: system) }
    }
  }

  private mutating func readFormat(_ text: [UInt8], system: String) {
    let parser = EventFormatParser(String(decoding: text, as: UTF8.self), system: system)
    if let event = parser.parse() { events[event.number] = event }
  }

  /// Lines `0xADDRESS : "TEXT"`.
  fileprivate mutating func readConstantTexts(_ bytes: [UInt8]) {
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2,
        let address = UInt64(parts[0].drop { $0 != "x" }.dropFirst().prefix { $0 != " " }, radix: 16)
      else { continue }
      constantTexts[address] = String(parts[1].drop { $0 != "\"" }.dropFirst().dropLast())
    }
  }

  /// Lines `NUMBER NAME`.
  fileprivate mutating func readTasks(_ bytes: [UInt8]) {
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      if parts.count == 2, let number = Int32(parts[0]) { tasks[number] = String(parts[1]) }
    }
  }

  /// Reads the pages at an offset.
  fileprivate static func pages(
    of file: [UInt8], at offset: UInt64, size: UInt64
  ) throws(TraceFileError) -> [[UInt8]] {
    guard let offset = Int(exactly: offset), let size = Int(exactly: size) else { throw .truncated }
    var reader = ByteReader(file, at: offset)
    var pages: [[UInt8]] = []
    for _ in 0..<(size / TracePage.size) { pages.append(try reader.bytes(TracePage.size)) }
    return pages
  }
}

// MARK: Version 6

extension TraceFile {
  private mutating func readVersion6(_ reader: inout ByteReader, _ file: [UInt8]) throws(TraceFileError) {
    try readHeaders(&reader)
    try readOwnFormats(&reader)
    try readEventFormats(&reader)
    _ = try reader.sized32()
    readConstantTexts(try reader.sized32())
    readTasks(try reader.sized64())
    let count: UInt32 = try reader.number()
    guard count <= 4096 else { throw .truncated }
    if try reader.terminatedText().hasPrefix("options") {
      while try reader.number(UInt16.self) != 0 { _ = try reader.sized32() }
      _ = try reader.terminatedText()
    }
    for _ in 0..<count {
      let offset: UInt64 = try reader.number()
      let size: UInt64 = try reader.number()
      processors.append(try Self.pages(of: file, at: offset, size: size))
    }
  }
}

// MARK: Version 7

extension TraceFile {
  private mutating func readVersion7(_ reader: inout ByteReader, _ file: [UInt8]) throws(TraceFileError) {
    let algorithm = try reader.terminatedText()
    _ = try reader.terminatedText()
    guard algorithm == "none" else { throw .compressed(algorithm) }
    var next: UInt64 = try reader.number()
    // A chain of sections that leads back to itself has no end.
    for _ in 0..<64 where next != 0 {
      guard let offset = Int(exactly: next) else { throw .truncated }
      var section = ByteReader(file, at: offset)
      _ = try section.bytes(8)
      _ = try section.number(UInt64.self)
      next = try readOptions(&section, file)
    }
  }

  /// - Returns: where the next options are.
  private mutating func readOptions(
    _ reader: inout ByteReader, _ file: [UInt8]
  ) throws(TraceFileError) -> UInt64 {
    while true {
      let identifier: UInt16 = try reader.number()
      var option = ByteReader(try reader.sized32())
      if identifier == 0 { return try option.number() }
      if identifier == 3 {
        try readBuffer(&option, file)
      } else if 16...21 ~= identifier {
        let offset: UInt64 = try option.number()
        guard let offset = Int(exactly: offset) else { throw .truncated }
        var section = ByteReader(file, at: offset)
        _ = try section.bytes(16)
        try readSection(identifier, &section)
      }
    }
  }

  private mutating func readSection(
    _ identifier: UInt16, _ reader: inout ByteReader
  ) throws(TraceFileError) {
    switch identifier {
    case 17: try readOwnFormats(&reader)
    case 18: try readEventFormats(&reader)
    case 20: readConstantTexts(try reader.sized32())
    case 21: readTasks(try reader.sized64())
    default: break
    }
  }

  private mutating func readBuffer(_ option: inout ByteReader, _ file: [UInt8]) throws(TraceFileError) {
    _ = try option.number(UInt64.self)
    let instance = try option.terminatedText()
    _ = try option.terminatedText()
    _ = try option.number(UInt32.self)
    let count: UInt32 = try option.number()
    // Other instances than the top one have traces of their own.
    guard instance.isEmpty, count <= 4096 else { return }
    for _ in 0..<count {
      let processor: UInt32 = try option.number()
      let offset: UInt64 = try option.number()
      let size: UInt64 = try option.number()
      guard processor < 4096 else { throw .truncated }
      while processors.count <= Int(processor) { processors.append([]) }
      processors[Int(processor)] = try Self.pages(of: file, at: offset, size: size)
    }
  }
}
