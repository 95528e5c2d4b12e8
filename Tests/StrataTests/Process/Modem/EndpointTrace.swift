import Foundation

/// What the device recorded: the lines of JSON of `strata trace report`.
struct EndpointTrace {
  /// A record.
  struct Record: Decodable {
    /// A field's value.
    enum Value: Decodable {
      case number(UInt64)
      case text(String)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(UInt64.self) {
          self = .number(number)
        } else {
          self = .text(try container.decode(String.self))
        }
      }
    }

    let time: UInt64
    let event: String
    let fields: [String: Value]
    let text: String

    /// A field that is a number; the largest one if there is none of the name.
    subscript(_ field: String) -> UInt64 {
      if case .number(let number)? = fields[field] { number } else { .max }
    }
  }

  let records: [Record]

  /// Reads a file by the command.
  init(reading file: String) throws {
    let report = try StrataProcess.run(["trace", "report", file, "--format", "json"])
    let decoder = JSONDecoder()
    records = try report.output.split(separator: "\n").map {
      try decoder.decode(Record.self, from: Data($0.utf8))
    }
  }

  private func records(_ event: String) -> [Record] { records.filter { $0.event == event } }

  /// The elements of transfer rings that the device used, in order.
  var elements: [HostDriverTrace.Element] {
    records("mhi_ep_xfer").map {
      HostDriverTrace.Element(channel: $0["ch_num"], address: $0["tre"], buffer: $0["buf"], length: $0["len"])
    }
  }

  /// The events that the device put into the host's rings, in order.
  var events: [(ring: UInt64, event: HostDriverTrace.Event)] {
    records("mhi_ep_post").map {
      let event = HostDriverTrace.Event(
        address: $0["element"], pointer: $0["ptr"], dword0: $0["code"] << 24 | $0["len"],
        dword1: $0["ch_num"] << 24 | $0["type"] << 16)
      return ($0["ring"], event)
    }
  }

  /// The commands for channels that the device carried out.
  var commands: [(channel: UInt64, command: UInt64, code: UInt64)] {
    records("mhi_ep_cmd").map { ($0["ch_num"], $0["command"], $0["code"]) }
  }
}
