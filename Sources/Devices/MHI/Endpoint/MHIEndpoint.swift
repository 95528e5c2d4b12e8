import Bus
import Interfaces
import Tracing

/// A modem on PCI Express, behind Qualcomm's modem host interface (MHI).
///
/// The host reaches it by registers and doorbells in one base address register, and it reaches the host's rings and
/// buffers in memory. What a modem is good for is behind its channels: ``ModemService``. There is no published
/// specification; the drivers of Linux 6.12 in `drivers/bus/mhi` are what the device has to satisfy.
public final class MHIEndpoint: PCIFunction {
  /// The name for the statistics.
  public let name: String
  /// What the PCI specification describes of the function.
  public let endpoint: PCIEndpoint
  /// Which modem it is.
  public let personality: MHIPersonality
  /// The firmware that the host loaded last; `nil` if it loaded none since power-on.
  public internal(set) var loadedImage: MHILoadedImage?

  let clock: EventQueue
  let trace: MHITrace
  let memory: MHIHostMemory
  let interrupts: MHIInterrupts
  let events: MHIEventRings
  let faults = MHIFaults()
  private(set) var pairs: [MHIChannelPair] = []
  var registers = MHIRegisterFile()
  var commandRing: MHICommandRing?
  /// The upper halves of doorbells that wait for the lower ones.
  var doorbellHalves = MHIDoorbellHalves()
  var status = MHIDeviceStatus()
  /// Rules that the host broke.
  private(set) var violations: UInt64 = 0
  /// The card is not in its slot.
  var isRemoved = false
  /// A copy of a piece of an image or of a dump.
  let imageBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
  /// Rings when ``MHIDeviceStatus/nextStep`` is due.
  private(set) var stepAlarm: Alarm?
  /// Rings when a fault that was ordered is due.
  private(set) var faultAlarm: Alarm?

  private let services: any ModemServiceSource

  /// A modem in `slot`, known under `name`.
  ///
  /// - Parameters:
  ///   - services: makes what is behind its channels.
  ///   - tracer: records ``MHIEndpointTraceEvents``.
  public init(
    name: String, slot: PCISlot, personality: MHIPersonality, clock: EventQueue,
    services: any ModemServiceSource, tracer: Tracer?
  ) {
    self.name = name
    self.personality = personality
    self.clock = clock
    self.services = services
    let endpoint = PCIEndpoint(
      slot: slot, identity: personality.identity, extent: .express,
      baseAddressRegisters: [
        Self.registersRegister: BaseAddressRegister(.memory64, size: UInt64(MHIRegisterMap.size))
      ])
    endpoint.addPowerManagement(wake: .fromD3Hot)
    endpoint.addMSI(vectorCount: Self.vectorCount)
    endpoint.addExpress(.rootComplexIntegratedEndpoint)
    self.endpoint = endpoint
    trace = MHITrace(tracer, name: name, clock: clock)
    memory = MHIHostMemory(endpoint.busMaster)
    interrupts = MHIInterrupts(endpoint, trace)
    events = MHIEventRings(
      memory: memory, interrupts: interrupts, faults: faults, trace: trace, clock: clock)
    pairs = personality.channels.map {
      MHIChannelPair($0, service: services.makeService(for: $0.name), device: self)
    }
    stepAlarm = clock.makeAlarm { [weak self] in self?.takeStep() }
    faultAlarm = clock.makeAlarm { [weak self] in self?.letFaultsHappen() }
    services.injectFault = { [weak self] in self?.inject($0, after: $1) }
    services.machineTime = { [weak clock] in clock?.now ?? 0 }
    endpoint.functionLevelReset = { [weak self] in self?.reset() }
    powerOn()
  }

  deinit {
    // Open services keep their ports.
    for pair in pairs { pair.drop() }
    imageBuffer.deallocate()
  }

  private static let registersRegister = 0
  private static let vectorCount = 32

  // MARK: Bus

  /// Reads configuration space; a card that is not there gives ones.
  public func readConfiguration(_ offset: Int, width: AccessWidth) -> UInt32 {
    isRemoved
      ? UInt32(truncatingIfNeeded: width.mask) : endpoint.readConfiguration(offset, width: width)
  }

  /// Writes configuration space.
  public func writeConfiguration(_ offset: Int, width: AccessWidth, value: UInt32) {
    guard !isRemoved else { return }
    let couldReachMemory = memory.isReachable
    endpoint.writeConfiguration(offset, width: width, value: value)
    if !couldReachMemory, memory.isReachable { resumeTransfers() }
  }

  /// Reads registers.
  public func readBAR(_ index: Int, offset: UInt64, width: AccessWidth) -> UInt64 {
    guard !isRemoved, endpoint.isOn else { return width.mask }
    let aligned = UInt32(truncatingIfNeeded: offset) & ~3
    if width == .quadword { return UInt64(readRegister(aligned + 4)) << 32 | UInt64(readRegister(aligned)) }
    return UInt64(readRegister(aligned)) >> ((offset & 3) * 8)
  }

  /// Writes registers, which take whole doublewords only.
  public func writeBAR(_ index: Int, offset: UInt64, width: AccessWidth, value: UInt64) {
    guard !isRemoved, endpoint.isOn, offset & 3 == 0 else { return }
    let offset = UInt32(truncatingIfNeeded: offset)
    switch width {
    case .doubleword: writeRegister(offset, UInt32(truncatingIfNeeded: value))
    case .quadword:
      // The lower half of a doorbell is what rings it.
      writeRegister(offset + 4, UInt32(truncatingIfNeeded: value >> 32))
      writeRegister(offset, UInt32(truncatingIfNeeded: value))
    default: break
    }
  }

  // MARK: Channels

  /// The pair that a channel belongs to; `nil` if this modem has no such channel.
  func pair(ofChannel channel: UInt8) -> MHIChannelPair? {
    for pair in pairs where pair.outbound.channel == channel & ~1 { return pair }
    return nil
  }

  /// Buffers of the host can be used now.
  var mayTransfer: Bool { status.state.allowsDoorbells && memory.isReachable && !isRemoved }

  /// Looks at every channel for buffers that nobody spoke of, and for room that nobody told of.
  func resumeTransfers() {
    guard mayTransfer else { return }
    attempt { () throws(MHIHostError) in
      try events.flush()
      for pair in pairs { try resume(pair) }
    }
  }

  /// Goes on with both directions.
  func resume(_ pair: MHIChannelPair) throws(MHIHostError) {
    try pair.flush()
    try pair.drain()
  }

  /// Something for the host waits: it is woken if it lets the device sleep.
  func needsHost() {
    if status.state == .m3 { endpoint.requestWake() }
  }

  // MARK: Errors

  /// Does what a host can spoil; if it does, the device gives up until it is reset.
  func attempt(_ body: () throws(MHIHostError) -> Void) {
    do throws(MHIHostError) {
      try body()
    } catch {
      report(error)
      enterSystemError(.host)
    }
  }

  /// Notes that the host broke a rule.
  func report(_ error: MHIHostError) {
    violations &+= 1
    trace.error(error)
  }

  // MARK: State

  /// What the modem did since power-on.
  public var statistics: MHIStatistics {
    MHIStatistics(
      channels: pairs.map {
        .init(name: $0.name, outbound: $0.outbound.statistics, inbound: $0.inbound.statistics)
      },
      events: events.eventCount, interrupts: interrupts.count, violations: violations)
  }

  /// Switches the modem off and on.
  public func reset() {
    endpoint.reset()
    powerOn()
    services.reset()
  }

  /// Writes the whole state.
  public func save(to writer: inout StateWriter) {
    endpoint.save(to: &writer)
    registers.save(to: &writer)
    memory.control.save(to: &writer)
    memory.data.save(to: &writer)
    writer.write(commandRing != nil)
    commandRing?.save(to: &writer)
    doorbellHalves.save(to: &writer)
    status.save(to: &writer)
    writer.write(stepAlarm?.deadline ?? .max)
    writer.write(violations)
    writer.write(isRemoved)
    faults.save(to: &writer)
    writer.write(loadedImage != nil)
    loadedImage?.save(to: &writer)
    interrupts.save(to: &writer)
    events.save(to: &writer)
    services.save(to: &writer)
    for pair in pairs { pair.save(to: &writer) }
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    try endpoint.restore(from: &reader)
    try registers.restore(from: &reader)
    try memory.control.restore(from: &reader)
    try memory.data.restore(from: &reader)
    commandRing = try reader.readBool() ? try MHICommandRing(from: &reader) : nil
    try doorbellHalves.restore(from: &reader)
    try status.restore(from: &reader)
    stepAlarm?.set(at: try reader.read())
    violations = try reader.read()
    isRemoved = try reader.readBool()
    try faults.restore(from: &reader)
    faultAlarm?.set(at: faults.ordered.deadline)
    loadedImage = try reader.readBool() ? try MHILoadedImage(from: &reader) : nil
    try interrupts.restore(from: &reader)
    try events.restore(from: &reader)
    try services.restore(from: &reader)
    for pair in pairs { try pair.restore(from: &reader) }
  }
}
