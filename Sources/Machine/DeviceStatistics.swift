/// How often each device's registers were read or written.
public struct DeviceStatistics: Sendable {
  /// The accesses to one device.
  public struct Entry: Sendable {
    /// The device's name on the board.
    public let name: String
    /// Reads and writes of its registers.
    public var accesses: UInt64
  }

  /// Names a device's counter.
  struct Index: Sendable { fileprivate let value: Int }

  /// The counters, in the order in which the board was built.
  public private(set) var entries: [Entry] = []

  mutating func add(_ name: String) -> Index {
    entries.append(Entry(name: name, accesses: 0))
    return Index(value: entries.count - 1)
  }

  /// The accesses to one device.
  func accesses(_ index: Index) -> UInt64 { entries[index.value].accesses }

  /// The device that a counter is about.
  func name(_ index: Index) -> String { entries[index.value].name }

  mutating func count(_ index: Index) { entries[index.value].accesses &+= 1 }
}
