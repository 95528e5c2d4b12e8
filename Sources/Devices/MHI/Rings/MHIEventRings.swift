import Bus
import Interfaces

/// The event rings, and the interrupts that tell of what is in them.
final class MHIEventRings {
  /// The ring for everything that is not about a transfer.
  static let control: UInt8 = 0

  /// How many events were told.
  private(set) var eventCount: UInt64 = 0

  private let memory: MHIHostMemory
  private let interrupts: MHIInterrupts
  private let faults: MHIFaults
  private let trace: MHITrace
  private let clock: EventQueue
  private var rings: [MHIEventRing] = []
  private var alarm: Alarm?

  init(
    memory: MHIHostMemory, interrupts: MHIInterrupts, faults: MHIFaults, trace: MHITrace, clock: EventQueue
  ) {
    self.memory = memory
    self.interrupts = interrupts
    self.faults = faults
    self.trace = trace
    self.clock = clock
    alarm = clock.makeAlarm { [weak self] in self?.sendDueInterrupts() }
  }

  /// How many there are.
  var count: Int { rings.count }

  /// Reads the contexts of all rings.
  func load(from base: UInt64, count: Int) throws(MHIHostError) {
    drop()
    for index in 0..<count {
      rings.append(
        try MHIEventRing(
          UInt8(truncatingIfNeeded: index), context: base &+ UInt64(index * MHIContext.size), memory))
    }
  }

  /// Forgets the rings, with what waits for them.
  func drop() {
    rings.removeAll(keepingCapacity: true)
    alarm?.cancel()
  }

  // MARK: Events

  /// Whether an event can be told at once.
  func hasRoom(_ index: UInt8) throws(MHIHostError) -> Bool {
    guard Int(index) < rings.count else { return false }
    return try rings[Int(index)].takesEvent(memory)
  }

  /// Tells an event; it waits if there is no room.
  func post(_ element: MHIRingElement, to index: UInt8, _ urgency: MHIUrgency) throws(MHIHostError) {
    guard Int(index) < rings.count else {
      throw MHIHostError(violation: .badEventRing, ring: index, value: UInt64(rings.count))
    }
    let ring = rings[Int(index)]
    if let wrong = faults.eventBefore(element) { try post(wrong, in: ring, .immediate) }
    try post(element, in: ring, urgency)
  }

  private func post(
    _ element: MHIRingElement, in ring: MHIEventRing, _ urgency: MHIUrgency
  ) throws(MHIHostError) {
    guard try ring.takesEvent(memory) else {
      guard ring.waiting.append(.init(element: element, urgency: urgency)) else {
        throw MHIHostError(violation: .eventsLost, ring: ring.index, value: element.pointer)
      }
      return
    }
    try write(element, in: ring, urgency)
  }

  private func write(
    _ element: MHIRingElement, in ring: MHIEventRing, _ urgency: MHIUrgency
  ) throws(MHIHostError) {
    let address = try ring.write(element, memory, faults)
    eventCount &+= 1
    trace.event(element, at: address, ring: ring.index, free: ring.free)
    switch urgency {
    case .immediate:
      let isTransfer = element.eventType == .transferCompletion
      interrupt(ring, isTransfer ? .transfer : .control, since: clock.now)
    case .moderated: moderate(ring)
    case .quiet: break
    }
  }

  // MARK: Doorbells

  /// The host says how far it has read in a ring.
  ///
  /// - Returns: what is wrong with that; it changes nothing then.
  func doorbell(_ index: UInt8, value: UInt64) throws(MHIHostError) -> MHIHostError? {
    guard Int(index) < rings.count else {
      return MHIHostError(violation: .doorbellUnexpected, ring: index, value: value)
    }
    let ring = rings[Int(index)]
    guard ring.ring.contains(value) else {
      return MHIHostError(violation: .doorbellOutsideRing, ring: index, value: value)
    }
    try ring.refresh(memory)
    trace.doorbell(.eventRing, index, value: value, elements: ring.free)
    try flush(ring)
    return nil
  }

  /// Looks at every ring for room for what waits.
  func flush() throws(MHIHostError) {
    for ring in rings { try flush(ring) }
  }

  private func flush(_ ring: MHIEventRing) throws(MHIHostError) {
    while !ring.waiting.isEmpty {
      guard try ring.hasRoom(memory), let entry = ring.waiting.next() else { return }
      try write(entry.element, in: ring, entry.urgency)
    }
  }

  // MARK: Interrupts

  private func interrupt(
    _ ring: MHIEventRing, _ cause: MHIEndpointTraceEvents.InterruptCause, since start: UInt64
  ) {
    if ring.interruptDeadline != .max {
      ring.interruptDeadline = .max
      setAlarm()
    }
    interrupts.send(vector: ring.vector, cause, since: start)
  }

  /// The first event that may wait decides when the interrupt comes; without a time for that there is none.
  private func moderate(_ ring: MHIEventRing) {
    guard ring.moderation > 0, ring.interruptDeadline == .max else { return }
    ring.interruptStart = clock.now
    ring.interruptDeadline = clock.now &+ ring.moderation
    setAlarm()
  }

  private func setAlarm() {
    var earliest = UInt64.max
    for ring in rings { earliest = min(earliest, ring.interruptDeadline) }
    alarm?.set(at: earliest)
  }

  private func sendDueInterrupts() {
    for ring in rings where ring.interruptDeadline <= clock.now {
      interrupt(ring, .moderation, since: ring.interruptStart)
    }
    setAlarm()
  }

  /// Sends every interrupt that waits for its time.
  func sendWaitingInterrupts() {
    for ring in rings where ring.interruptDeadline != .max {
      interrupt(ring, .moderation, since: ring.interruptStart)
    }
  }

  // MARK: State

  func save(to writer: inout StateWriter) {
    writer.write(eventCount)
    writer.write(UInt32(rings.count))
    for ring in rings { ring.save(to: &writer) }
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    drop()
    eventCount = try reader.read()
    let count: UInt32 = try reader.read()
    guard count <= UInt32(MHIRegisterMap.eventRingCount) else { throw .invalid }
    for index in 0..<count {
      rings.append(try MHIEventRing(UInt8(truncatingIfNeeded: index), from: &reader))
    }
    setAlarm()
  }
}
