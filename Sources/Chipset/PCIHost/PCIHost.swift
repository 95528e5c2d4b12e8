import Bus

/// Why a function could not be put on the bus.
public enum PCIHostError: Error, Equatable {
  /// Another function is at the place already.
  case occupied(PCIAddress)
}

/// The PCI host: bus 0 with its functions, both ways to their configuration space, and the windows through which
/// the processor reaches their registers.
///
/// The functions are devices of their own: the board resets, saves and restores each of ``functions`` as well as
/// the host.
public final class PCIHost: Device {
  /// The name for the statistics.
  public let name = "pci-host"
  /// Where the host answers.
  public let layout: PCIHostLayout
  /// The functions on the bus, in the order of their addresses; the first is the host bridge.
  public private(set) var functions: [any PCIFunction] = []

  private let memory: GuestMemory
  private let messages: any MessageInterruptSink
  private let wires: PCIInterruptWires
  private var functionsByPlace = [(any PCIFunction)?](repeating: nil, count: PCIAddress.count)
  private var configurationPorts = PCIConfigurationMechanism1()
  private var memoryMap: PCIHostAddressMap?
  private var portMap: PCIHostAddressMap?

  /// A host with nothing on its bus but its own bridge. The pins lead to the inputs of `interrupts` that
  /// ``PCIInterruptRouting`` names.
  public init(
    layout: PCIHostLayout, memory: GuestMemory, messages: any MessageInterruptSink,
    interrupts: any InterruptController
  ) {
    self.layout = layout
    self.memory = memory
    self.messages = messages
    wires = PCIInterruptWires(controller: interrupts)
    add(PCIHostBridge(slot: slot(at: PCIAddress(index: 0))))
  }

  // MARK: The bus

  /// What the bus offers at a place; a function is made with its slot and then attached.
  public func slot(at address: PCIAddress) -> PCISlot {
    PCISlot(
      address: address, memory: memory, messages: messages, interrupts: wires.inputs(for: address))
  }

  /// Puts a function on the bus, at the address of the slot that it was made with.
  public func attach(_ function: any PCIFunction) throws(PCIHostError) {
    let address = function.endpoint.address
    guard functionsByPlace[address.index] == nil else { throw .occupied(address) }
    add(function)
  }

  private func add(_ function: any PCIFunction) {
    functionsByPlace[function.endpoint.address.index] = function
    functions = functionsByPlace.compactMap(\.self)
    function.endpoint.decodingChanged = { [weak self] in self?.forgetDecoding() }
    markMultifunction(device: function.endpoint.address.device)
    forgetDecoding()
  }

  private func markMultifunction(device: Int) {
    let places = functionsByPlace[device << 3..<(device + 1) << 3]
    guard places.dropFirst().contains(where: { $0 != nil }) else { return }
    places.first??.endpoint.markMultifunction()
  }

  /// Does what firmware does at power-on: chooses addresses, lets the functions answer there, and notes where
  /// the interrupt pins lead. To be called when the bus is complete, and again after each reset.
  public func assignResources() {
    PCIResourceAssignment(for: functions).apply(layout)
    for function in functions {
      let endpoint = function.endpoint
      let command = endpoint.command.union([.ioSpace, .memorySpace])
      endpoint.writeConfiguration(PCIRegister.command, width: .word, value: UInt32(command.rawValue))
      let pinNumber: UInt8 = endpoint.configuration.load(PCIRegister.interruptPin)
      guard let pin = PCIInterruptPin(rawValue: pinNumber) else { continue }
      let interrupt = PCIInterruptRouting.globalSystemInterrupt(device: endpoint.address.device, pin: pin)
      endpoint.writeConfiguration(PCIRegister.interruptLine, width: .byte, value: UInt32(interrupt))
    }
  }

  private func forgetDecoding() {
    memoryMap = nil
    portMap = nil
  }

  // MARK: The physical address space

  /// Who answers a memory access behind a base address register; `nil` if nobody does.
  public func memoryTarget(
    for physical: UInt64, width: AccessWidth
  ) -> (function: any PCIFunction, baseAddressRegister: Int, offset: UInt64)? {
    if memoryMap == nil {
      memoryMap = PCIHostAddressMap(
        of: functions, isIO: false, windows: [layout.lowWindow, layout.highWindow])
    }
    return memoryMap?.target(for: physical, width: width).map {
      ($0.function, $0.baseAddressRegister, $0.offset)
    }
  }

  /// Whether the address lies in one of the ranges that belong to the host, answered or not.
  public func ownsMemory(_ physical: UInt64) -> Bool {
    layout.lowWindow.contains(physical) || layout.highWindow.contains(physical)
      || layout.configurationWindow.contains(physical)
  }

  /// Reads from configuration space or a function's registers; `nil` if nobody answers.
  public func read(physical: UInt64, width: AccessWidth) -> UInt64? {
    if layout.configurationWindow.contains(physical) {
      return readConfiguration(window: physical - layout.configurationBase, width: width)
    }
    guard let target = memoryTarget(for: physical, width: width) else { return nil }
    return target.function.readRegion(target.baseAddressRegister, offset: target.offset, width: width)
  }

  /// Writes to configuration space or a function's registers; `false` if nobody answers.
  public func write(physical: UInt64, width: AccessWidth, value: UInt64) -> Bool {
    if layout.configurationWindow.contains(physical) {
      writeConfiguration(window: physical - layout.configurationBase, width: width, value: value)
      return true
    }
    guard let target = memoryTarget(for: physical, width: width) else { return false }
    target.function.writeRegion(
      target.baseAddressRegister, offset: target.offset, width: width, value: value)
    return true
  }

  // MARK: The I/O port space

  /// Who answers an access to ports behind a base address register; `nil` if nobody does.
  public func portTarget(
    for port: UInt16, width: AccessWidth
  ) -> (function: any PCIFunction, baseAddressRegister: Int, offset: UInt64)? {
    if portMap == nil {
      portMap = PCIHostAddressMap(of: functions, isIO: true, windows: [layout.portWindow])
    }
    return portMap?.target(for: UInt64(port), width: width).map {
      ($0.function, $0.baseAddressRegister, $0.offset)
    }
  }

  /// Reads from the configuration ports or a function's ports; `nil` if nobody answers.
  public func readPort(_ port: UInt16, width: AccessWidth) -> UInt32? {
    if let access = configurationPorts.access(port, width: width) {
      switch access {
      case .address: return configurationPorts.address
      case .data(let place, let register):
        return readConfiguration(place, register: register, width: width)
      case .disabled: return UInt32(truncatingIfNeeded: width.mask)
      }
    }
    guard let target = portTarget(for: port, width: width) else { return nil }
    return UInt32(
      truncatingIfNeeded: target.function.readRegion(
        target.baseAddressRegister, offset: target.offset, width: width))
  }

  /// Writes to the configuration ports or a function's ports; `false` if nobody answers.
  public func writePort(_ port: UInt16, width: AccessWidth, value: UInt32) -> Bool {
    if let access = configurationPorts.access(port, width: width) {
      switch access {
      case .address: configurationPorts.address = value
      case .data(let place, let register):
        writeConfiguration(place, register: register, width: width, value: value)
      case .disabled: break
      }
      return true
    }
    guard let target = portTarget(for: port, width: width) else { return false }
    target.function.writeRegion(
      target.baseAddressRegister, offset: target.offset, width: width, value: UInt64(value))
    return true
  }

  // MARK: Configuration space

  /// Reads the configuration space of the function at `place`, a routing identifier; all ones if there is none.
  private func readConfiguration(_ place: Int, register: Int, width: AccessWidth) -> UInt32 {
    guard functionsByPlace.indices ~= place, let function = functionsByPlace[place] else {
      return UInt32(truncatingIfNeeded: width.mask)
    }
    return function.readConfiguration(register, width: width)
  }

  private func writeConfiguration(_ place: Int, register: Int, width: AccessWidth, value: UInt32) {
    guard functionsByPlace.indices ~= place, let function = functionsByPlace[place] else { return }
    function.writeConfiguration(register, width: width, value: value)
  }

  private func readConfiguration(window offset: UInt64, width: AccessWidth) -> UInt64 {
    let (place, register) = Self.enhancedConfigurationPlace(offset)
    guard register + width.rawValue <= ConfigurationSpace.Extent.express.rawValue else { return width.mask }
    guard width == .quadword else {
      return UInt64(readConfiguration(place, register: register, width: width))
    }
    let low = readConfiguration(place, register: register, width: .doubleword)
    let high = readConfiguration(place, register: register + 4, width: .doubleword)
    return UInt64(high) << 32 | UInt64(low)
  }

  private func writeConfiguration(window offset: UInt64, width: AccessWidth, value: UInt64) {
    let (place, register) = Self.enhancedConfigurationPlace(offset)
    guard register + width.rawValue <= ConfigurationSpace.Extent.express.rawValue else { return }
    let low = UInt32(truncatingIfNeeded: value)
    guard width == .quadword else {
      writeConfiguration(place, register: register, width: width, value: low)
      return
    }
    writeConfiguration(place, register: register, width: .doubleword, value: low)
    writeConfiguration(
      place, register: register + 4, width: .doubleword, value: UInt32(truncatingIfNeeded: value >> 32))
  }

  /// Bus, device and function in the address bits 27 to 12 (PCI Express Base Specification 5.0, 7.2.2). Only
  /// the places of bus 0 are below ``PCIAddress/count``.
  private static func enhancedConfigurationPlace(_ offset: UInt64) -> (place: Int, register: Int) {
    (Int(offset >> 12), Int(offset & 0xFFF))
  }

  // MARK: State

  /// Puts the host's own registers to their power-on values.
  public func reset() { configurationPorts = PCIConfigurationMechanism1() }

  /// Writes the host's own state.
  public func save(to writer: inout StateWriter) {
    writer.write(configurationPorts.address)
    wires.save(to: &writer)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    configurationPorts.address = try reader.read()
    try wires.restore(from: &reader)
  }
}
