/// Records with what it takes to read them: a `trace.dat` file, or what a ``Tracer`` kept.
public struct TraceFile: Sendable {
  private(set) var parts: TraceFileParts
  /// By their numbers in records.
  let events: [Int: EventDescription]
  /// The names of tasks.
  public let tasks: [Int32: String]
  /// Names for addresses.
  private(set) var names: TraceNames

  /// Opens a file of version 6 or 7, whose records stay where they are.
  ///
  /// - Throws: ``TraceFileError``.
  public init(_ storage: any TraceFileStorage) throws(TraceFileError) {
    var parts = TraceFileParts()
    var reader = ByteReader(storage)
    let version = try parts.readHead(&reader)
    switch version {
    case TraceFileVersion6.number: try TraceFileVersion6.read(&reader, of: storage, into: &parts)
    case TraceFileVersion7.number: parts = try TraceFileVersion7Reader(&reader, of: storage, parts).parts
    default: throw .version(version)
    }
    self.init(parts)
  }

  /// Opens the bytes of a file.
  ///
  /// - Throws: ``TraceFileError``.
  public init(_ bytes: [UInt8]) throws(TraceFileError) { try self.init(MemoryStorage(bytes: bytes)) }

  /// What was recorded.
  public init(_ contents: TraceContents, _ description: TraceFileDescription) {
    self.init(TraceFileParts(contents, description))
  }

  private init(_ parts: TraceFileParts) {
    self.parts = parts
    var events: [Int: EventDescription] = [:]
    for (system, formats) in [("ftrace", parts.ownFormats)] + parts.systems.map({ ($0.name, $0.formats) }) {
      for format in formats {
        let parser = EventFormatParser(String(decoding: format, as: UTF8.self), system: system)
        if let event = parser.parse() { events[event.number] = event }
      }
    }
    self.events = events
    tasks = Self.tasks(parts.tasks)
    names = TraceNames(
      constantTexts: Self.constantTexts(parts.constantTexts),
      symbols: SymbolTable(SymbolText.functions(in: parts.kernelSymbols)))
  }

  /// The functions that code addresses in records lie in. Files that are written hold them.
  public var symbols: SymbolTable {
    get { names.symbols }
    set {
      names.symbols = newValue
      parts.kernelSymbols = SymbolText.text(of: newValue)
    }
  }

  /// The number of processors.
  public var processorCount: Int { parts.processors.count }

  /// The event with a number.
  public func event(_ number: Int) -> EventDescription? { events[number] }

  /// The events, by their numbers.
  public var eventList: [EventDescription] { events.values.sorted { $0.number < $1.number } }

  private static func constantTexts(_ bytes: [UInt8]) -> [UInt64: String] {
    var texts: [UInt64: String] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2,
        let address = UInt64(parts[0].drop { $0 != "x" }.dropFirst().prefix { $0 != " " }, radix: 16)
      else { continue }
      texts[address] = String(parts[1].drop { $0 != "\"" }.dropFirst().dropLast())
    }
    return texts
  }

  private static func tasks(_ bytes: [UInt8]) -> [Int32: String] {
    var tasks: [Int32: String] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      if parts.count == 2, let number = Int32(parts[0]) { tasks[number] = String(parts[1]) }
    }
    return tasks
  }
}
