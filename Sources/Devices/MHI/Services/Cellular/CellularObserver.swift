/// What of a modem has changed.
struct CellularChanges: OptionSet {
  let rawValue: UInt8

  /// The modem is registered in the network now, or no longer.
  static let registration = CellularChanges(rawValue: 1 << 0)
  /// The radio was switched on or off, or another way of being off was chosen.
  static let radio = CellularChanges(rawValue: 1 << 1)
  /// The card asks for another secret, or for none.
  static let card = CellularChanges(rawValue: 1 << 2)
  /// A connection began or ended.
  static let connection = CellularChanges(rawValue: 1 << 3)
}

/// Who wants to know what happens to the modem without having asked.
protocol CellularObserver: AnyObject {
  /// Something has changed, whoever caused it.
  func modemChanged(_ changes: CellularChanges)
}
