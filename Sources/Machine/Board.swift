import Bus
import Chipset
import Devices
import Interfaces
import Processor
import Tracing

/// The chips of the machine and the wires between them.
///
/// Every board has local APICs, an IOAPIC and a serial port; which others are there is a matter of its platform
/// and of the devices that it was given.
final class Board {
  let memory: GuestMemory
  let clock = EventQueue()
  /// What records the devices' events.
  let tracer: Tracer
  let ioAPIC: IOAPIC
  let serialPort: SerialPort
  /// What makes the board a PC.
  let pcChips: PCChips?
  private(set) var pci: PCIBus?
  private(set) var debugExit: DebugExit?
  private var testDevice: TestDevice?
  private var traceReceiver: GuestTraceReceiver?
  private(set) var consoles: [VirtioConsole] = []
  private(set) var modems: [MHIEndpoint] = []

  let interrupts: InterruptNetwork
  /// The local APIC that each processor reaches.
  private(set) var localAPICs: [LocalAPIC]
  /// Where the interrupt lines of ISA lead.
  private let isaInterrupts: any InterruptController
  private(set) var statistics = DeviceStatistics()
  private var ports = PortSpace()
  private var addresses = MemorySpace()
  private let localAPICStatistics: DeviceStatistics.Index
  private let unclaimedStatistics: DeviceStatistics.Index

  init(_ configuration: MachineConfiguration, memory: GuestMemory, tracer: Tracer) throws {
    self.memory = memory
    self.tracer = tracer
    interrupts = InterruptNetwork(configuration, clock: clock, tracer: tracer)
    localAPICs = interrupts.localAPICs
    ioAPIC = IOAPIC(router: interrupts.router, identifier: AddressMap.ioAPICIdentifier)
    switch configuration.platform {
    case .pc:
      let chips = PCChips(
        configuration, memory: memory, ioAPIC: ioAPIC, bootstrapAPIC: interrupts.localAPICs[0], clock: clock)
      pcChips = chips
      isaInterrupts = chips.isaInterrupts
    case .legacyFree:
      pcChips = nil
      isaInterrupts = ioAPIC
    }
    serialPort = SerialPort(
      name: "serial0",
      interrupt: InterruptLine(
        controller: isaInterrupts, number: Int(AddressMap.GlobalSystemInterrupt.serial1)),
      clock: clock)

    localAPICStatistics = statistics.add("lapic")
    unclaimedStatistics = statistics.add("unclaimed")
    addresses.claim(AddressMap.ioAPIC, for: ioAPIC, statistics.add(ioAPIC.name))
    ports.claim(AddressMap.Port.serial1, for: serialPort, statistics.add(serialPort.name))
    if let pcChips {
      pcChips.claim(&ports, &addresses, &statistics)
      pci = makePCIBus()
    }
    for device in configuration.devices { try attach(device, seed: configuration.seed) }
  }

  /// Lets a processor reach another local APIC.
  func connect(_ localAPIC: LocalAPIC, to processor: Int) { localAPICs[processor] = localAPIC }

  /// How often the guest has accessed the serial port.
  var serialPortAccesses: UInt64 {
    guard let owner = ports.owner(of: AddressMap.Port.serial1.lowerBound, width: .byte) else { return 0 }
    return statistics.accesses(owner.statistics)
  }

  // MARK: Devices

  private func attach(_ device: DeviceConfiguration, seed: UInt64) throws {
    switch device {
    case .debugExit:
      let exit = DebugExit()
      ports.claim(DebugExit.port..<DebugExit.port + 4, for: exit, statistics.add(exit.name))
      debugExit = exit
    case .testDevice:
      let tester = TestDevice(
        interrupts: (0..<IOAPIC.inputCount).map { InterruptLine(controller: isaInterrupts, number: $0) })
      let index = statistics.add(tester.name)
      ports.claim(tester.portRanges, index)
      addresses.claim(TestDevice.memory, for: tester, index)
      testDevice = tester
    case .tracePort:
      let receiver = GuestTraceReceiver(memory: memory, clock: clock, tracer: tracer)
      let ports = GuestTracePort.firstPort..<GuestTracePort.firstPort + GuestTracePort.portCount
      self.ports.claim(ports, for: receiver, statistics.add(receiver.name))
      traceReceiver = receiver
    case .disk(let backend):
      try attach("virtio-block") { VirtioBlock(identifier: "strata-disk\($0)", backend: backend) }
    case .console(let backend):
      let console = VirtioConsole(columns: 80, rows: 25, backend: backend)
      try attach("virtio-console") { _ in console }
      consoles.append(console)
    case .entropy:
      try attach("virtio-entropy") { _ in VirtioEntropy(seed: seed) }
    case .modem(let personality, let makeServices):
      try bus().attach("mhi", counting: &statistics) { [clock, tracer] _, name, slot in
        let modem = MHIEndpoint(
          name: name, slot: slot, personality: personality, clock: clock, services: makeServices(),
          tracer: tracer)
        modems.append(modem)
        return modem
      }
    }
  }

  private func attach(_ kind: String, _ make: (_ number: Int) -> any VirtioDevice) throws {
    try bus().attach(kind, counting: &statistics, make)
  }

  /// The PCI bus, which is there from the first function on if it was not before.
  private func bus() -> PCIBus {
    let bus = pci ?? makePCIBus()
    pci = bus
    return bus
  }

  private func makePCIBus() -> PCIBus {
    PCIBus(memory: memory, messages: interrupts.router, interrupts: ioAPIC, counting: &statistics)
  }

  /// Every device, in a fixed order.
  private var devices: [any Device] {
    var all: [any Device] = interrupts.localAPICs + [ioAPIC, serialPort]
    all += pcChips?.devices ?? []
    if let testDevice { all.append(testDevice) }
    if let traceReceiver { all.append(traceReceiver) }
    return all + (pci?.devices ?? [])
  }

  /// Puts every device to its power-on state and does what firmware would do next.
  func reset() {
    for device in devices { device.reset() }
    pcChips?.start()
    pci?.host.assignResources()
  }

  /// The state of every device.
  func save(to writer: inout StateWriter) {
    for device in devices { device.save(to: &writer) }
  }

  // MARK: Accesses

  func readPort(_ port: UInt16, width: AccessWidth) -> UInt32 {
    if let (device, offset, index) = ports.owner(of: port, width: width) {
      statistics.count(index)
      return device.readPort(offset, width: width)
    }
    statistics.count(counter(ofUnclaimedPort: port, width: width))
    return pci?.host.readPort(port, width: width) ?? UInt32(truncatingIfNeeded: width.mask)
  }

  func writePort(_ port: UInt16, width: AccessWidth, value: UInt32) {
    if let (device, offset, index) = ports.owner(of: port, width: width) {
      statistics.count(index)
      device.writePort(offset, width: width, value: value)
      return
    }
    statistics.count(counter(ofUnclaimedPort: port, width: width))
    _ = pci?.host.writePort(port, width: width, value: value)
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
    statistics.count(counter(ofUnclaimedAddress: address, width: width))
    return pci?.host.read(physical: address, width: width) ?? width.mask
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
    statistics.count(counter(ofUnclaimedAddress: address, width: width))
    _ = pci?.host.write(physical: address, width: width, value: value)
  }

  private func counter(ofUnclaimedPort port: UInt16, width: AccessWidth) -> DeviceStatistics.Index {
    pci?.counter(ofPort: port, width: width) ?? unclaimedStatistics
  }

  private func counter(ofUnclaimedAddress address: UInt64, width: AccessWidth) -> DeviceStatistics.Index {
    pci?.counter(ofMemory: address, width: width) ?? unclaimedStatistics
  }

  // MARK: Names

  /// The name under which accesses to a port are counted.
  func nameOfDevice(atPort port: UInt16, width: AccessWidth) -> String {
    let owner = ports.owner(of: port, width: width)?.statistics
    return statistics.name(owner ?? counter(ofUnclaimedPort: port, width: width))
  }

  /// The name under which accesses of a processor to an address are counted.
  func nameOfDevice(atAddress address: UInt64, width: AccessWidth, processor: Int) -> String {
    if localAPICs[processor].registerPage == address & ~0xFFF { return statistics.name(localAPICStatistics) }
    let owner = addresses.owner(of: address)?.statistics
    return statistics.name(owner ?? counter(ofUnclaimedAddress: address, width: width))
  }
}
