/// The service that tells about the network (NAS).
struct QMINetworkAccess {
  let modem: CellularModem

  /// The number of the radio interface LTE.
  static let longTermEvolution: UInt8 = 8

  private enum Message {
    static let reset: UInt16 = 0x0000
    static let signalStrength: UInt16 = 0x0020
    static let networkScan: UInt16 = 0x0021
    static let servingSystem: UInt16 = 0x0024
    static let homeNetwork: UInt16 = 0x0025
    static let signalInformation: UInt16 = 0x004F
    static let configureSignalInformation: UInt16 = 0x0050
    static let signalIndication: UInt16 = 0x0051
  }

  func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    switch request.message {
    case Message.reset: return []
    case Message.signalStrength:
      let strength = UInt8(bitPattern: try heardSignal().receivedStrength)
      return [QMI.Value(0x01, [strength, Self.longTermEvolution])]
    case Message.signalInformation: return [longTermEvolutionSignal(try heardSignal())]
    // The signal is always the same, so no threshold is ever crossed.
    case Message.configureSignalInformation: return []
    case Message.networkScan: return try scannedNetworks
    case Message.servingSystem: return servingSystem
    case Message.homeNetwork: return [network(0x01)]
    default: throw .notSupported
    }
  }

  private func heardSignal() throws(QMI.Failure) -> SignalStrength {
    guard modem.functionality == .full else { throw .informationUnavailable }
    return modem.network.signal
  }

  private func longTermEvolutionSignal(_ signal: SignalStrength) -> QMI.Value {
    QMI.Value(0x14) {
      $0.write(signal.receivedStrength)
      $0.write(signal.referenceQuality)
      $0.write(signal.referencePower)
      $0.write(signal.signalToNoise)
    }
  }

  /// What a network found is to the modem.
  private enum NetworkStatus {
    static let serving: UInt8 = 1 << 0
    static let available: UInt8 = 1 << 1
    static let home: UInt8 = 1 << 2
    static let notForbidden: UInt8 = 1 << 5
  }

  /// The one network, and that it is LTE.
  private var scannedNetworks: [QMI.Value] {
    get throws(QMI.Failure) {
      _ = try heardSignal()
      let isServing = modem.isRegistered ? NetworkStatus.serving : NetworkStatus.available
      let network = modem.network
      return [
        QMI.Value(0x10) {
          $0.write(1 as UInt16)
          $0.write(network.countryCode)
          $0.write(network.networkCode)
          $0.write(isServing | NetworkStatus.home | NetworkStatus.notForbidden)
          $0.write(UInt8(truncatingIfNeeded: network.operatorName.utf8.count))
          $0.write(network.operatorName.utf8)
        },
        QMI.Value(0x11) {
          $0.write(1 as UInt16)
          $0.write(network.countryCode)
          $0.write(network.networkCode)
          $0.write(Self.longTermEvolution)
        },
      ]
    }
  }

  // MARK: Indications

  /// Tells of the registration. Places have other numbers here than in an answer.
  func servingSystemIndication(to client: UInt8) -> [UInt8] {
    let moved: [UInt8: UInt8] = [0x1C: 0x1D, 0x1D: 0x1E, 0x24: 0x25]
    return QMI.indication(
      Message.servingSystem, of: .networkAccess, to: client,
      servingSystem.map { QMI.Value(moved[$0.type] ?? $0.type, $0.bytes) })
  }

  /// Tells of the signal; of none where the radio is off.
  func signalIndication(to client: UInt8) -> [UInt8] {
    let signal = try? heardSignal()
    return QMI.indication(
      Message.signalIndication, of: .networkAccess, to: client,
      signal.map { [longTermEvolutionSignal($0)] } ?? [])
  }

  // MARK: Registration

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
