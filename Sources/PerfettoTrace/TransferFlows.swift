/// The ways of transfer ring elements: from where the driver fills them, through the device, to where the driver handles
/// their completion.
struct TransferFlows {
  /// An element of a ring that is on its way.
  struct Transfer {
    /// The number of its arrows.
    let flow: UInt64
    /// Which of the tracks its slice is on; `nil` if it has none.
    var lane: Int?
    /// The device has told of its end.
    var isCompleted = false
  }

  /// An element by its place, as driver and device both know it.
  private struct Key: Hashable {
    let device: String
    let channel: UInt64
    let place: UInt64
  }

  private var transfers: [Key: Transfer] = [:]
  private var lastFlow: UInt64 = 0
  /// By device and channel.
  private var lanes: [Lanes.Key: Lanes] = [:]

  /// More elements than a ring of the contract has room for.
  private static let mostTransfers = 1 << 16
  /// A driver knows rings by virtual addresses and the device by those of the bus. Linux maps memory in whole gibibytes,
  /// so that these bits are the same.
  private static let placeMask: UInt64 = 1 << 30 - 1

  /// A driver fills an element, of which nothing else is on its way.
  mutating func begin(_ device: String, channel: UInt64, element: UInt64) -> Transfer? {
    guard transfers.count < Self.mostTransfers else { return nil }
    lastFlow += 1
    let lane = lanes[Lanes.Key(device: device, channel: channel), default: Lanes()].take()
    let transfer = Transfer(flow: lastFlow, lane: lane)
    transfers[key(device, channel, element)] = transfer
    return transfer
  }

  /// The device works on an element, of which the driver may have told nothing.
  mutating func pass(_ device: String, channel: UInt64, element: UInt64, isCompletion: Bool) -> UInt64? {
    let key = key(device, channel, element)
    if var transfer = transfers[key], !transfer.isCompleted || transfer.lane != nil {
      transfer.isCompleted = transfer.isCompleted || isCompletion
      transfers[key] = transfer
      return transfer.flow
    }
    guard !isCompletion, transfers.count < Self.mostTransfers else { return nil }
    lastFlow += 1
    transfers[key] = Transfer(flow: lastFlow)
    return lastFlow
  }

  /// The driver has handled the completion of an element.
  mutating func end(_ device: String, channel: UInt64, element: UInt64) -> Transfer? {
    guard let transfer = transfers.removeValue(forKey: key(device, channel, element)) else { return nil }
    if let lane = transfer.lane { lanes[Lanes.Key(device: device, channel: channel)]?.giveBack(lane) }
    return transfer
  }

  private func key(_ device: String, _ channel: UInt64, _ element: UInt64) -> Key {
    Key(device: device, channel: channel, place: element & Self.placeMask)
  }
}

/// The tracks for slices of one channel, which overlap.
private struct Lanes {
  struct Key: Hashable {
    let device: String
    let channel: UInt64
  }

  private static let most = 1024
  private var free: [Int] = []
  private var count = 0

  /// A track that is not in use; `nil` if there are none left.
  mutating func take() -> Int? {
    if let lane = free.popLast() { return lane }
    guard count < Self.most else { return nil }
    defer { count += 1 }
    return count
  }

  mutating func giveBack(_ lane: Int) { free.append(lane) }
}
