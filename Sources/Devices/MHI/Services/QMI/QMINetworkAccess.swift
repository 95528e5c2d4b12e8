/// The service that tells about the network (NAS).
struct QMINetworkAccess {
  let modem: CellularModem

  /// The number of the radio interface LTE.
  static let longTermEvolution: UInt8 = 8

  private enum Message {
    static let reset: UInt16 = 0x0000
    static let signalStrength: UInt16 = 0x0020
    static let servingSystem: UInt16 = 0x0024
    static let homeNetwork: UInt16 = 0x0025
    static let signalInformation: UInt16 = 0x004F
  }

  func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    switch request.message {
    case Message.reset: return []
    case Message.signalStrength:
      let strength = UInt8(bitPattern: try heardSignal().receivedStrength)
      return [QMI.Value(0x01, [strength, Self.longTermEvolution])]
    case Message.signalInformation:
      let signal = try heardSignal()
      return [
        QMI.Value(0x14) {
          $0.write(signal.receivedStrength)
          $0.write(signal.referenceQuality)
          $0.write(signal.referencePower)
          $0.write(signal.signalToNoise)
        }
      ]
    case Message.servingSystem: return servingSystem
    case Message.homeNetwork: return [network(0x01)]
    default: throw .notSupported
    }
  }

  private func heardSignal() throws(QMI.Failure) -> SignalStrength {
    guard modem.functionality == .full else { throw .informationUnavailable }
    return modem.network.signal
  }

  /// Registration and attachment, of a network of 3GPP by its radio interface; then who and where it is.
  private var servingSystem: [QMI.Value] {
    guard modem.isRegistered else { return [QMI.Value(0x01, [0, 2, 2, 0, 0])] }
    return [
      QMI.Value(0x01, [1, 1, 1, 2, 1, Self.longTermEvolution]),
      // At home, which is the opposite of roaming.
      QMI.Value(0x10, 1 as UInt8),
      network(0x12),
      QMI.Value(0x1C, modem.network.trackingArea),
      QMI.Value(0x1D, modem.network.cell),
      QMI.Value(0x24, modem.network.trackingArea),
    ]
  }

  /// The operator's numbers and name.
  private func network(_ type: UInt8) -> QMI.Value {
    QMI.Value(type) {
      $0.write(modem.network.countryCode)
      $0.write(modem.network.networkCode)
      $0.write(UInt8(truncatingIfNeeded: modem.network.operatorName.utf8.count))
      $0.write(modem.network.operatorName.utf8)
    }
  }
}
