import Bus

/// The cellular side of the modem, which all services that talk about it share.
final class CellularModem {
  /// How much of the modem works (3GPP TS 27.007, 8.2).
  enum Functionality: UInt8 {
    case minimum = 0
    case full = 1
    case radioOff = 4
  }

  let identity: ModemIdentity
  /// The addresses of the packet data network.
  let addresses: NetworkAddresses
  private(set) var functionality = Functionality.full
  private(set) var contexts = PacketDataContexts()
  private(set) var subscriber = SubscriberIdentityModule()
  private(set) var network = CellularNetwork()
  /// Lets something go wrong with the device; `nil` where there is none.
  var injectFault: ((_ fault: MHIFault, _ delay: UInt64) -> Void)?
  /// The machine's time in nanoseconds; `nil` where there is no machine.
  var machineTime: (() -> UInt64)?
  private var observers: [Observer] = []

  private struct Observer {
    weak var object: (any CellularObserver)?
  }

  init(identity: ModemIdentity, addresses: NetworkAddresses) {
    self.identity = identity
    self.addresses = addresses
  }

  func add(_ observer: any CellularObserver) { observers.append(Observer(object: observer)) }

  /// What the network says the time is, in UTC and seconds since 1970: that of the machine's clock as it was set
  /// when the machine was switched on.
  var networkTime: Int64 { CalendarTime.powerOn + Int64((machineTime?() ?? 0) / 1_000_000_000) }

  /// Whether the network knows the modem and serves it.
  var isRegistered: Bool {
    functionality == .full && subscriber.lock == .none && network.selection != .deregistered
  }

  /// Does something and tells of what it has changed.
  private func changing<Result>(_ body: () -> Result) -> Result {
    let before = (isRegistered, functionality, subscriber.lock, contexts.active)
    let result = body()
    if !isRegistered { contexts.deactivateAll() }
    var changes: CellularChanges = []
    if isRegistered != before.0 { changes.insert(.registration) }
    if functionality != before.1 { changes.insert(.radio) }
    if subscriber.lock != before.2 { changes.insert(.card) }
    if contexts.active != before.3 { changes.insert(.connection) }
    guard !changes.isEmpty else { return result }
    for observer in observers { observer.object?.modemChanged(changes) }
    return result
  }

  func setFunctionality(_ level: Functionality) {
    changing {
      if functionality == .minimum, level != .minimum { subscriber.powerOn() }
      functionality = level
    }
  }

  func select(_ selection: CellularNetwork.Selection) { changing { network.selection = selection } }

  /// Does something with the card.
  func useSubscriber<Result>(_ body: (inout SubscriberIdentityModule) -> Result) -> Result {
    changing { body(&subscriber) }
  }

  /// Switches the modem off and on. What the card and the contexts were told to keep they keep.
  func restart() {
    changing {
      functionality = .full
      network.selection = .automatic
      subscriber.powerOn()
      contexts.deactivateAll()
    }
  }

  // MARK: Packet data

  func define(_ context: PacketDataContext) { changing { contexts.define(context) } }

  func undefine(_ identifier: Int) { changing { contexts.undefine(identifier) } }

  /// - Returns: whether the context is active now.
  func activate(_ identifier: Int) -> Bool {
    changing { isRegistered && contexts.activate(identifier) }
  }

  /// Connects the first context, of IPv4, for a host that names no context but an access point; an empty name is
  /// the usual one.
  ///
  /// - Returns: the context's number; `nil` if it cannot be activated.
  func connect(accessPointName name: String) -> Int? {
    let usual = PacketDataContext.initial
    define(
      PacketDataContext(
        identifier: usual.identifier, family: usual.family,
        accessPointName: name.isEmpty ? usual.accessPointName : name))
    return activate(usual.identifier) ? usual.identifier : nil
  }

  func deactivate(_ identifier: Int) { changing { contexts.deactivate(identifier) } }

  func deactivateAll() { changing { contexts.deactivateAll() } }

  // MARK: State

  func save(to writer: inout StateWriter) {
    writer.write(functionality.rawValue)
    contexts.save(to: &writer)
    subscriber.save(to: &writer)
    network.save(to: &writer)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    guard let functionality = Functionality(rawValue: try reader.read()) else { throw .invalid }
    self.functionality = functionality
    try contexts.restore(from: &reader)
    try subscriber.restore(from: &reader)
    try network.restore(from: &reader)
  }
}
