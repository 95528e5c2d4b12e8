import Bus
import Interfaces

/// What went over a channel since power-on.
public struct MHIChannelStatistics: Equatable, Sendable {
  /// Transfers that came to their end.
  public var transfers: UInt64 = 0
  /// Their bytes.
  public var bytes: UInt64 = 0
  /// Elements that made no sense, and transfers that were dropped.
  public var errors: UInt64 = 0

  func save(to writer: inout StateWriter) {
    writer.write(transfers)
    writer.write(bytes)
    writer.write(errors)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    transfers = try reader.read()
    bytes = try reader.read()
    errors = try reader.read()
  }
}

/// What a modem did since power-on.
public struct MHIStatistics: Sendable {
  /// A pair of channels.
  public struct Channel: Sendable {
    /// What it is for.
    public let name: MHIChannelName
    /// From the host.
    public let outbound: MHIChannelStatistics
    /// To the host.
    public let inbound: MHIChannelStatistics
  }

  /// The channels, by their numbers.
  public let channels: [Channel]
  /// Events that the host was told.
  public let events: UInt64
  /// Interrupts.
  public let interrupts: UInt64
  /// Rules that the host broke.
  public let violations: UInt64
}
