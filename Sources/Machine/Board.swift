import Bus
import Chipset
import Devices
import Processor

/// The chips of the machine and the wires between them.
final class Board {
  let memory: GuestMemory
  let clock = EventQueue()
  let router = InterruptRouter()
  let ioAPIC: IOAPIC
  let interruptController = ProgrammableInterruptController()
  let isaInterrupts: ISAInterrupts
  let timer: ProgrammableIntervalTimer
  let realTimeClock: RealTimeClock
  let eventTimer: HighPrecisionEventTimer
  let powerManagement: PowerManagement
  let resetControl = ResetControl()
  let keyboardController: KeyboardController
  let serialPort: SerialPort
  let firmwareConfiguration: FirmwareConfiguration
  let pci: PCIHost
  let localAPICs: [LocalAPIC]
  private(set) var debugExit: DebugExit?
  private var testDevice: TestDevice?
  private(set) var consoles: [VirtioConsole] = []

  private(set) var statistics = DeviceStatistics()
  private var ports = PortSpace()
  private var addresses = MemorySpace()
  private let localAPICStatistics: DeviceStatistics.Index
  private let pciStatistics: DeviceStatistics.Index
  private let resetControlStatistics: DeviceStatistics.Index
  private let unclaimedStatistics: DeviceStatistics.Index
  /// Counters of the functions on the PCI bus, in the order of the bus.
  private var functionStatistics: [ObjectIdentifier: DeviceStatistics.Index] = [:]

  init(_ configuration: MachineConfiguration, memory: GuestMemory) throws {
    self.memory = memory
    ioAPIC = IOAPIC(router: router, identifier: AddressMap.ioAPICIdentifier)
    isaInterrupts = ISAInterrupts(legacy: interruptController, advanced: ioAPIC)
    typealias Interrupt = AddressMap.GlobalSystemInterrupt
    timer = ProgrammableIntervalTimer(interrupt: isaInterrupts.line(0), clock: clock)
    realTimeClock = RealTimeClock(interrupt: isaInterrupts.line(Interrupt.realTimeClock), clock: clock)
    powerManagement = PowerManagement(interrupt: isaInterrupts.line(Interrupt.systemControl), clock: clock)
    keyboardController = KeyboardController(interrupt: isaInterrupts.line(1))
    serialPort = SerialPort(name: "serial0", interrupt: isaInterrupts.line(Interrupt.serial1), clock: clock)
    eventTimer = HighPrecisionEventTimer(
      inputs: ioAPIC, routes: Interrupt.eventTimerRoutes, legacyTimer: isaInterrupts.line(0),
      legacyClock: isaInterrupts.line(Interrupt.realTimeClock), clock: clock)
    firmwareConfiguration = FirmwareConfiguration(
      processorCount: configuration.processorCount, memorySize: configuration.memorySize)
    pci = PCIHost(
      layout: PCIHostLayout(endOfRAM: memory.physicalEnd), memory: memory, messages: router,
      interrupts: ioAPIC)
    let (router, clock) = (router, clock)
    let features = LocalAPICFeatures(configuration.model)
    localAPICs = (0..<configuration.processorCount).map {
      LocalAPIC(
        identifier: UInt32($0), isBootstrapProcessor: $0 == 0, router: router, clock: clock,
        features: features, physicalAddressBits: ProcessorModel.physicalAddressBits)
    }

    localAPICStatistics = statistics.add("lapic")
    addresses.claim(AddressMap.ioAPIC, for: ioAPIC, statistics.add(ioAPIC.name))
    addresses.claim(AddressMap.hpet, for: eventTimer, statistics.add(eventTimer.name))
    pciStatistics = statistics.add(pci.name)
    resetControlStatistics = statistics.add(resetControl.name)
    unclaimedStatistics = statistics.add("unclaimed")
    claimPorts()
    connectLegacyInterrupts()
    connectTimers()
    try attach(configuration)
  }

  /// How often the guest has accessed the serial port.
  var serialPortAccesses: UInt64 {
    guard let owner = ports.owner(of: AddressMap.Port.serial1.lowerBound) else { return 0 }
    return statistics.accesses(owner.statistics)
  }

  private func claimPorts() {
    typealias Port = AddressMap.Port
    ports.claim(interruptController.portRanges, statistics.add(interruptController.name))
    ports.claim(timer.portRanges, statistics.add(timer.name))
    ports.claim(keyboardController.portRanges, statistics.add(keyboardController.name))
    ports.claim(Port.realTimeClock, for: realTimeClock, statistics.add(realTimeClock.name))
    ports.claim(Port.serial1, for: serialPort, statistics.add(serialPort.name))
    ports.claim(Port.powerManagement, for: powerManagement, statistics.add(powerManagement.name))
    ports.claim(firmwareConfiguration.portRanges, statistics.add(firmwareConfiguration.name))
    realTimeClock.setMemorySize(low: memory.lowSize, high: memory.highSize)
  }

  /// The 8259's output goes to the local interrupt 0 of the bootstrap processor.
  private func connectLegacyInterrupts() {
    let (controller, target) = (interruptController, localAPICs[0])
    controller.outputChanged = { [unowned target] in target.setLine(0, asserted: $0) }
    target.acknowledgeExternalInterrupt = { [unowned controller] in controller.acknowledge() }
  }

  /// The HPET's first two timers can take the places of the 8254's and the clock's interrupt.
  private func connectTimers() {
    let (timer, realTimeClock) = (timer, realTimeClock)
    eventTimer.legacyReplacementChanged = { [unowned timer, unowned realTimeClock] isReplaced in
      timer.isInterruptConnected = !isReplaced
      realTimeClock.isInterruptConnected = !isReplaced
    }
  }

  private func attach(_ configuration: MachineConfiguration) throws {
    var disks = 0
    var slot = 1
    for device in configuration.devices {
      let function: (name: String, device: any VirtioDevice)
      switch device {
      case .debugExit:
        let exit = DebugExit()
        ports.claim(DebugExit.port..<DebugExit.port + 4, for: exit, statistics.add(exit.name))
        debugExit = exit
        continue
      case .testDevice:
        let tester = TestDevice(interrupts: (0..<UInt8(IOAPIC.inputCount)).map(isaInterrupts.line))
        let index = statistics.add(tester.name)
        ports.claim(tester.portRanges, index)
        addresses.claim(TestDevice.memory, for: tester, index)
        testDevice = tester
        continue
      case .disk(let backend):
        function = ("virtio-block\(disks)", VirtioBlock(identifier: "strata-disk\(disks)", backend: backend))
        disks += 1
      case .console(let backend):
        let console = VirtioConsole(columns: 80, rows: 25, backend: backend)
        function = ("virtio-console\(consoles.count)", console)
        consoles.append(console)
      case .entropy:
        function = ("virtio-entropy", VirtioEntropy(seed: configuration.seed))
      }
      guard let address = PCIAddress(device: slot) else { throw MachineError.tooManyDevices }
      let transport = VirtioPCITransport(
        name: function.name, slot: pci.slot(at: address), device: function.device)
      try pci.attach(transport)
      functionStatistics[ObjectIdentifier(transport)] = statistics.add(function.name)
      slot += 1
    }
  }

  /// What the ACPI tables tell of the board.
  func acpiConfiguration(processorCount: Int) -> ACPITables.Configuration {
    ACPITables.Configuration(
      processorCount: processorCount, pciHost: pci.layout,
      hpetCapabilities: UInt32(truncatingIfNeeded: HighPrecisionEventTimer.capabilities))
  }

  /// Every device, in a fixed order.
  private var devices: [any Device] {
    var all: [any Device] = localAPICs
    all += [
      ioAPIC, interruptController, timer, realTimeClock, eventTimer, powerManagement, resetControl,
      keyboardController, serialPort, firmwareConfiguration, pci,
    ]
    if let testDevice { all.append(testDevice) }
    return all + (pci.functions as [any Device])
  }

  /// Puts every device to its power-on state and does what firmware would do next.
  func reset() {
    for device in devices { device.reset() }
    localAPICs[0].enterVirtualWireMode()
    interruptController.enterLegacyMode(
      primaryVector: RealModeVectors.primaryFirst, secondaryVector: RealModeVectors.secondaryFirst)
    timer.startTicking()
    pci.assignResources()
  }

  /// The state of every device.
  func save(to writer: inout StateWriter) {
    for device in devices { device.save(to: &writer) }
  }

  // MARK: Accesses

  func readPort(_ port: UInt16, width: AccessWidth) -> UInt32 {
    if port == AddressMap.Port.resetControl, width == .byte {
      statistics.count(resetControlStatistics)
      return resetControl.readPort(0, width: width)
    }
    if let (device, offset, index) = ports.owner(of: port) {
      statistics.count(index)
      return device.readPort(offset, width: width)
    }
    countFunction(pci.portTarget(for: port, width: width)?.function)
    return pci.readPort(port, width: width) ?? UInt32(truncatingIfNeeded: width.mask)
  }

  func writePort(_ port: UInt16, width: AccessWidth, value: UInt32) {
    if port == AddressMap.Port.resetControl, width == .byte {
      statistics.count(resetControlStatistics)
      resetControl.writePort(0, width: width, value: value)
      return
    }
    if let (device, offset, index) = ports.owner(of: port) {
      statistics.count(index)
      device.writePort(offset, width: width, value: value)
      return
    }
    countFunction(pci.portTarget(for: port, width: width)?.function)
    _ = pci.writePort(port, width: width, value: value)
  }

  func readMemory(_ address: UInt64, width: AccessWidth, processor: Int) -> UInt64 {
    let localAPIC = localAPICs[processor]
    if localAPIC.registerPage == address & ~0xFFF {
      statistics.count(localAPICStatistics)
      return localAPIC.readRegister(address & 0xFFF, width: width)
    }
    if let owner = addresses.owner(of: address) {
      statistics.count(owner.statistics)
      return owner.device.readRegister(owner.offset, width: width)
    }
    countFunction(pci.memoryTarget(for: address, width: width)?.function)
    return pci.read(physical: address, width: width) ?? width.mask
  }

  func writeMemory(_ address: UInt64, width: AccessWidth, value: UInt64, processor: Int) {
    let localAPIC = localAPICs[processor]
    if localAPIC.registerPage == address & ~0xFFF {
      statistics.count(localAPICStatistics)
      localAPIC.writeRegister(address & 0xFFF, width: width, value: value)
      return
    }
    if let owner = addresses.owner(of: address) {
      statistics.count(owner.statistics)
      owner.device.writeRegister(owner.offset, width: width, value: value)
      return
    }
    countFunction(pci.memoryTarget(for: address, width: width)?.function)
    _ = pci.write(physical: address, width: width, value: value)
  }

  private func countFunction(_ function: (any PCIFunction)?) {
    guard let function else {
      statistics.count(pciStatistics)
      return
    }
    statistics.count(functionStatistics[ObjectIdentifier(function)] ?? unclaimedStatistics)
  }
}

extension LocalAPICFeatures {
  /// What a model of processor offers.
  fileprivate init(_ model: ProcessorModel) {
    self = []
    if model.has(.x2apic) { insert(.x2APIC) }
    if model.has(.tscDeadlineTimer) { insert(.timeStampCounterDeadline) }
  }
}
