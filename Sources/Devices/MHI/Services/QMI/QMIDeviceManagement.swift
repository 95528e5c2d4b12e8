import Bus

/// The service that tells about the device and its card (DMS).
struct QMIDeviceManagement {
  let modem: CellularModem

  private enum Message {
    static let reset: UInt16 = 0x0000
    static let capabilities: UInt16 = 0x0020
    static let manufacturer: UInt16 = 0x0021
    static let model: UInt16 = 0x0022
    static let revision: UInt16 = 0x0023
    static let telephoneNumber: UInt16 = 0x0024
    static let identifiers: UInt16 = 0x0025
    static let verifyPIN: UInt16 = 0x0028
    static let pinStatus: UInt16 = 0x002B
    static let operatingMode: UInt16 = 0x002D
    static let setOperatingMode: UInt16 = 0x002E
    static let time: UInt16 = 0x002F
    static let cardIdentifier: UInt16 = 0x003C
    static let subscriberIdentity: UInt16 = 0x0043
    static let cardState: UInt16 = 0x0044
  }

  /// Bits a second of a modem of LTE, category 4 (3GPP TS 36.306, table 4.1-1 and 4.1-2).
  private static let bitRates: (up: UInt32, down: UInt32) = (50_000_000, 150_000_000)

  func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    let identity = modem.identity
    let subscriber = modem.subscriber
    switch request.message {
    case Message.reset: return []
    case Message.capabilities: return [Self.capabilities]
    case Message.manufacturer: return [QMI.Value(0x01, identity.manufacturer)]
    case Message.model: return [QMI.Value(0x01, identity.model)]
    case Message.revision: return [QMI.Value(0x01, identity.revision)]
    case Message.telephoneNumber:
      try requireUnlockedCard()
      return [QMI.Value(0x01, subscriber.telephoneNumber)]
    // No number of CDMA, and the identity of the equipment.
    case Message.identifiers: return [QMI.Value(0x10, "0"), QMI.Value(0x11, identity.equipmentIdentity)]
    case Message.verifyPIN: return try verifyPIN(request)
    case Message.pinStatus: return [QMI.Value(0x11, pinStatus)]
    case Message.operatingMode: return [QMI.Value(0x01, OperatingMode(modem.functionality).rawValue)]
    case Message.setOperatingMode: return try setOperatingMode(request)
    case Message.time: return time
    case Message.cardIdentifier: return [QMI.Value(0x01, subscriber.cardIdentifier)]
    case Message.subscriberIdentity:
      try requireUnlockedCard()
      return [QMI.Value(0x01, subscriber.subscriberIdentity)]
    case Message.cardState: return [QMI.Value(0x01, UInt8(subscriber.lock == .none ? 0 : 1))]
    default: throw .notSupported
    }
  }

  /// Rates, packets only, a card, and the radio interfaces: LTE alone.
  private static var capabilities: QMI.Value {
    QMI.Value(0x01) {
      $0.write(bitRates.up)
      $0.write(bitRates.down)
      $0.write([2, 2, 1, QMINetworkAccess.longTermEvolution] as [UInt8])
    }
  }

  /// The time since the beginning of GPS time: by the clock of the device, in units of 1.25 ms and 48 bits; then in
  /// milliseconds.
  private var time: [QMI.Value] {
    let beginning = CalendarTime(year: 1980, month: 1, day: 6)
    let seconds = UInt64(modem.networkTime - beginning.secondsSince1970)
    return [
      QMI.Value(0x01) {
        for byte in 0..<6 { $0.write(UInt8(truncatingIfNeeded: (seconds * 800) >> UInt64(byte * 8))) }
        $0.write(0 as UInt16)
      },
      QMI.Value(0x10, seconds * 1000),
    ]
  }

  private func requireUnlockedCard() throws(QMI.Failure) {
    guard modem.subscriber.lock == .none else { throw .informationUnavailable }
  }

  // MARK: Operating mode

  private enum OperatingMode: UInt8 {
    case online = 0
    case lowPower = 1
    case offline = 3
    case reset = 4

    init(_ functionality: CellularModem.Functionality) {
      switch functionality {
      case .full: self = .online
      case .radioOff: self = .lowPower
      case .minimum: self = .offline
      }
    }
  }

  private func setOperatingMode(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    guard let mode = OperatingMode(rawValue: try request.argument(0x01, length: 1)[0]) else {
      throw .invalidArgument
    }
    switch mode {
    case .online: modem.setFunctionality(.full)
    case .lowPower: modem.setFunctionality(.radioOff)
    case .offline: modem.setFunctionality(.minimum)
    case .reset: modem.restart()
    }
    return []
  }

  // MARK: PIN

  /// The state of the card's PIN and how many attempts are left to give it and to unblock it.
  private var pinStatus: [UInt8] {
    let subscriber = modem.subscriber
    let status: UInt8 =
      switch subscriber.lock {
      case .none: subscriber.asksForPIN ? 2 : 3
      case .personalIdentificationNumber: 1
      case .unblockingKey: 4
      case .blocked: 5
      }
    return [status, subscriber.attemptsLeft, subscriber.unblockingAttemptsLeft]
  }

  private func verifyPIN(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    let argument = try request.argument(0x01, length: 2)
    guard argument[0] == 1 else { throw .invalidArgument }
    guard argument.count >= 2 + Int(argument[1]) else { throw .malformedMessage }
    let pin = Array(argument[2..<2 + Int(argument[1])])
    switch modem.useSubscriber({ $0.verify(pin) }) {
    case .accepted: return []
    case .wrong: throw .incorrectPIN
    case .notAllowed: throw .pinBlocked
    }
  }
}
