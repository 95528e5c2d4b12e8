import Bus

/// Virtio over PCI, without the legacy interface (VIRTIO 1.2, 4.1): the function that a driver sees, in front of
/// a ``VirtioDevice``.
public final class VirtioPCITransport: PCIFunction, VirtioTransport {
  /// The name for the statistics.
  public let name: String
  /// What the PCI specification describes of the function.
  public let endpoint: PCIEndpoint

  let device: any VirtioDevice
  let queues: [Virtqueue]
  let offeredFeatures: VirtioFeatures
  var registers = Registers()
  private let configurationAccess: Int

  /// What the driver chose, and what it must learn.
  struct Registers {
    var deviceFeatureSelect: UInt32 = 0
    var driverFeatureSelect: UInt32 = 0
    var driverFeatures: VirtioFeatures = []
    var configurationVector = VirtioVector.none
    var status: VirtioStatus = []
    var configurationGeneration: UInt8 = 0
    var queueSelect: UInt16 = 0
    var interruptStatus: VirtioInterruptStatus = []
  }

  private static let vendor: UInt16 = 0x1AF4
  /// The identifier of a function is this plus the device type (4.1.2.1).
  private static let firstDevice: UInt16 = 0x1040
  /// Subsystem identifiers from this on tell a driver nothing of the legacy interface (4.1.2.1).
  private static let subsystem: UInt16 = 0x0040

  /// A function in `slot` in front of `device`; `name` is the one for the statistics.
  public init(name: String, slot: PCISlot, device: any VirtioDevice) {
    self.name = name
    self.device = device
    let endpoint = PCIEndpoint(
      slot: slot,
      identity: PCIIdentity(
        vendor: Self.vendor, device: Self.firstDevice + device.type.rawValue, revision: 1,
        classCode: device.classCode, subsystemVendor: Self.vendor, subsystem: Self.subsystem),
      baseAddressRegisters: [
        VirtioPCILayout.structuresRegister:
          BaseAddressRegister(.memory32, size: VirtioPCILayout.structuresSize),
        VirtioPCILayout.messagesRegister:
          BaseAddressRegister(.memory32, size: VirtioPCILayout.messagesSize),
      ],
      interruptPin: .intA)
    let queueSizes = device.queueSizes
    endpoint.addMSIX(vectorCount: queueSizes.count + 1, layout: VirtioPCILayout.messages)
    configurationAccess = endpoint.define {
      VirtioPCILayout.appendCapabilities(
        to: &$0, queueCount: queueSizes.count, deviceConfigurationSize: device.configuration.count)
    }
    queues = queueSizes.map { Virtqueue(maximumSize: $0, memory: endpoint.busMaster) }
    offeredFeatures = device.offeredFeatures.union([.version1, .eventIndex, .indirectDescriptors])
    self.endpoint = endpoint
    device.transport = self
  }

  // MARK: Registers in memory

  /// Reads a register of one of the structures; zero where there is none.
  public func readBAR(_ index: Int, offset: UInt64, width: AccessWidth) -> UInt64 {
    guard index == VirtioPCILayout.structuresRegister else { return 0 }
    let place = offset & (VirtioPCILayout.structureSize - 1)
    switch offset - place {
    case VirtioPCILayout.common: return readCommon(place, width: width)
    case VirtioPCILayout.interruptStatus: return place == 0 ? takeInterruptStatus() : 0
    case VirtioPCILayout.device: return readDeviceConfiguration(place, width: width)
    default: return 0
    }
  }

  /// Writes a register of one of the structures.
  public func writeBAR(_ index: Int, offset: UInt64, width: AccessWidth, value: UInt64) {
    guard index == VirtioPCILayout.structuresRegister else { return }
    let place = offset & (VirtioPCILayout.structureSize - 1)
    switch offset - place {
    case VirtioPCILayout.common: writeCommon(place, width: width, value: value)
    case VirtioPCILayout.notify: serviceQueue(Int(place / VirtioPCILayout.notifyMultiplier))
    default: break
    }
  }

  private func readDeviceConfiguration(_ offset: UInt64, width: AccessWidth) -> UInt64 {
    let bytes = device.configuration
    var value: UInt64 = 0
    for index in 0..<width.rawValue {
      let position = Int(offset) + index
      guard position < bytes.count else { break }
      value |= UInt64(bytes[position]) << UInt64(index * 8)
    }
    return value
  }

  // MARK: Registers in configuration space

  /// Reads configuration space; the data field of the access capability stands for a register in memory.
  public func readConfiguration(_ offset: Int, width: AccessWidth) -> UInt32 {
    if let access = accessThroughConfiguration(offset) {
      let value = readRegion(access.register, offset: access.offset, width: access.width)
      return UInt32(truncatingIfNeeded: value & width.mask)
    }
    return endpoint.readConfiguration(offset, width: width)
  }

  /// Writes configuration space; the data field of the access capability stands for a register in memory.
  public func writeConfiguration(_ offset: Int, width: AccessWidth, value: UInt32) {
    if let access = accessThroughConfiguration(offset) {
      writeRegion(access.register, offset: access.offset, width: access.width, value: UInt64(value))
      return
    }
    endpoint.writeConfiguration(offset, width: width, value: value)
  }

  /// The register in memory that an access to configuration space at `offset` is for; `nil` unless it is the data
  /// field and the driver chose a valid place (4.1.4.9).
  private func accessThroughConfiguration(
    _ offset: Int
  ) -> (register: Int, offset: UInt64, width: AccessWidth)? {
    typealias Field = VirtioPCILayout.Capability
    guard offset == configurationAccess + Field.data else { return nil }
    let space = endpoint.configuration
    let register = Int(space.load(configurationAccess + Field.baseAddressRegister, as: UInt8.self))
    let place = UInt64(space.load(configurationAccess + Field.offset, as: UInt32.self))
    let length: UInt32 = space.load(configurationAccess + Field.structureLength)
    guard length <= 4, let width = AccessWidth(rawValue: Int(length)), place % UInt64(length) == 0,
      endpoint.baseAddressRegisters.indices ~= register,
      let size = endpoint.baseAddressRegisters[register]?.size, place < size
    else { return nil }
    return (register, place, width)
  }

  // MARK: Queues

  /// Whether the driver is done with the set-up and nothing has gone wrong since.
  var isLive: Bool {
    registers.status.isSuperset(of: [.featuresOK, .driverOK]) && !registers.status.contains(.needsReset)
  }

  /// Gives the device a turn with queue `index` and raises the interrupt that the driver wants for it.
  public func serviceQueue(_ index: Int) {
    guard isLive, endpoint.busMaster.isEnabled, queues.indices ~= index, queues[index].isEnabled else {
      return
    }
    let queue = queues[index]
    do throws(VirtqueueError) {
      queue.beginTurn()
      try device.service(queue, index: index)
      if try queue.endTurn() { notifyDriver(of: queue) }
    } catch {
      stopUntilReset()
    }
  }

  /// Gives up on a driver that broke the rules (2.1.2).
  func stopUntilReset() {
    registers.status.insert(.needsReset)
    if registers.status.contains(.driverOK) { notifyConfigurationChange() }
  }

  // MARK: Interrupts

  /// Tells the driver that the device-specific configuration changed.
  public func configurationChanged() {
    registers.configurationGeneration &+= 1
    if registers.status.contains(.driverOK) { notifyConfigurationChange() }
  }

  private func notifyDriver(of queue: Virtqueue) {
    if endpoint.usesMessages {
      endpoint.signal(vector: Int(queue.vector))
    } else {
      registers.interruptStatus.insert(.queue)
      endpoint.isInterruptPending = true
    }
  }

  private func notifyConfigurationChange() {
    registers.interruptStatus.insert(.configuration)
    endpoint.isInterruptPending = true
    if endpoint.usesMessages { endpoint.signal(vector: Int(registers.configurationVector)) }
  }

  /// Reading the ISR status takes it (4.1.4.5.1).
  private func takeInterruptStatus() -> UInt64 {
    defer {
      registers.interruptStatus = []
      endpoint.isInterruptPending = false
    }
    return UInt64(registers.interruptStatus.rawValue)
  }

  // MARK: State

  /// What the driver does by writing zero to the status (2.4).
  func resetDevice() {
    let generation = registers.configurationGeneration
    registers = Registers()
    registers.configurationGeneration = generation
    for queue in queues { queue.reset() }
    endpoint.isInterruptPending = false
  }

  /// Puts the function and the device to their power-on values.
  public func reset() {
    resetDevice()
    registers = Registers()
    endpoint.reset()
    device.reset()
  }

  /// Writes the state of the function and of the device.
  public func save(to writer: inout StateWriter) {
    endpoint.save(to: &writer)
    registers.save(to: &writer)
    for queue in queues { queue.save(to: &writer) }
    device.save(to: &writer)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    try endpoint.restore(from: &reader)
    try registers.restore(from: &reader)
    for queue in queues { try queue.restore(from: &reader) }
    try device.restore(from: &reader)
  }
}

extension VirtioPCITransport.Registers {
  fileprivate func save(to writer: inout StateWriter) {
    writer.write(deviceFeatureSelect)
    writer.write(driverFeatureSelect)
    writer.write(driverFeatures.rawValue)
    writer.write(configurationVector)
    writer.write(status.rawValue)
    writer.write(configurationGeneration)
    writer.write(queueSelect)
    writer.write(interruptStatus.rawValue)
  }

  fileprivate mutating func restore(from reader: inout StateReader) throws(StateError) {
    deviceFeatureSelect = try reader.read()
    driverFeatureSelect = try reader.read()
    driverFeatures = VirtioFeatures(rawValue: try reader.read())
    configurationVector = try reader.read()
    status = VirtioStatus(rawValue: try reader.read())
    configurationGeneration = try reader.read()
    queueSelect = try reader.read()
    interruptStatus = VirtioInterruptStatus(rawValue: try reader.read())
  }
}
