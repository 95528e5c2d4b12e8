import Bus
import Interfaces

/// The ring of the host's commands.
struct MHICommandRing {
  /// How errors name it; there is no channel of this number.
  static let number: UInt8 = 0xFF

  private let ring: MHIRing
  private let context: UInt64
  private var readPointer: UInt64
  private var writePointer: UInt64

  /// The ring that a context tells of.
  init(context: UInt64, _ memory: MHIHostMemory) throws(MHIHostError) {
    self.context = context
    ring = try MHIRing(context: context, ring: Self.number, memory)
    readPointer = try memory.loadContext(context &+ UInt64(MHIContext.readPointer), ring: Self.number)
    guard ring.contains(readPointer) else {
      throw MHIHostError(violation: .badRing, ring: Self.number, value: readPointer)
    }
    writePointer = readPointer
  }

  /// The host says up to where there are commands.
  ///
  /// - Throws: if that is not in the ring.
  mutating func doorbell(_ value: UInt64) throws(MHIHostError) {
    guard ring.contains(value) else {
      throw MHIHostError(violation: .doorbellOutsideRing, ring: Self.number, value: value)
    }
    writePointer = value
  }

  /// How many commands there are.
  var elementCount: Int { ring.count(from: readPointer, to: writePointer) }

  /// Takes the next command; `nil` if there is none.
  mutating func next(
    _ memory: MHIHostMemory
  ) throws(MHIHostError) -> (address: UInt64, element: MHIRingElement)? {
    guard readPointer != writePointer else { return nil }
    let address = readPointer
    let element = try memory.loadElement(address, ring: Self.number)
    readPointer = ring.next(address)
    try memory.storeContext(
      readPointer, at: context &+ UInt64(MHIContext.readPointer), ring: Self.number)
    return (address, element)
  }

  func save(to writer: inout StateWriter) {
    ring.save(to: &writer)
    writer.write(context)
    writer.write(readPointer)
    writer.write(writePointer)
  }

  init(from reader: inout StateReader) throws(StateError) {
    ring = try MHIRing(from: &reader)
    context = try reader.read()
    readPointer = try reader.read()
    writePointer = try reader.read()
    guard ring.contains(readPointer), ring.contains(writePointer) else { throw .invalid }
  }
}

extension MHIEndpoint {
  /// The host has commands.
  func ringCommandDoorbell(_ pointer: UInt64) {
    guard mayTransfer, commandRing != nil else {
      report(MHIHostError(violation: .doorbellUnexpected, ring: MHICommandRing.number, value: pointer))
      return
    }
    do throws(MHIHostError) {
      try commandRing?.doorbell(pointer)
    } catch {
      report(error)
      return
    }
    trace.doorbell(.command, 0, value: pointer, elements: commandRing?.elementCount ?? 0)
    attempt { () throws(MHIHostError) in
      while mayTransfer, let (address, element) = try commandRing?.next(memory) {
        try carryOut(element, at: address)
      }
    }
  }

  private func carryOut(_ element: MHIRingElement, at address: UInt64) throws(MHIHostError) {
    let code = try complete(element)
    trace.command(element, at: address, code)
    if faults.take(.lostCommandCompletion) { return }
    try events.post(.commandCompletion(at: address, code), to: MHIEventRings.control, .immediate)
    if code == .success, let pair = pair(ofChannel: element.channel) {
      pair.update()
      try resume(pair)
    }
  }

  /// Does what a command says to the channel, as far as the channel's state lets it.
  private func complete(_ element: MHIRingElement) throws(MHIHostError) -> MHICompletionCode {
    if element.command == MHICommand.none { return .success }
    let channel = element.channel
    guard let command = element.command, channelExists(channel), let pair = pair(ofChannel: channel) else {
      return refuse(element)
    }
    let ring = pair.ring(ofChannel: channel)
    switch command {
    case .startChannel:
      guard !ring.isRunning, pair.environment == status.environment else { return refuse(element) }
      return try start(ring)
    case .stopChannel:
      guard ring.isRunning else { return refuse(element) }
      try ring.end(.stopped, memory)
    case .resetChannel:
      guard ring.state != .disabled else { return refuse(element) }
      try ring.end(.disabled, memory)
    case .none: break
    }
    return .success
  }

  private func channelExists(_ channel: UInt8) -> Bool {
    channel < MHIConfiguration(rawValue: registers[MHIRegister.configuration]).channels
  }

  /// A context that cannot be reached is the end; one that makes no sense only means that the channel does not start.
  private func start(_ ring: MHITransferRing) throws(MHIHostError) -> MHICompletionCode {
    let contexts = registers.address(MHIRegister.channelContextBase)
    do throws(MHIHostError) {
      try ring.start(
        context: contexts &+ UInt64(Int(ring.channel) * MHIContext.size), eventRingCount: events.count,
        memory: memory, time: clock.now)
      return .success
    } catch {
      guard error.violation != .unreachableContext else { throw error }
      report(error)
      return .undefinedError
    }
  }

  private func refuse(_ element: MHIRingElement) -> MHICompletionCode {
    report(
      MHIHostError(violation: .badCommand, ring: MHICommandRing.number, value: UInt64(element.dword1)))
    return .undefinedError
  }
}
