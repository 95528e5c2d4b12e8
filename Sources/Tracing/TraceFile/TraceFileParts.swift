import Interfaces

/// An option of a `trace.dat` file.
struct TraceFileOption {
  /// What options are about (trace-cmd, TRACECMD_OPTION).
  enum Identifier {
    static let done: UInt16 = 0
    static let processorStatistics: UInt16 = 2
    static let buffer: UInt16 = 3
    static let clock: UInt16 = 4
    static let systemName: UInt16 = 5
    static let processorCount: UInt16 = 8
    static let version: UInt16 = 9
  }

  let identifier: UInt16
  let data: [UInt8]

  init(_ identifier: UInt16, _ data: [UInt8]) {
    self.identifier = identifier
    self.data = data
  }
}

/// The parts that all versions of `trace.dat` have in common.
enum TraceFileParts {
  /// What a file begins with.
  static let magic: [UInt8] = [0x17, 0x08, 0x44] + Array("tracing".utf8)
  /// Little-endian, and `long` has eight bytes.
  static let machine: [UInt8] = [0, 8]

  /// What stands before the parts, with the version as a number in decimal.
  static func head(version: String, to file: inout ByteWriter) {
    file.put(magic)
    file.put(terminated: version)
    file.put(machine)
    file.put(UInt32(TracePage.size))
  }

  /// The layout of pages and of records' first words, in Linux's words.
  static func headers(to file: inout ByteWriter) {
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

  /// The formats, by system, in the order in which the systems first appear.
  static func events(of contents: TraceContents, to file: inout ByteWriter) {
    let events = contents.events
    var systems: [String] = []
    for event in events where !systems.contains("\(event.system)") { systems.append("\(event.system)") }
    file.put(UInt32(systems.count))
    for system in systems {
      let members = events.indices.filter { "\(events[$0].system)" == system }
      file.put(terminated: system)
      file.put(UInt32(members.count))
      for index in members {
        let event = EventDescription(events[index], number: contents.firstEventNumber + index)
        file.put(sized64: Array(EventFormat.text(of: event).utf8))
      }
    }
  }

  static func constantTexts(_ description: TraceFileDescription) -> [UInt8] {
    let lines = description.constantTexts.map { "0x\(String($0.address, radix: 16)) : \"\($0.text)\"\n" }
    return Array(lines.joined().utf8)
  }

  static func tasks(_ description: TraceFileDescription) -> [UInt8] {
    Array(description.tasks.map { "\($0.identifier) \($0.name)\n" }.joined().utf8)
  }

  static func options(
    _ contents: TraceContents, _ description: TraceFileDescription
  ) -> [TraceFileOption] {
    typealias Identifier = TraceFileOption.Identifier
    var options: [TraceFileOption] = []
    if contents.processors.contains(where: { $0.lost > 0 }) {
      options += contents.processors.enumerated().map { number, processor in
        TraceFileOption(
          Identifier.processorStatistics,
          Array(
            "CPU: \(number)\nentries: \(processor.written - min(processor.lost, processor.written))\noverrun: \(processor.lost)\n"
              .utf8))
      }
    }
    options.append(TraceFileOption(Identifier.clock, Array(description.clock.utf8) + [0]))
    if let system = description.system {
      options.append(TraceFileOption(Identifier.systemName, Array(system.utf8) + [0]))
    }
    return options
  }
}
