import Bus
import Tracing

/// What wants to know that the interrupt with a vector was handled; an IOAPIC.
public protocol EndOfInterruptObserver: AnyObject {
  /// A processor ended the level-triggered interrupt with this vector.
  func endOfInterrupt(vector: UInt8)
}

/// Carries interrupt messages between local APICs, IOAPICs and devices: what was once the APIC bus.
///
/// It has no state: messages arrive at once.
public final class InterruptRouter: MessageInterruptSink {
  /// The local APICs, in the order in which they were made.
  public private(set) var localAPICs: [LocalAPIC] = []

  private var observers: [any EndOfInterruptObserver] = []
  /// The local APICs with an APIC ID below 256, which one message names directly.
  private var localAPICsByID = [LocalAPIC?](repeating: nil, count: 256)
  /// Whether each still has the APIC ID that it was made with, so that there is one for each number.
  private var identifiersAreUnique = true

  let tracePoints: InterruptTracePoints

  /// A router that leads nowhere yet.
  public init() { tracePoints = InterruptTracePoints(nil, clock: EventQueue()) }

  /// The same, whose interrupts a tracer records, which must outlive it, with the times of a clock.
  public init(tracer: Tracer, clock: EventQueue) { tracePoints = InterruptTracePoints(tracer, clock: clock) }

  func attach(_ localAPIC: LocalAPIC) {
    localAPICs.append(localAPIC)
    if let index = Int(exactly: localAPIC.identifier), index < localAPICsByID.count {
      localAPICsByID[index] = localAPIC
    }
  }

  /// Software gave a local APIC another APIC ID.
  func identifierChanged() {
    identifiersAreUnique = localAPICs.allSatisfy(\.hasInitialIdentifier)
  }

  func attach(_ observer: any EndOfInterruptObserver) { observers.append(observer) }

  /// Takes a message-signalled interrupt; values that mean none are ignored.
  public func deliver(address: UInt64, data: UInt32) {
    tracePoints.messageSent(address: address, data: data)
    guard let message = MessageSignalledInterrupt.decode(address: address, data: data) else { return }
    send(message)
  }

  /// Brings a message to its destinations.
  public func send(_ message: InterruptMessage) {
    if identifiersAreUnique, case .physical(let identifier) = message.destination,
      identifier < localAPICsByID.count, let localAPIC = localAPICsByID[Int(identifier)]
    {
      localAPIC.accept(message)
    } else if message.deliveryMode == .lowestPriority {
      lowestPriorityTarget(of: message.destination)?.accept(message)
    } else {
      for localAPIC in localAPICs where localAPIC.answers(to: message.destination) {
        localAPIC.accept(message)
      }
    }
  }

  /// Brings a message to every local APIC but the sender's.
  func send(_ message: InterruptMessage, toAllExcept sender: LocalAPIC) {
    for localAPIC in localAPICs where localAPIC !== sender { localAPIC.accept(message) }
  }

  /// Tells the IOAPICs that a level-triggered interrupt was handled.
  func broadcastEndOfInterrupt(vector: UInt8) {
    for observer in observers { observer.endOfInterrupt(vector: vector) }
  }

  /// The local APIC that wins the arbitration: the lowest priority, and among equals the one made first.
  private func lowestPriorityTarget(of destination: InterruptDestination) -> LocalAPIC? {
    var winner: LocalAPIC?
    for candidate in localAPICs where candidate.isSoftwareEnabled && candidate.answers(to: destination) {
      if let best = winner, best.arbitrationPriority <= candidate.arbitrationPriority { continue }
      winner = candidate
    }
    return winner
  }
}
