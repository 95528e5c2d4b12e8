import Interfaces

/// What files of all versions hold, as it stands in them.
struct TraceFileParts: Sendable {
  /// The layout of pages and of records' first words, in Linux's words.
  var headers: [UInt8] = []
  /// The formats of ftrace's own events.
  var ownFormats: [[UInt8]] = []
  /// The formats of the others, by system.
  var systems: [(name: String, formats: [[UInt8]])] = []
  /// Lines `ADDRESS TYPE NAME`.
  var kernelSymbols: [UInt8] = []
  /// Lines `0xADDRESS : "TEXT"`.
  var constantTexts: [UInt8] = []
  /// Lines `NUMBER NAME`.
  var tasks: [UInt8] = []
  /// Those of ``TraceFileOption/isOfRecords``.
  var options: [TraceFileOption] = []
  /// As in `trace_clock`.
  var clock = TraceFileDescription().clock
  var pageSize = TracePage.size
  /// By the number of the processor.
  var processors: [TracePages] = []
}

// MARK: Head

extension TraceFileParts {
  /// What a file begins with.
  static let magic: [UInt8] = [0x17, 0x08, 0x44] + Array("tracing".utf8)
  /// Little-endian, and `long` has eight bytes.
  static let machine: [UInt8] = [0, 8]

  /// Writes what stands before the parts, with the version as a number in decimal.
  func putHead(version: String, to file: inout ByteWriter) {
    file.put(Self.magic)
    file.put(terminated: version)
    file.put(Self.machine)
    file.put(UInt32(pageSize))
  }

  /// Reads what stands before the parts.
  ///
  /// - Returns: the version.
  mutating func readHead(_ reader: inout ByteReader) throws(TraceFileError) -> String {
    do throws(TraceFileError) {
      guard try reader.bytes(Self.magic.count) == Self.magic else { throw .foreign }
    } catch {
      throw error == .truncated ? .foreign : error
    }
    let version = try reader.terminatedText()
    let machine = try reader.bytes(Self.machine.count)
    let pageSize: UInt32 = try reader.number()
    guard machine == Self.machine else { throw .machine }
    self.pageSize = try Self.checked(pageSize)
    return version
  }

  /// A page's size that makes sense.
  static func checked(_ pageSize: UInt32) throws(TraceFileError) -> Int {
    guard 4096...(1 << 20) ~= pageSize, pageSize.nonzeroBitCount == 1 else { throw .machine }
    return Int(pageSize)
  }
}

// MARK: Parts that both versions write alike

extension TraceFileParts {
  func putOwnFormats(to file: inout ByteWriter) {
    file.put(UInt32(ownFormats.count))
    for format in ownFormats { file.put(sized64: format) }
  }

  func putEventFormats(to file: inout ByteWriter) {
    file.put(UInt32(systems.count))
    for system in systems {
      file.put(terminated: system.name)
      file.put(UInt32(system.formats.count))
      for format in system.formats { file.put(sized64: format) }
    }
  }

  /// The options that stand in both versions.
  var allOptions: [TraceFileOption] {
    let clock = TraceFileOption(TraceFileOption.Identifier.clock, Array(self.clock.utf8) + [0])
    let first = options.prefix { $0.identifier == TraceFileOption.Identifier.processorStatistics }
    return first + [clock] + options.dropFirst(first.count)
  }

  /// Reads `header_page` and `header_event`, each with its text.
  mutating func readHeaders(_ reader: inout ByteReader) throws(TraceFileError) {
    var writer = ByteWriter()
    for _ in 0..<2 {
      writer.put(terminated: try reader.terminatedText())
      writer.put(sized64: try reader.sized64())
    }
    headers = writer.bytes
  }

  mutating func readOwnFormats(_ reader: inout ByteReader) throws(TraceFileError) {
    let count: UInt32 = try reader.number()
    for _ in 0..<count { ownFormats.append(try reader.sized64()) }
  }

  mutating func readEventFormats(_ reader: inout ByteReader) throws(TraceFileError) {
    let count: UInt32 = try reader.number()
    for _ in 0..<count {
      let name = try reader.terminatedText()
      let formatCount: UInt32 = try reader.number()
      var formats: [[UInt8]] = []
      for _ in 0..<formatCount { formats.append(try reader.sized64()) }
      systems.append((name, formats))
    }
  }
}

// MARK: Our own records

extension TraceFileParts {
  init(_ contents: TraceContents, _ description: TraceFileDescription) {
    var headers = ByteWriter()
    Self.putHeaders(to: &headers)
    self.headers = headers.bytes
    // By system, in the order in which the systems first appear.
    for (index, declared) in contents.events.enumerated() {
      let event = EventDescription(declared, number: contents.firstEventNumber + index)
      let format = Array(EventFormat.text(of: event).utf8)
      if let place = systems.firstIndex(where: { $0.name == event.system }) {
        systems[place].formats.append(format)
      } else {
        systems.append((event.system, [format]))
      }
    }
    constantTexts = Array(
      description.constantTexts.map { "0x\(String($0.address, radix: 16)) : \"\($0.text)\"\n" }.joined().utf8)
    tasks = Array(description.tasks.map { "\($0.identifier) \($0.name)\n" }.joined().utf8)
    clock = description.clock
    options = Self.options(contents, description)
    processors = contents.processors.map { TracePages($0.pages) }
  }

  private static func putHeaders(to file: inout ByteWriter) {
    file.put(terminated: "header_page")
    file.put(
      sized64: Array(
        """
        \tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
        \tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;
        \tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;
        \tfield: char data;\toffset:\(TracePage.headerSize);\tsize:\(TracePage.capacity);\tsigned:0;

        """.utf8))
    file.put(terminated: "header_event")
    file.put(
      sized64: Array(
        """
        # compressed entry header
        \ttype_len    :    5 bits
        \ttime_delta  :   27 bits
        \tarray       :   32 bits

        \tpadding     : type == 29
        \ttime_extend : type == 30
        \ttime_stamp : type == 31
        \tdata max type_len  == 28

        """.utf8))
  }

  private static func options(
    _ contents: TraceContents, _ description: TraceFileDescription
  ) -> [TraceFileOption] {
    typealias Identifier = TraceFileOption.Identifier
    var options: [TraceFileOption] = []
    if contents.processors.contains(where: { $0.lost > 0 }) {
      options += contents.processors.enumerated().map { number, processor in
        let kept = processor.written - min(processor.lost, processor.written)
        let text = "CPU: \(number)\nentries: \(kept)\noverrun: \(processor.lost)\n"
        return TraceFileOption(Identifier.processorStatistics, Array(text.utf8))
      }
    }
    if let system = description.system {
      options.append(TraceFileOption(Identifier.systemName, Array(system.utf8) + [0]))
    }
    return options
  }
}
