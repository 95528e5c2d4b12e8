import Bus
import Interfaces

/// One direction of a pair of channels: the ring of buffers that the host offers.
final class MHITransferRing {
  /// The number of the channel.
  let channel: UInt8
  let direction: MHIEndpointTraceEvents.Direction
  /// What the host's last command made of it.
  private(set) var state = MHIChannelState.disabled
  /// The ring that tells of its transfers.
  private(set) var eventRing: UInt8 = 0
  /// When the doorbell last rang.
  private(set) var doorbellTime: UInt64 = 0
  /// The address of the element that is next.
  private(set) var readPointer: UInt64 = 0
  var statistics = MHIChannelStatistics()

  private var context: UInt64 = 0
  private var ring: MHIRing?
  /// Up to where there are elements, as far as the device knows.
  private var writePointer: UInt64 = 0
  /// The host rings once, and then only writes to the context.
  private var isBurst = false
  /// The host will ring for its next element.
  private var isArmed = true

  init(channel: UInt8, _ direction: MHIEndpointTraceEvents.Direction) {
    self.channel = channel
    self.direction = direction
  }

  var isRunning: Bool { state == .running }

  // MARK: Commands

  /// Reads what the host wrote into the context and begins.
  ///
  /// - Throws: what is wrong with the context; the state stays as it was.
  func start(
    context: UInt64, eventRingCount: Int, memory: MHIHostMemory, time: UInt64
  ) throws(MHIHostError) {
    let field = { (offset: Int) in context &+ UInt64(offset) }
    let configuration = MHIChannelConfiguration(
      rawValue: try memory.loadContext(field(MHIChannelContext.configuration), ring: channel))
    let type: UInt32 = try memory.loadContext(field(MHIChannelContext.type), ring: channel)
    let eventRing: UInt32 = try memory.loadContext(field(MHIChannelContext.eventRing), ring: channel)
    let ring = try MHIRing(context: context, ring: channel, memory)
    let readPointer: UInt64 = try memory.loadContext(field(MHIContext.readPointer), ring: channel)
    let writePointer: UInt64 = try memory.loadContext(field(MHIContext.writePointer), ring: channel)
    guard matches(MHIChannelType(rawValue: type)) else {
      throw MHIHostError(violation: .badRing, ring: channel, value: UInt64(type))
    }
    guard UInt64(eventRing) < UInt64(eventRingCount) else {
      throw MHIHostError(violation: .badEventRing, ring: channel, value: UInt64(eventRing))
    }
    guard ring.contains(readPointer), ring.contains(writePointer) else {
      throw MHIHostError(violation: .badRing, ring: channel, value: writePointer)
    }
    try setState(.running, context: context, memory)
    self.context = context
    self.ring = ring
    self.eventRing = UInt8(truncatingIfNeeded: eventRing)
    self.readPointer = readPointer
    self.writePointer = writePointer
    isBurst = configuration.burstMode == .enabled
    isArmed = true
    doorbellTime = time
  }

  private func matches(_ type: MHIChannelType?) -> Bool {
    switch (direction, type) {
    case (.outbound, .outbound), (.inbound, .inbound), (.inbound, .inboundCoalesced): true
    default: false
    }
  }

  /// Ends the transfers, and tells so in the context.
  func end(_ newState: MHIChannelState, _ memory: MHIHostMemory) throws(MHIHostError) {
    try setState(newState, context: context, memory)
    if newState == .disabled { ring = nil }
  }

  private func setState(
    _ newState: MHIChannelState, context: UInt64, _ memory: MHIHostMemory
  ) throws(MHIHostError) {
    let address = context &+ UInt64(MHIChannelContext.configuration)
    var configuration = MHIChannelConfiguration(
      rawValue: try memory.loadContext(address, ring: channel))
    configuration.state = newState.rawValue
    try memory.storeContext(configuration.rawValue, at: address, ring: channel)
    state = newState
  }

  /// Forgets everything, without a word to the host.
  func drop() {
    state = .disabled
    ring = nil
    isArmed = true
  }

  // MARK: Doorbell

  /// The host says up to where there are elements.
  func doorbell(_ value: UInt64, time: UInt64) throws(MHIHostError) {
    guard isRunning, let ring else {
      throw MHIHostError(violation: .doorbellUnexpected, ring: channel, value: value)
    }
    guard ring.contains(value) else {
      throw MHIHostError(violation: .doorbellOutsideRing, ring: channel, value: value)
    }
    writePointer = value
    isArmed = false
    doorbellTime = time
  }

  /// The elements that the device knows of.
  var elementCount: Int { ring?.count(from: readPointer, to: writePointer) ?? 0 }

  /// After M0 was entered, hosts ring again.
  func arm() { isArmed = true }

  /// The device is to ask for the doorbell; it asks once.
  func takeNeedOfDoorbell() -> Bool {
    guard isBurst, !isArmed else { return false }
    isArmed = true
    return true
  }

  // MARK: Elements

  /// Whether there is an element. In burst mode, the context may know of more than the doorbell told.
  func hasElement(_ memory: MHIHostMemory) throws(MHIHostError) -> Bool {
    guard isRunning, let ring else { return false }
    if readPointer != writePointer { return true }
    guard isBurst else { return false }
    let pointer: UInt64 = try memory.loadContext(
      context &+ UInt64(MHIContext.writePointer), ring: channel)
    guard ring.contains(pointer) else {
      throw MHIHostError(violation: .badRing, ring: channel, value: pointer)
    }
    writePointer = pointer
    return readPointer != writePointer
  }

  /// Goes on to the next element.
  func advance() { if let ring { readPointer = ring.next(readPointer) } }

  /// Tells in the context how far the device is.
  func publish(_ memory: MHIHostMemory) throws(MHIHostError) {
    guard isRunning else { return }
    try memory.storeContext(readPointer, at: context &+ UInt64(MHIContext.readPointer), ring: channel)
  }

  // MARK: State

  func save(to writer: inout StateWriter) {
    writer.write(state.rawValue)
    writer.write(eventRing)
    writer.write(doorbellTime)
    writer.write(readPointer)
    writer.write(context)
    writer.write(ring != nil)
    ring?.save(to: &writer)
    writer.write(writePointer)
    writer.write(isBurst)
    writer.write(isArmed)
    statistics.save(to: &writer)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    guard let state = MHIChannelState(rawValue: try reader.read()) else { throw .invalid }
    self.state = state
    eventRing = try reader.read()
    doorbellTime = try reader.read()
    readPointer = try reader.read()
    context = try reader.read()
    ring = try reader.readBool() ? try MHIRing(from: &reader) : nil
    writePointer = try reader.read()
    if let ring {
      guard ring.contains(readPointer), ring.contains(writePointer) else { throw .invalid }
    }
    isBurst = try reader.readBool()
    isArmed = try reader.readBool()
    try statistics.restore(from: &reader)
  }
}
