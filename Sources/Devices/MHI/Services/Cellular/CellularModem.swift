import Bus

/// Who wants to know what happens to the modem without having asked.
protocol CellularObserver: AnyObject {
  /// The modem is registered in the network now, or no longer.
  func registrationChanged()
}

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
  private var observers: [Observer] = []

  private struct Observer {
    weak var object: (any CellularObserver)?
  }

  init(identity: ModemIdentity, addresses: NetworkAddresses) {
    self.identity = identity
    self.addresses = addresses
  }

  func add(_ observer: any CellularObserver) { observers.append(Observer(object: observer)) }

  /// Whether the network knows the modem and serves it.
  var isRegistered: Bool {
    functionality == .full && subscriber.lock == .none && network.selection != .deregistered
  }

  /// Does something that may change whether the modem is registered.
  private func changing<Result>(_ body: () -> Result) -> Result {
    let before = isRegistered
    let result = body()
    guard isRegistered != before else { return result }
    if !isRegistered { contexts.deactivateAll() }
    for observer in observers { observer.object?.registrationChanged() }
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

  func define(_ context: PacketDataContext) { contexts.define(context) }

  func undefine(_ identifier: Int) { contexts.undefine(identifier) }

  /// - Returns: whether the context is active now.
  func activate(_ identifier: Int) -> Bool { isRegistered && contexts.activate(identifier) }

  func deactivate(_ identifier: Int) { contexts.deactivate(identifier) }

  func deactivateAll() { contexts.deactivateAll() }

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
