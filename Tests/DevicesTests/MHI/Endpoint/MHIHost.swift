import Bus
import Devices
import Interfaces
import Testing
import Tracing

/// The host's side of a modem: does what Linux's driver does, and breaks the rules when a test wants it to.
final class MHIHost {
  /// A ring as the host sees it.
  struct Ring {
    let context: UInt64
    let base: UInt64
    let length: UInt64
    var pointer: UInt64

    mutating func advance() {
      pointer += UInt64(MHIRingElement.size)
      if pointer == base + length { pointer = base }
    }
  }

  static let channelContexts: UInt64 = 0x1_0000
  static let eventContexts: UInt64 = 0x1_4000
  static let commandContext: UInt64 = 0x1_8000
  static let commandRing: UInt64 = 0x2_0000
  static let eventRings: UInt64 = 0x4_0000
  static let channelRings: UInt64 = 0x10_0000
  static let buffers: UInt64 = 0x20_0000
  static let vectorAddress: UInt64 = 0xFEE0_0000
  static let vectorData: UInt32 = 0x40

  let memory: GuestMemory
  let clock = EventQueue()
  let recorder = InterruptRecorder()
  let services = RecordingServices()
  let tracer = Tracer(MHIEndpointTraceEvents.all, processorCount: 1)
  let device: MHIEndpoint
  private(set) var commands: Ring
  private(set) var events: [Ring] = []
  private(set) var channels: [UInt8: Ring] = [:]

  init(_ personality: MHIPersonality = .default) throws {
    memory = try #require(GuestMemory(size: 4 << 20))
    let slot = PCISlot(
      address: PCIAddress(index: 8), memory: memory, messages: recorder, interrupts: recorder)
    device = MHIEndpoint(
      name: "mhi0", slot: slot, personality: personality, clock: clock, services: services, tracer: tracer)
    commands = Ring(
      context: Self.commandContext, base: Self.commandRing, length: 2048, pointer: Self.commandRing)
    writeCommand(0b110)
    enableMessages(logOfCount: 0)
  }

  // MARK: Configuration space

  func writeCommand(_ value: UInt32) {
    device.writeConfiguration(PCIRegister.command, width: .word, value: value)
  }

  func capability(_ identifier: PCICapabilityID) throws -> Int {
    var offset = Int(device.readConfiguration(PCIRegister.capabilitiesPointer, width: .byte))
    while offset != 0 {
      if device.readConfiguration(offset, width: .byte) == identifier.rawValue { return offset }
      offset = Int(device.readConfiguration(offset + 1, width: .byte))
    }
    throw MissingCapability()
  }

  struct MissingCapability: Error {}

  /// Allots 1 << `logOfCount` vectors.
  func enableMessages(logOfCount: UInt32) {
    guard let offset = try? capability(.messageSignaledInterrupts) else { return }
    device.writeConfiguration(
      offset + 4, width: .doubleword, value: UInt32(truncatingIfNeeded: Self.vectorAddress))
    device.writeConfiguration(offset + 12, width: .word, value: Self.vectorData)
    device.writeConfiguration(offset + 2, width: .word, value: logOfCount << 4 | 1)
  }

  /// The vectors that interrupted since this was asked last.
  func takeInterrupts() -> [Int] {
    defer { recorder.forgetMessages() }
    return recorder.messages.map { Int($0 - Self.vectorData) }
  }

  // MARK: Registers

  func read(_ offset: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: device.readRegion(0, offset: UInt64(offset), width: .doubleword))
  }

  func write(_ offset: UInt32, _ value: UInt32) {
    device.writeRegion(0, offset: UInt64(offset), width: .doubleword, value: UInt64(value))
  }

  func write(_ offset: UInt32, address: UInt64) {
    write(offset + 4, UInt32(truncatingIfNeeded: address >> 32))
    write(offset, UInt32(truncatingIfNeeded: address))
  }

  var status: MHIStatus { MHIStatus(rawValue: read(MHIRegister.status)) }
  var state: MHIState? { MHIState(rawValue: status.state) }
  var environment: MHIExecutionEnvironment? {
    MHIExecutionEnvironment(
      rawValue: UInt8(truncatingIfNeeded: read(MHIRegisterMap.bhi + BHIRegister.executionEnvironment)))
  }

  func request(_ state: MHIState) {
    write(MHIRegister.control, MHIControl(rawValue: read(MHIRegister.control)).requesting(state).rawValue)
  }

  func resetInterface() { write(MHIRegister.control, read(MHIRegister.control) | MHIControl.reset) }

  // MARK: Time

  /// Lets time pass, in microseconds.
  func wait(_ microseconds: UInt64) {
    let end = clock.now + microseconds * 1000
    while clock.nextDeadline <= end {
      clock.now = max(clock.now, clock.nextDeadline)
      clock.ringDueAlarms()
    }
    clock.now = end
  }

  // MARK: Set-up

  /// Lays out contexts and rings: `moderations` has an element for each event ring, in milliseconds.
  func setUp(moderations: [UInt16] = [0, 1, 1], eventElements: UInt64 = 64) {
    for channel in 0..<UInt64(MHIRegister.channelCount) {
      clearContext(Self.channelContexts + channel * UInt64(MHIContext.size))
    }
    commands.pointer = Self.commandRing
    writeContext(Self.commandContext, (0, 0, 0), commands)
    events = moderations.indices.map { index in
      let base = Self.eventRings + UInt64(index) * 0x4000
      return Ring(
        context: Self.eventContexts + UInt64(index * MHIContext.size), base: base,
        length: eventElements * UInt64(MHIRingElement.size), pointer: base)
    }
    for (index, ring) in events.enumerated() {
      let moderation = MHIInterruptModeration(milliseconds: moderations[index]).rawValue
      writeContext(ring.context, (moderation, MHIEventContext.validType, UInt32(index + 1)), ring)
    }
    channels = [:]
    writeBases()
  }

  func writeBases() {
    write(MHIRegister.channelContextBase, address: Self.channelContexts)
    write(MHIRegister.eventContextBase, address: Self.eventContexts)
    write(MHIRegister.commandContextBase, address: Self.commandContext)
    write(MHIRegister.controlBase, address: 0)
    write(MHIRegister.controlLimit, address: 0xFFFF_FFFF)
    write(MHIRegister.dataBase, address: 0)
    write(MHIRegister.dataLimit, address: 0xFFFF_FFFF)
    let configuration = MHIConfiguration(
      channels: 128, hardwareChannels: 2, eventRings: UInt8(events.count), hardwareEventRings: 2)
    write(MHIRegister.configuration, configuration.rawValue)
  }

  private func clearContext(_ context: UInt64) {
    _ = memory.clear(context, count: MHIContext.size)
  }

  func writeContext(_ context: UInt64, _ words: (UInt32, UInt32, UInt32), _ ring: Ring) {
    memory.store(words.0, at: context)
    memory.store(words.1, at: context + 4)
    memory.store(words.2, at: context + 8)
    memory.store(ring.base, at: context + UInt64(MHIContext.ringBase))
    memory.store(ring.length, at: context + UInt64(MHIContext.ringLength))
    memory.store(ring.base, at: context + UInt64(MHIContext.readPointer))
    memory.store(ring.base, at: context + UInt64(MHIContext.writePointer))
  }

  /// Gives the device every element of a new event ring but one, without a doorbell.
  func freeEvents(_ index: Int) {
    let ring = events[index]
    memory.store(
      ring.base + ring.length - UInt64(MHIRingElement.size),
      at: ring.context + UInt64(MHIContext.writePointer))
  }

  func offerEvents(_ index: Int, upTo pointer: UInt64) {
    memory.store(pointer, at: events[index].context + UInt64(MHIContext.writePointer))
    write(
      MHIRegisterMap.eventDoorbells + UInt32(index) * MHIRegister.doorbellStride, address: pointer)
  }

  /// All of it, up to mission mode; the events of that are consumed.
  func boot(moderations: [UInt16] = [0, 1, 1], eventElements: UInt64 = 64) {
    setUp(moderations: moderations, eventElements: eventElements)
    for index in events.indices { freeEvents(index) }
    request(.m0)
    _ = takeEvents()
    _ = takeInterrupts()
  }

  // MARK: Events

  /// The event ring's read pointer as the device tells it.
  func eventPointer(_ index: Int) -> UInt64 {
    memory.load(events[index].context + UInt64(MHIContext.readPointer)) ?? 0
  }

  /// The events that came, which the device may overwrite from now on.
  func takeEvents(_ index: Int = 0) -> [MHIRingElement] {
    let taken = peekEvents(index)
    guard !taken.isEmpty else { return [] }
    for _ in taken { events[index].advance() }
    let ring = events[index]
    let last = ring.pointer == ring.base ? ring.base + ring.length : ring.pointer
    offerEvents(index, upTo: last - UInt64(MHIRingElement.size))
    return taken
  }

  /// The events that came and are left where they are.
  func peekEvents(_ index: Int = 0) -> [MHIRingElement] {
    var ring = events[index]
    let end = eventPointer(index)
    var taken: [MHIRingElement] = []
    while ring.pointer != end, taken.count < 4096 {
      taken.append(element(at: ring.pointer))
      ring.advance()
    }
    return taken
  }

  func element(at address: UInt64) -> MHIRingElement {
    withUnsafeTemporaryAllocation(byteCount: MHIRingElement.size, alignment: 8) { buffer in
      guard memory.read(address, into: buffer), let start = buffer.baseAddress else {
        return MHIRingElement(pointer: 0, dword0: 0, dword1: 0)
      }
      return MHIRingElement(reading: start)
    }
  }

  // MARK: Commands

  /// Gives a command without looking at what becomes of it; tells its address.
  @discardableResult
  func give(_ element: MHIRingElement) -> UInt64 {
    let address = commands.pointer
    store(element, at: address)
    commands.advance()
    memory.store(commands.pointer, at: Self.commandContext + UInt64(MHIContext.writePointer))
    write(MHIRegister.commandDoorbell, address: commands.pointer)
    return address
  }

  /// Gives a command and tells how it went; `nil` if nobody says so.
  func command(_ command: MHICommand, _ channel: UInt8) -> MHICompletionCode? {
    let address = give(.command(command, channel: channel))
    let completion = takeEvents().first { $0.eventType == .commandCompletion && $0.pointer == address }
    return completion?.completionCode
  }

  func store(_ element: MHIRingElement, at address: UInt64) {
    memory.store(element.pointer, at: address)
    memory.store(element.dword0, at: address + UInt64(MHIRingElement.dword0Offset))
    memory.store(element.dword1, at: address + UInt64(MHIRingElement.dword1Offset))
  }

  // MARK: Channels

  func channelContext(_ channel: UInt8) -> UInt64 {
    Self.channelContexts + UInt64(channel) * UInt64(MHIContext.size)
  }

  /// Fills the context of a channel as the driver does before it starts it.
  func prepare(
    _ channel: UInt8, eventRing: UInt32, burst: MHIBurstMode = .disabled, elements: UInt64 = 8
  ) {
    let base = Self.channelRings + UInt64(channel) * 0x1000
    let ring = Ring(
      context: channelContext(channel), base: base, length: elements * UInt64(MHIRingElement.size),
      pointer: base)
    channels[channel] = ring
    let configuration = MHIChannelConfiguration(state: .enabled, burstMode: burst).rawValue
    let type: MHIChannelType = channel.isMultiple(of: 2) ? .outbound : .inbound
    writeContext(ring.context, (configuration, type.rawValue, eventRing), ring)
  }

  /// Starts both channels of a pair; tells whether that went well.
  @discardableResult
  func open(
    _ name: MHIChannelName, eventRings: (UInt32, UInt32) = (0, 0), burst: MHIBurstMode = .disabled,
    elements: UInt64 = 8
  ) -> Bool {
    prepare(name.outboundChannel, eventRing: eventRings.0, burst: burst, elements: elements)
    prepare(name.inboundChannel, eventRing: eventRings.1, burst: burst, elements: elements)
    return command(.startChannel, name.outboundChannel) == .success
      && command(.startChannel, name.inboundChannel) == .success
  }

  /// Puts an element into a channel's ring and moves the write pointer; tells the element's address.
  @discardableResult
  func queue(_ element: MHIRingElement, _ channel: UInt8) -> UInt64 {
    guard let address = channels[channel]?.pointer else { return 0 }
    store(element, at: address)
    channels[channel]?.advance()
    memory.store(
      channels[channel]?.pointer ?? 0, at: channelContext(channel) + UInt64(MHIContext.writePointer))
    return address
  }

  func ringDoorbell(_ channel: UInt8) { ringDoorbell(channel, channels[channel]?.pointer ?? 0) }

  func ringDoorbell(_ channel: UInt8, _ value: UInt64) {
    write(
      MHIRegisterMap.channelDoorbells + UInt32(channel) * MHIRegister.doorbellStride, address: value)
  }

  /// Sends bytes over a channel; tells the address of the element.
  @discardableResult
  func send(
    _ bytes: [UInt8], _ channel: UInt8, buffer: UInt64 = buffers,
    flags: MHITransferFlags = .interruptOnEndOfTransfer
  ) -> UInt64 {
    _ = bytes.withUnsafeBytes { memory.write(buffer, from: $0) }
    let address = queue(
      .transfer(buffer: buffer, length: UInt16(truncatingIfNeeded: bytes.count), flags: flags), channel)
    ringDoorbell(channel)
    return address
  }

  /// Offers a buffer to the device; tells the address of the element.
  @discardableResult
  func offer(
    _ length: UInt16, at buffer: UInt64, _ channel: UInt8,
    flags: MHITransferFlags = .interruptOnEndOfTransfer
  ) -> UInt64 {
    let address = queue(.transfer(buffer: buffer, length: length, flags: flags), channel)
    ringDoorbell(channel)
    return address
  }

  func bytes(at address: UInt64, count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    _ = bytes.withUnsafeMutableBytes { memory.read(address, into: $0) }
    return bytes
  }

  /// What is behind a channel.
  func service(_ name: MHIChannelName) throws -> RecordingService { try #require(services.services[name]) }
}
