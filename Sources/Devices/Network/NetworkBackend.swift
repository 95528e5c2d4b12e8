/// Where a guest's IP packets go: raw packets of IPv4 and IPv6, without a link layer.
public protocol NetworkBackend: AnyObject {
  /// What the guest has to configure.
  var addresses: NetworkAddresses { get }

  /// Takes a packet for the guest, which is valid during the call, and tells whether the guest had room.
  ///
  /// A packet that was not taken is kept or dropped, as IP may.
  var deliver: ((UnsafeRawBufferPointer) -> Bool)? { get set }

  /// Takes a packet from the guest, which is valid during the call. It may be no packet at all.
  func send(_ packet: UnsafeRawBufferPointer)

  /// Looks at the host: called between rounds of the machine, never within a processor's turn.
  ///
  /// - Returns: whether the guest was given a packet.
  func poll() -> Bool

  /// Says what of the host to watch while the machine is idle. Backends without a host say nothing.
  func prepareToWait(_ wait: inout NetworkWait)
}

/// What ends an idle machine's wait for the network.
public struct NetworkWait {
  /// A descriptor of the host, and what it is to become.
  public struct Condition: Equatable, Sendable {
    /// The descriptor.
    public let descriptor: Int32
    /// The events of POSIX's `poll` that end the wait.
    public let events: Int16
  }

  /// Any of these ends the wait.
  public private(set) var conditions: [Condition] = []
  /// The longest time to wait, in nanoseconds; `nil` if there is no limit.
  public private(set) var limit: UInt64?

  /// A wait that nothing ends.
  public init() {}

  /// Whether the host may ever end the wait.
  public var isForHost: Bool { !conditions.isEmpty || limit != nil }

  mutating func watch(_ descriptor: Int32, for events: Int16) {
    conditions.append(Condition(descriptor: descriptor, events: events))
  }

  mutating func limit(to nanoseconds: UInt64) { limit = min(limit ?? .max, nanoseconds) }
}
