import Bus
import Chipset
import Hypervisors
import Interfaces
import Processor
import Tracing

/// The board as Microsoft's hypervisor sees it: each trust level has interrupt controllers of its own, of which a
/// processor reaches those of the level that it runs.
///
/// The board's IOAPIC and PCI functions belong to the level in which the first processor starts.
final class HyperVPlatform {
  unowned let machine: Machine
  private var networks: [InterruptNetwork?]
  private var interfaces: [TrustLevelInterface] = []
  private(set) var hypervisor: HyperVHypervisor?

  /// - Parameter machine: the machine with its processors; it must outlive the platform.
  init(_ configuration: HyperVConfiguration, machine: Machine) {
    self.machine = machine
    networks = HyperV.VirtualTrustLevel.allCases.map {
      $0 == configuration.level ? machine.board.interrupts : nil
    }
    connect(machine.board.interrupts, configuration.level)
    hypervisor = HyperVHypervisor(configuration, machine: self)
  }

  private func connect(_ network: InterruptNetwork, _ level: HyperV.VirtualTrustLevel) {
    for (processor, localAPIC) in zip(machine.processors, network.localAPICs) {
      interfaces.append(
        TrustLevelInterface(platform: self, processor: processor, localAPIC: localAPIC, level: level))
    }
  }

  private func localAPIC(_ level: HyperV.VirtualTrustLevel, _ processor: Int) -> LocalAPIC? {
    networks[Int(level.rawValue)]?.localAPICs[processor]
  }

  /// The state of the hypervisor, and of the interrupt controllers that are not the board's.
  func save(to writer: inout StateWriter) {
    for case let network? in networks where network.router !== machine.board.interrupts.router {
      for localAPIC in network.localAPICs { localAPIC.save(to: &writer) }
    }
    hypervisor?.save(to: &writer)
  }
}

extension HyperVPlatform: HyperVMachine {
  var processors: [VirtualProcessor] { machine.processors }
  var memory: GuestMemory { machine.memory }
  var tracer: Tracer { machine.tracer }

  func currentTime(of processor: VirtualProcessor) -> UInt64 { machine.currentTime(of: processor) }
  func makeAlarm(_ action: @escaping () -> Void) -> Alarm { machine.board.clock.makeAlarm(action) }

  func addLocalAPIC(_ level: HyperV.VirtualTrustLevel, of processor: Int) {
    guard networks[Int(level.rawValue)] == nil else { return }
    let network = InterruptNetwork(
      machine.configuration, clock: machine.board.clock, tracer: machine.tracer)
    networks[Int(level.rawValue)] = network
    connect(network, level)
  }

  func initialiseLocalAPIC(_ level: HyperV.VirtualTrustLevel, of processor: Int) {
    localAPIC(level, processor)?.initialise()
  }

  func activateLocalAPIC(_ level: HyperV.VirtualTrustLevel, of processor: Int) {
    guard let localAPIC = localAPIC(level, processor) else { return }
    machine.board.connect(localAPIC, to: processor)
    machine.processors[processor].setInterruptPending(localAPIC.hasDeliverableInterrupt)
  }

  func hasDeliverableInterrupt(_ level: HyperV.VirtualTrustLevel, of processor: Int) -> Bool {
    localAPIC(level, processor)?.hasDeliverableInterrupt ?? false
  }

  func raiseInterrupt(_ vector: UInt8, _ level: HyperV.VirtualTrustLevel, of processor: Int) {
    localAPIC(level, processor)?.raise(vector)
  }

  func setAutomaticEnd(
    _ vector: UInt8, _ isAutomatic: Bool, _ level: HyperV.VirtualTrustLevel, of processor: Int
  ) {
    localAPIC(level, processor)?.setEndsAutomatically(vector, isAutomatic)
  }

  func endInterrupt(_ level: HyperV.VirtualTrustLevel, of processor: Int) {
    localAPIC(level, processor)?.end()
  }

  func interruptCommand(_ level: HyperV.VirtualTrustLevel, of processor: Int) -> UInt64 {
    localAPIC(level, processor)?.command ?? 0
  }

  func setInterruptCommand(
    _ value: UInt64, _ level: HyperV.VirtualTrustLevel, of processor: Int
  ) -> Bool {
    localAPIC(level, processor)?.send(value) ?? false
  }

  func taskPriority(_ level: HyperV.VirtualTrustLevel, of processor: Int) -> UInt8 {
    localAPIC(level, processor)?.wholeTaskPriority ?? 0
  }

  func setTaskPriority(_ value: UInt8, _ level: HyperV.VirtualTrustLevel, of processor: Int) {
    localAPIC(level, processor)?.wholeTaskPriority = value
  }

  func localAPICBase(_ level: HyperV.VirtualTrustLevel, of processor: Int) -> UInt64 {
    localAPIC(level, processor)?.readMSR(LocalAPIC.baseRegister) ?? 0
  }

  func localAPICIdentifier(of processor: Int) -> UInt32 {
    machine.board.interrupts.localAPICs[processor].identifier
  }

  func partitionRequestedReset() { machine.end(.reset) }
}

/// Between the local APIC of a trust level and its processor.
private final class TrustLevelInterface: LocalAPICClient {
  private unowned let platform: HyperVPlatform
  private unowned let processor: VirtualProcessor
  private unowned let localAPIC: LocalAPIC
  private let level: HyperV.VirtualTrustLevel

  init(
    platform: HyperVPlatform, processor: VirtualProcessor, localAPIC: LocalAPIC,
    level: HyperV.VirtualTrustLevel
  ) {
    self.platform = platform
    self.processor = processor
    self.localAPIC = localAPIC
    self.level = level
    localAPIC.client = self
  }

  private var isActive: Bool { platform.machine.board.localAPICs[processor.index] === localAPIC }

  func interruptRequestChanged() {
    if isActive {
      processor.setInterruptPending(localAPIC.hasDeliverableInterrupt)
    } else {
      platform.hypervisor?.interruptRequestChanged(level, of: processor.index)
    }
  }

  func raiseNonMaskableInterrupt() {
    if isActive {
      processor.raiseNonMaskableInterrupt()
    } else {
      platform.hypervisor?.raiseNonMaskableInterrupt(level, of: processor.index)
    }
  }

  func raiseInit() {
    if platform.hypervisor?.acceptsInit(level, of: processor.index) ?? false { processor.raiseInit() }
  }

  func raiseStartup(vector: UInt8) {
    guard platform.hypervisor?.acceptsStartup(level, of: processor.index) ?? false else { return }
    processor.raiseStartup(vector: vector)
  }

  /// There is no system management mode.
  func raiseSystemManagementInterrupt() {}
}
