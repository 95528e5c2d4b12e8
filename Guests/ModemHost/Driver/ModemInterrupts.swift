import Bedrock

/// The interrupts of the modem: how many arrived, and how many of them were looked at.
final class ModemInterrupts {
  /// What tells of changes of state.
  static let stateVector = 0

  private let interrupts: MessageSignalledInterrupts
  private let use: Modem.InterruptUse
  private let arrived: [Counter]
  /// Who looks: the handler of states, then the event rings.
  private var seen: [UInt64]

  /// Lets the modem interrupt the processor that runs this code.
  init(_ interrupts: MessageSignalledInterrupts, _ computer: Computer, _ use: Modem.InterruptUse) {
    self.interrupts = interrupts
    self.use = use
    let count = use == .shared ? 1 : 4
    let arrived = (0..<count).map { _ in Counter() }
    self.arrived = arrived
    seen = Array(repeating: 0, count: 1 + Modem.EventRingNumber.count)
    for (index, counter) in arrived.enumerated() {
      computer.interrupts.setHandler(Vector.firstModem + UInt8(index)) { _, processor in
        counter.increment()
        processor.localAPIC.endOfInterrupt()
      }
    }
    interrupts.enable(count, from: Vector.firstModem)
  }

  /// The modem's vector for an event ring.
  func vector(ofEventRing ring: Int) -> Int { use == .shared ? 0 : ring + 1 }

  /// How many interrupts of a vector arrived.
  func count(_ vector: Int) -> UInt64 { arrived[vector].value }

  /// Whether an interrupt arrived that the handler of states has not looked at.
  func takeState() -> Bool { take(0, vector: Self.stateVector) }

  /// Whether an interrupt arrived that the handler of an event ring has not looked at.
  func take(eventRing ring: Int) -> Bool { take(1 + ring, vector: vector(ofEventRing: ring)) }

  private func take(_ viewer: Int, vector: Int) -> Bool {
    let count = arrived[vector].value
    defer { seen[viewer] = count }
    return seen[viewer] != count
  }

  /// Lets the modem interrupt no more.
  func disable() { interrupts.disable() }
}
