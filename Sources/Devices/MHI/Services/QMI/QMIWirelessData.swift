/// The service that begins and ends connections (WDS).
struct QMIWirelessData {
  let modem: CellularModem

  private enum Message {
    static let reset: UInt16 = 0x0000
    static let startNetwork: UInt16 = 0x0020
    static let stopNetwork: UInt16 = 0x0021
    static let packetServiceStatus: UInt16 = 0x0022
    static let currentSettings: UInt16 = 0x002D
    static let setAddressFamily: UInt16 = 0x004D
  }

  /// A family of addresses, and that any will do.
  private static let version4: UInt8 = 4
  private static let anyVersion: UInt8 = 8

  func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    switch request.message {
    case Message.reset: return []
    case Message.startNetwork:
      return [QMI.Value(0x01, handle(of: try startNetwork(request)))]
    case Message.stopNetwork:
      let wanted = try request.number(0x01)
      guard let active = modem.contexts.active else { throw .noEffect }
      guard handle(of: active) == wanted else { throw .invalidHandle }
      modem.deactivate(active)
      return []
    case Message.packetServiceStatus: return [QMI.Value(0x01, connectionStatus)]
    case Message.currentSettings: return try currentSettings
    case Message.setAddressFamily:
      guard try request.argument(0x01, length: 1)[0] == Self.version4 else { throw .notSupported }
      return []
    default: throw .notSupported
    }
  }

  /// Disconnected or connected.
  private var connectionStatus: UInt8 { modem.contexts.active == nil ? 1 : 2 }

  /// The host may name an access point and a family; without a name the first context is taken as it is defined.
  private func startNetwork(_ request: QMI.Request) throws(QMI.Failure) -> Int {
    guard modem.contexts.active == nil else { throw .noEffect }
    if let family = request.optional(0x19)?.first, ![Self.version4, Self.anyVersion].contains(family) {
      throw .callFailed
    }
    let context: Int?
    if let name = request.optional(0x14) {
      guard name.count <= PacketDataContext.maximumNameLength else { throw .invalidArgument }
      guard modem.isRegistered else { throw .callFailed }
      context = modem.connect(accessPointName: String(decoding: name, as: UTF8.self))
    } else {
      context = modem.contexts.defined.first?.identifier
    }
    guard let context, modem.activate(context) else { throw .callFailed }
    return context
  }

  /// Tells that a connection began or ended; nothing is to be configured anew.
  func packetServiceIndication(to client: UInt8) -> [UInt8] {
    QMI.indication(
      Message.packetServiceStatus, of: .wirelessData, to: client,
      [QMI.Value(0x01, [connectionStatus, 0]), QMI.Value(0x12, Self.version4)])
  }

  /// What ends with the connection of a context is its number.
  private func handle(of context: Int) -> UInt32 { UInt32(truncatingIfNeeded: context) }

  private var currentSettings: [QMI.Value] {
    get throws(QMI.Failure) {
      guard let context = modem.contexts.active.flatMap({ modem.contexts[$0] }) else { throw .outOfCall }
      let addresses = modem.addresses
      var values = [QMI.Value(0x14, context.accessPointName)]
      if let nameServer = addresses.nameServer { values.append(QMI.Value(0x15, nameServer.bits)) }
      values += [
        QMI.Value(0x1E, addresses.guest.bits), QMI.Value(0x20, addresses.gateway.bits),
        QMI.Value(0x21, addresses.mask.bits), QMI.Value(0x2B, Self.version4),
      ]
      return values
    }
  }
}
