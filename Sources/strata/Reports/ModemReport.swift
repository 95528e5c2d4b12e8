import Devices

/// A modem's part of a run's report for programs.
struct ModemReport {
  private let statistics: MHIStatistics

  init(_ statistics: MHIStatistics) { self.statistics = statistics }

  /// The members of the object. Channels stand under the names that drivers know them by.
  var members: [(String, JSONValue)] {
    [
      ("events", .integer(statistics.events)),
      ("interrupts", .integer(statistics.interrupts)),
      ("violations", .integer(statistics.violations)),
      (
        "channels",
        .object(
          statistics.channels.map {
            (
              $0.name.name.description,
              .object([("outbound", Self.json(of: $0.outbound)), ("inbound", Self.json(of: $0.inbound))])
            )
          })
      ),
    ]
  }

  private static func json(of channel: MHIChannelStatistics) -> JSONValue {
    .object([
      ("transfers", .integer(channel.transfers)), ("bytes", .integer(channel.bytes)),
      ("errors", .integer(channel.errors)),
    ])
  }
}
