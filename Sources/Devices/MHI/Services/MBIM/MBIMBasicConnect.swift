/// The service basic connect (MBIM 1.0, 10.5).
struct MBIMBasicConnect {
  let modem: CellularModem

  private enum Identifier: UInt32, CaseIterable {
    case deviceCapabilities = 1
    case subscriberReadyStatus = 2
    case radioState = 3
    case pin = 4
    case homeProvider = 6
    case visibleProviders = 8
    case registerState = 9
    case packetService = 10
    case signalState = 11
    case connect = 12
    case addressConfiguration = 15
    case deviceServices = 16
    case subscribeList = 19
  }

  /// The radio technology LTE (table 10-8).
  private static let longTermEvolution: UInt32 = 1 << 5
  /// The family of 3GPP (table 10-5).
  private static let cellularClass: UInt32 = 1
  private static let unknownErrorRate: UInt32 = 99

  func perform(_ command: MBIM.Command) throws(MBIM.Status) -> [UInt8] {
    let arguments = command.information
    switch (Identifier(rawValue: command.identifier), command.isSet) {
    case (.deviceCapabilities, false): return deviceCapabilities
    case (.subscriberReadyStatus, false): return subscriberReadyStatus
    case (.radioState, false): return radioState
    case (.radioState, true): return try setRadioState(arguments)
    case (.pin, false): return pin
    case (.pin, true): return try usePIN(arguments)
    case (.homeProvider, false): return try homeProvider
    case (.registerState, false): return registerState
    case (.registerState, true): return try register(arguments)
    case (.packetService, false): return packetService
    case (.packetService, true): return try setPacketService(arguments)
    case (.signalState, false), (.signalState, true): return signalState
    case (.connect, false): return connection(session: try session(arguments))
    case (.connect, true): return try setConnection(arguments)
    case (.addressConfiguration, false): return try addressConfiguration(arguments)
    case (.deviceServices, false): return deviceServices
    case (.visibleProviders, false): return try visibleProviders
    default: throw .noDeviceSupport
    }
  }

  /// What is told of changes: identifiers of commands, with what an answer would say.
  func indications(of changes: CellularChanges) -> [(identifier: UInt32, information: [UInt8])] {
    var indications: [(Identifier, [UInt8])] = []
    if changes.contains(.card) { indications.append((.subscriberReadyStatus, subscriberReadyStatus)) }
    if changes.contains(.radio) { indications += [(.radioState, radioState), (.signalState, signalState)] }
    if changes.contains(.registration) {
      indications += [(.registerState, registerState), (.packetService, packetService)]
    }
    if changes.contains(.connection) { indications.append((.connect, connection(session: 0))) }
    return indications.map { ($0.0.rawValue, $0.1) }
  }

  /// The command by which the host says what it wants to be told; see ``MBIMSubscriptions``.
  static let subscribeList = Identifier.subscribeList.rawValue

  private func information(_ write: (inout MBIMInformation) -> Void) -> [UInt8] {
    var information = MBIMInformation()
    write(&information)
    return information.bytes
  }

  // MARK: The device

  /// 10.5.1: a removable modem without voice and messages, with a card, which can be told its operator.
  private var deviceCapabilities: [UInt8] {
    information {
      for number in [2, Self.cellularClass, 1, 2, Self.longTermEvolution, 0, 1, 1] { $0.write(number) }
      $0.write("")
      $0.write(modem.identity.equipmentIdentity)
      $0.write(modem.identity.revision)
      $0.write(modem.identity.model)
    }
  }

  /// 10.5.29.
  private var deviceServices: [UInt8] {
    var element = MBIMInformation()
    element.write(MBIM.basicConnect)
    element.write(0 as UInt32)
    element.write(0 as UInt32)
    element.write(UInt32(truncatingIfNeeded: Identifier.allCases.count))
    for identifier in Identifier.allCases { element.write(identifier.rawValue) }
    return information {
      $0.write(1 as UInt32)
      $0.write(0 as UInt32)
      $0.refer(to: element.bytes)
    }
  }

  // MARK: The card

  /// 10.5.2: initialised or locked; who, which card, and one number.
  private var subscriberReadyStatus: [UInt8] {
    let subscriber = modem.subscriber
    let isReady = subscriber.lock == .none
    return information {
      $0.write(isReady ? 1 : 6 as UInt32)
      $0.write(isReady ? subscriber.subscriberIdentity : "")
      $0.write(subscriber.cardIdentifier)
      $0.write(0 as UInt32)
      $0.write(isReady ? 1 : 0 as UInt32)
      if isReady { $0.write(subscriber.telephoneNumber) }
    }
  }

  /// The kinds of secrets (10.5.4).
  private enum PINType {
    static let none: UInt32 = 0
    static let pin1: UInt32 = 2
    static let puk1: UInt32 = 11
  }

  /// 10.5.4: what is asked for, whether it is, and how many attempts are left.
  private var pin: [UInt8] {
    let subscriber = modem.subscriber
    let (type, attempts): (UInt32, UInt32) =
      switch subscriber.lock {
      case .none: (PINType.none, .max)
      case .personalIdentificationNumber: (PINType.pin1, UInt32(subscriber.attemptsLeft))
      case .unblockingKey, .blocked: (PINType.puk1, UInt32(subscriber.unblockingAttemptsLeft))
      }
    return information {
      $0.write(type)
      $0.write(subscriber.lock == .none ? 0 : 1 as UInt32)
      $0.write(attempts)
    }
  }

  private func usePIN(_ arguments: MBIMArguments) throws(MBIM.Status) -> [UInt8] {
    let secret = Array(try arguments.text(at: 8).utf8)
    let new = Array(try arguments.text(at: 16).utf8)
    let attempt: SubscriberIdentityModule.Attempt
    switch (try arguments.number(at: 0), try arguments.number(at: 4)) {
    case (PINType.pin1, 0): attempt = modem.useSubscriber { $0.verify(secret) }
    case (PINType.pin1, let operation) where operation == 1 || operation == 2:
      attempt = modem.useSubscriber { $0.setAsksForPIN(operation == 1, pin: secret) }
    case (PINType.pin1, 3): attempt = modem.useSubscriber { $0.changePIN(from: secret, to: new) }
    case (PINType.puk1, 0): attempt = modem.useSubscriber { $0.unblock(key: secret, newPIN: new) }
    default: throw .noDeviceSupport
    }
    switch attempt {
    case .accepted: return pin
    case .wrong: throw .failure
    case .notAllowed: throw .operationNotAllowed
    }
  }

  private func requireUnlockedCard() throws(MBIM.Status) {
    guard modem.subscriber.lock == .none else { throw .pinRequired }
  }

  // MARK: The radio

  /// 10.5.3: the switch on the device, which is always on, and the one in it.
  private var radioState: [UInt8] {
    information {
      $0.write(1 as UInt32)
      $0.write(modem.functionality == .full ? 1 : 0 as UInt32)
    }
  }

  private func setRadioState(_ arguments: MBIMArguments) throws(MBIM.Status) -> [UInt8] {
    switch try arguments.number(at: 0) {
    case 0: modem.setFunctionality(.radioOff)
    case 1: modem.setFunctionality(.full)
    default: throw .invalidParameters
    }
    return radioState
  }

  /// What a network is to the modem (10.5.6).
  private enum ProviderState {
    static let home: UInt32 = 1 << 0
    static let visible: UInt32 = 1 << 3
    static let registered: UInt32 = 1 << 4
  }

  /// The one network as a provider (10.5.6).
  private func provider(_ state: UInt32) -> [UInt8] {
    information {
      $0.write(modem.network.operatorNumber)
      $0.write(state)
      $0.write(modem.network.operatorName)
      $0.write(Self.cellularClass)
      $0.write(UInt32(truncatingIfNeeded: modem.network.signal.receivedStrengthIndex))
      $0.write(Self.unknownErrorRate)
    }
  }

  /// 10.5.6.
  private var homeProvider: [UInt8] {
    get throws(MBIM.Status) {
      try requireUnlockedCard()
      return provider(ProviderState.home)
    }
  }

  /// 10.5.8.
  private var visibleProviders: [UInt8] {
    get throws(MBIM.Status) {
      guard modem.functionality == .full else { throw .radioPowerOff }
      let registered = modem.isRegistered ? ProviderState.registered : 0
      return information {
        $0.write(1 as UInt32)
        $0.refer(to: provider(ProviderState.home | ProviderState.visible | registered))
      }
    }
  }

  /// 10.5.9: at home or nowhere; chosen automatically or by hand; the network and that it tells nothing of roaming.
  private var registerState: [UInt8] {
    let isRegistered = modem.isRegistered
    return information {
      $0.write(0 as UInt32)
      $0.write(isRegistered ? 3 : 1 as UInt32)
      $0.write(modem.network.selection == .manual ? 2 : 1 as UInt32)
      $0.write(isRegistered ? Self.longTermEvolution : 0)
      $0.write(Self.cellularClass)
      $0.write(isRegistered ? modem.network.operatorNumber : "")
      $0.write(isRegistered ? modem.network.operatorName : "")
      $0.write("")
      $0.write(0 as UInt32)
    }
  }

  private func register(_ arguments: MBIMArguments) throws(MBIM.Status) -> [UInt8] {
    try requireUnlockedCard()
    switch try arguments.number(at: 8) {
    case 0: modem.select(.automatic)
    case 1:
      guard try arguments.text(at: 0) == modem.network.operatorNumber else { throw .providersNotFound }
      modem.select(.manual)
    default: throw .invalidParameters
    }
    return registerState
  }

  /// 10.5.11.
  private var signalState: [UInt8] {
    let isHeard = modem.functionality == .full
    return information {
      $0.write(isHeard ? UInt32(truncatingIfNeeded: modem.network.signal.receivedStrengthIndex) : 99)
      $0.write(Self.unknownErrorRate)
      // How often and from what change on it is told: never.
      for _ in 0..<3 { $0.write(0 as UInt32) }
    }
  }

  // MARK: Packets

  /// 10.5.10: attached or detached, and bits a second (3GPP TS 36.306, category 4).
  private var packetService: [UInt8] {
    let isAttached = modem.isRegistered
    return information {
      $0.write(0 as UInt32)
      $0.write(isAttached ? 2 : 4 as UInt32)
      $0.write(isAttached ? Self.longTermEvolution : 0)
      $0.write(50_000_000 as UInt64)
      $0.write(150_000_000 as UInt64)
    }
  }

  private func setPacketService(_ arguments: MBIMArguments) throws(MBIM.Status) -> [UInt8] {
    switch try arguments.number(at: 0) {
    case 0: guard modem.isRegistered else { throw .notRegistered }
    case 1: modem.deactivateAll()
    default: throw .invalidParameters
    }
    return packetService
  }

  /// The context for the internet (table 10-53).
  private static let internet: [UInt8] = [
    0x7E, 0x5E, 0x2A, 0x7E, 0x4E, 0x6F, 0x72, 0x72, 0x73, 0x6B, 0x65, 0x6E, 0x7E, 0x5E, 0x2A, 0x7E,
  ]
  private static let version4: UInt32 = 1

  /// There is one session, and its number is 0.
  private func session(_ arguments: MBIMArguments) throws(MBIM.Status) -> UInt32 {
    let session = try arguments.number(at: 0)
    guard session == 0 else { throw .maximumActivatedContexts }
    return session
  }

  /// 10.5.12: activated or not, without a call, for IPv4.
  private func connection(session: UInt32) -> [UInt8] {
    information {
      $0.write(session)
      $0.write(modem.contexts.active == nil ? 3 : 1 as UInt32)
      $0.write(0 as UInt32)
      $0.write(Self.version4)
      $0.write(Self.internet)
      $0.write(0 as UInt32)
    }
  }

  private func setConnection(_ arguments: MBIMArguments) throws(MBIM.Status) -> [UInt8] {
    let session = try session(arguments)
    switch try arguments.number(at: 4) {
    case 0: modem.deactivateAll()
    case 1:
      let name = try arguments.text(at: 8)
      guard modem.isRegistered else { throw .notRegistered }
      guard name.utf8.count <= PacketDataContext.maximumNameLength else { throw .invalidParameters }
      guard modem.contexts.active != nil || modem.connect(accessPointName: name) != nil else {
        throw .failure
      }
    default: throw .invalidParameters
    }
    return connection(session: session)
  }

  /// 10.5.20: which of address, gateway, name servers and packet length are known, of IPv4 and IPv6; then they.
  private func addressConfiguration(_ arguments: MBIMArguments) throws(MBIM.Status) -> [UInt8] {
    let session = try session(arguments)
    guard modem.contexts.active != nil else { throw .contextNotActivated }
    let addresses = modem.addresses
    var element = MessageWriter()
    element.write(UInt32(truncatingIfNeeded: addresses.prefixLength))
    element.write(addresses.guest.bytes)
    let nameServers = addresses.nameServer?.bytes ?? []
    return information {
      $0.write(session)
      $0.write(nameServers.isEmpty ? 0b0011 : 0b0111 as UInt32)
      $0.write(0 as UInt32)
      $0.write(1 as UInt32)
      $0.point(to: element.bytes)
      $0.write(0 as UInt64)
      $0.point(to: addresses.gateway.bytes)
      $0.write(0 as UInt32)
      $0.write(nameServers.isEmpty ? 0 : 1 as UInt32)
      $0.point(to: nameServers)
      $0.write(0 as UInt64)
      $0.write(0 as UInt64)
    }
  }
}
