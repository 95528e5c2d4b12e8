import Bus
import Chipset

/// The chips of a PC, which a legacy-free machine does without: interrupt controller, timers, clock, power
/// management, reset control, keyboard controller and firmware configuration.
final class PCChips {
  let isaInterrupts: ISAInterrupts
  let powerManagement: PowerManagement
  let resetControl = ResetControl()
  let keyboardController: KeyboardController

  private let interruptController = ProgrammableInterruptController()
  private let timer: ProgrammableIntervalTimer
  private let realTimeClock: RealTimeClock
  private let eventTimer: HighPrecisionEventTimer
  private let firmwareConfiguration: FirmwareConfiguration
  private let bootstrapAPIC: LocalAPIC

  init(
    _ configuration: MachineConfiguration, memory: GuestMemory, ioAPIC: IOAPIC, bootstrapAPIC: LocalAPIC,
    clock: EventQueue
  ) {
    typealias Interrupt = AddressMap.GlobalSystemInterrupt
    self.bootstrapAPIC = bootstrapAPIC
    isaInterrupts = ISAInterrupts(legacy: interruptController, advanced: ioAPIC)
    timer = ProgrammableIntervalTimer(interrupt: isaInterrupts.line(0), clock: clock)
    realTimeClock = RealTimeClock(interrupt: isaInterrupts.line(Interrupt.realTimeClock), clock: clock)
    powerManagement = PowerManagement(interrupt: isaInterrupts.line(Interrupt.systemControl), clock: clock)
    keyboardController = KeyboardController(interrupt: isaInterrupts.line(1))
    eventTimer = HighPrecisionEventTimer(
      inputs: ioAPIC, routes: Interrupt.eventTimerRoutes, legacyTimer: isaInterrupts.line(0),
      legacyClock: isaInterrupts.line(Interrupt.realTimeClock), clock: clock)
    firmwareConfiguration = FirmwareConfiguration(
      processorCount: configuration.processorCount, memorySize: configuration.memorySize)
    realTimeClock.setMemorySize(low: memory.lowSize, high: memory.highSize)
    connectInterruptController()
    connectTimers()
  }

  /// The 8259's output goes to the local interrupt 0 of the bootstrap processor.
  private func connectInterruptController() {
    let (controller, target) = (interruptController, bootstrapAPIC)
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

  /// Lets the chips answer at their ports and addresses.
  func claim(
    _ ports: inout PortSpace, _ addresses: inout MemorySpace, _ statistics: inout DeviceStatistics
  ) {
    typealias Port = AddressMap.Port
    ports.claim(interruptController.portRanges, statistics.add(interruptController.name))
    ports.claim(timer.portRanges, statistics.add(timer.name))
    ports.claim(keyboardController.portRanges, statistics.add(keyboardController.name))
    ports.claim(Port.realTimeClock, for: realTimeClock, statistics.add(realTimeClock.name))
    ports.claim(Port.powerManagement, for: powerManagement, statistics.add(powerManagement.name))
    ports.claim(firmwareConfiguration.portRanges, statistics.add(firmwareConfiguration.name))
    ports.claim(byte: Port.resetControl, for: resetControl, statistics.add(resetControl.name))
    addresses.claim(AddressMap.hpet, for: eventTimer, statistics.add(eventTimer.name))
  }

  /// The chips in a fixed order.
  var devices: [any Device] {
    [
      interruptController, timer, realTimeClock, eventTimer, powerManagement, resetControl,
      keyboardController,
      firmwareConfiguration,
    ]
  }

  /// Does what a PC's firmware does with the chips after a reset.
  func start() {
    bootstrapAPIC.enterVirtualWireMode()
    interruptController.enterLegacyMode(
      primaryVector: RealModeVectors.primaryFirst, secondaryVector: RealModeVectors.secondaryFirst)
    timer.startTicking()
  }
}
