import Bus
import Interfaces

/// A pair of channels, with the service behind it.
final class MHIChannelPair: ModemPort {
  let name: MHIChannelName
  /// Where it can be used.
  let environment: MHIExecutionEnvironment
  let outbound: MHITransferRing
  let inbound: MHITransferRing
  let service: any ModemService

  private unowned let device: MHIEndpoint
  /// What waits for the host's buffers.
  private let queue: MHITransferQueue
  /// A transfer from the host that is not complete yet.
  private let assembly: UnsafeMutableRawBufferPointer
  private var assembledCount = 0
  /// The host uses both directions.
  private(set) var isOpen = false
  private var isServing = false
  private var isCloseDue = false

  /// The longest transfer from a host.
  private static let maximumTransfer = 1 << 16
  private static let packetQueueCapacity = 512 << 10
  private static let usualQueueCapacity = 128 << 10

  init(_ channel: MHIPersonality.Channel, service: any ModemService, device: MHIEndpoint) {
    name = channel.name
    environment = channel.environment
    self.service = service
    self.device = device
    outbound = MHITransferRing(channel: name.outboundChannel, .outbound)
    inbound = MHITransferRing(channel: name.inboundChannel, .inbound)
    let carriesPackets = [.ipSoftware0, .ipHardware0, .ipHardware0MBIM].contains(name)
    queue = MHITransferQueue(
      capacity: carriesPackets ? Self.packetQueueCapacity : Self.usualQueueCapacity)
    assembly = .allocate(byteCount: Self.maximumTransfer, alignment: 8)
  }

  deinit { assembly.deallocate() }

  /// The direction with this number.
  func ring(ofChannel channel: UInt8) -> MHITransferRing {
    channel == outbound.channel ? outbound : inbound
  }

  // MARK: Opening

  /// Opens the service when both directions run, and closes it when one no longer does.
  func update() {
    let isUsed = outbound.isRunning && inbound.isRunning
    guard isUsed != isOpen else { return }
    isOpen = isUsed
    if isUsed {
      service.open(self)
    } else {
      forget()
      closeService()
    }
  }

  /// Ends both directions without a word to the host.
  func drop() {
    outbound.drop()
    inbound.drop()
    update()
  }

  private func forget() {
    queue.removeAll()
    assembledCount = 0
  }

  /// A service is not closed while it takes a transfer.
  private func closeService() {
    if isServing { isCloseDue = true } else { service.close() }
  }

  // MARK: From the host

  /// Takes what the host has in its buffers.
  func drain() throws(MHIHostError) {
    let start = outbound.readPointer
    var lastFlags: MHITransferFlags = []
    while isOpen, !isServing, device.mayTransfer {
      guard try outbound.hasElement(device.memory) else {
        if outbound.takeNeedOfDoorbell() { try askForDoorbell(outbound, lastFlags) }
        break
      }
      guard try device.events.hasRoom(outbound.eventRing) else { break }
      lastFlags = try takeElement()
    }
    if outbound.readPointer != start { try outbound.publish(device.memory) }
  }

  private func takeElement() throws(MHIHostError) -> MHITransferFlags {
    let address = outbound.readPointer
    let element = try device.memory.loadElement(address, ring: outbound.channel)
    outbound.advance()
    let flags = element.transferFlags
    let count = Int(element.length)
    guard element.type == MHITransferType.transfer, count <= assembly.count - assembledCount,
      device.memory.readData(
        element.pointer,
        into: UnsafeMutableRawBufferPointer(rebasing: assembly[assembledCount..<assembledCount + count]))
    else {
      assembledCount = 0
      try refuse(element, at: address, outbound)
      return flags
    }
    assembledCount += count
    trace(element, at: address, outbound, done: count)
    guard !flags.contains(.chain) else {
      if flags.contains(.interruptOnEndOfBlock) {
        try complete(address, .endOfBlock, count, outbound, flags)
      }
      return flags
    }
    let transferCount = assembledCount
    assembledCount = 0
    outbound.statistics.transfers &+= 1
    outbound.statistics.bytes &+= UInt64(transferCount)
    if !flags.isDisjoint(with: [.interruptOnEndOfTransfer, .interruptOnEndOfBlock]) {
      try complete(address, .endOfTransfer, count, outbound, flags)
    }
    serve(UnsafeRawBufferPointer(rebasing: assembly[..<transferCount]))
    return flags
  }

  private func serve(_ transfer: UnsafeRawBufferPointer) {
    isServing = true
    service.receive(transfer)
    isServing = false
    if isCloseDue {
      isCloseDue = false
      service.close()
    }
  }

  // MARK: To the host

  /// Fills the host's buffers; what does not fit waits.
  func send(_ transfer: UnsafeRawBufferPointer) -> Bool {
    guard isOpen else { return false }
    guard queue.hasRoom(for: transfer.count) else {
      inbound.statistics.errors &+= 1
      device.report(MHIHostError(violation: .transferDropped, ring: inbound.channel, value: 0))
      return false
    }
    device.attempt { () throws(MHIHostError) in
      let done = queue.isEmpty ? try fill(from: transfer) : 0
      if isOpen, done < transfer.count {
        queue.append(UnsafeRawBufferPointer(rebasing: transfer[done...]))
        device.needsHost()
      }
    }
    return true
  }

  /// Fills the host's buffers with what waits.
  func flush() throws(MHIHostError) {
    while let first = queue.first {
      let done = try fill(from: first)
      queue.consume(done)
      if done < first.count { return }
    }
  }

  /// Fills buffers, as far as there are any.
  ///
  /// - Returns: how many bytes they took.
  private func fill(from transfer: UnsafeRawBufferPointer) throws(MHIHostError) -> Int {
    var done = 0
    let start = inbound.readPointer
    while done < transfer.count, isOpen, device.mayTransfer {
      guard try inbound.hasElement(device.memory) else {
        if inbound.takeNeedOfDoorbell() { try askForDoorbell(inbound, []) }
        break
      }
      guard try device.events.hasRoom(inbound.eventRing) else { break }
      done += try fillElement(from: UnsafeRawBufferPointer(rebasing: transfer[done...]))
    }
    inbound.statistics.bytes &+= UInt64(done)
    if inbound.readPointer != start { try inbound.publish(device.memory) }
    return done
  }

  private func fillElement(from rest: UnsafeRawBufferPointer) throws(MHIHostError) -> Int {
    let address = inbound.readPointer
    let element = try device.memory.loadElement(address, ring: inbound.channel)
    inbound.advance()
    let flags = element.transferFlags
    let count = min(Int(element.length), rest.count)
    guard element.type == MHITransferType.transfer,
      device.memory.writeData(element.pointer, from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
    else {
      try refuse(element, at: address, inbound)
      return 0
    }
    trace(element, at: address, inbound, done: count)
    if count == rest.count || element.length == 0 {
      if count > 0 { inbound.statistics.transfers &+= 1 }
      if !flags.isDisjoint(with: [.interruptOnEndOfTransfer, .interruptOnEndOfBlock]) {
        try complete(address, .endOfTransfer, count, inbound, flags)
      }
    } else if !flags.contains(.chain) {
      try complete(address, .overflow, count, inbound, flags)
    } else if flags.contains(.interruptOnEndOfBlock) {
      try complete(address, .endOfBlock, count, inbound, flags)
    }
    return count
  }

  // MARK: Events

  private func trace(_ element: MHIRingElement, at address: UInt64, _ ring: MHITransferRing, done: Int) {
    device.trace.transfer(
      element, at: address, channel: ring.channel, ring.direction, done: done, since: ring.doorbellTime)
  }

  private func complete(
    _ address: UInt64, _ code: MHICompletionCode, _ count: Int, _ ring: MHITransferRing,
    _ flags: MHITransferFlags
  ) throws(MHIHostError) {
    try device.events.post(
      .transferCompletion(
        at: address, code, length: UInt16(truncatingIfNeeded: count), channel: ring.channel),
      to: ring.eventRing, flags.contains(.blockEventInterrupt) ? .moderated : .immediate)
  }

  private func refuse(
    _ element: MHIRingElement, at address: UInt64, _ ring: MHITransferRing
  ) throws(MHIHostError) {
    ring.statistics.errors &+= 1
    let violation: MHIEndpointTraceEvents.Violation =
      element.type == MHITransferType.transfer ? .unreachableBuffer : .badElement
    device.report(MHIHostError(violation: violation, ring: ring.channel, value: element.pointer))
    try complete(address, .badElement, 0, ring, [])
  }

  /// In burst mode hosts do not ring until they are asked to.
  private func askForDoorbell(
    _ ring: MHITransferRing, _ flags: MHITransferFlags
  ) throws(MHIHostError) {
    try complete(ring.readPointer, .doorbellMode, 0, ring, flags)
  }

  // MARK: State

  func save(to writer: inout StateWriter) {
    outbound.save(to: &writer)
    inbound.save(to: &writer)
    queue.save(to: &writer)
    writer.write([UInt8](assembly[..<assembledCount]))
    writer.write(isOpen)
    service.save(to: &writer)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    try outbound.restore(from: &reader)
    try inbound.restore(from: &reader)
    if isOpen { service.close() }
    forget()
    try queue.restore(from: &reader)
    let assembled = try reader.readBytes()
    guard assembled.count <= assembly.count else { throw .invalid }
    assembly.copyBytes(from: assembled)
    assembledCount = assembled.count
    isOpen = try reader.readBool()
    guard isOpen == (outbound.isRunning && inbound.isRunning) else { throw .invalid }
    if isOpen { service.open(self) }
    try service.restore(from: &reader)
  }
}
