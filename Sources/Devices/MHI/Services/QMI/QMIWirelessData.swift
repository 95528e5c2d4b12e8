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

  /// What ends with the connection of a context is its number.
  private static let version4: UInt8 = 4

  func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    switch request.message {
    case Message.reset: return []
    case Message.startNetwork:
      guard modem.contexts.active == nil else { throw .noEffect }
      guard let context = modem.contexts.defined.first, modem.activate(context.identifier) else {
        throw .callFailed
      }
      return [QMI.Value(0x01, handle(of: context.identifier))]
    case Message.stopNetwork:
      let wanted = try request.number(0x01)
      guard let active = modem.contexts.active else { throw .noEffect }
      guard handle(of: active) == wanted else { throw .invalidHandle }
      modem.deactivate(active)
      return []
    // Disconnected or connected.
    case Message.packetServiceStatus: return [QMI.Value(0x01, UInt8(modem.contexts.active == nil ? 1 : 2))]
    case Message.currentSettings: return try currentSettings
    case Message.setAddressFamily:
      guard try request.argument(0x01, length: 1)[0] == Self.version4 else { throw .notSupported }
      return []
    default: throw .notSupported
    }
  }

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
