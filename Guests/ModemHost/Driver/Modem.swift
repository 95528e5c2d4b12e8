import Bedrock
import Interfaces

/// The driver of a modem: what it shares with it, and what it knows of it.
///
/// Interrupt handlers only count; everything else happens in `service()`, on the one processor that uses the driver.
final class Modem {
  /// How the driver uses the modem's interrupts.
  enum InterruptUse {
    /// One vector for everything.
    case shared
    /// One for changes of state, and one for each event ring.
    case separate
  }

  /// The event rings. Data has rings of its own, whose interrupts may wait a millisecond.
  enum EventRingNumber {
    static let control = 0
    static let outboundData = 1
    static let inboundData = 2
    static let count = 3
  }

  private static let eventRingSize = 128
  private static let commandRingSize = 64

  let device: ModemFunction
  let computer: Computer
  let trace: ModemTrace
  let interrupts: ModemInterrupts
  var registers: ModemRegisters { device.registers }

  let channelContexts: SharedMemory
  let eventContexts: SharedMemory
  let commandContexts: SharedMemory
  var eventRings: [EventRing]
  var commands: CommandRing
  /// The channels that were opened at least once.
  var channels: [Channel] = []

  /// The driver's power state.
  private(set) var powerState = MHIPowerState.disabled
  /// How often the modem has crashed.
  private(set) var systemErrors = 0
  /// What runs on the modem, as far as it has told.
  var environment: MHIExecutionEnvironment?
  /// The state that the modem told last.
  var state = MHIState.reset
  /// Changes of state that are still to be handled.
  var transitions: [MHIStateTransition] = []
  /// What the last change of state failed with.
  var failure: ModemError?

  /// Nil if there is no memory.
  init?(_ device: ModemFunction, _ computer: Computer, _ recorder: TraceRecorder, _ use: InterruptUse) {
    let frames = computer.frames
    guard
      let channelContexts = SharedMemory(frames, count: MHIRegister.channelCount * MHIContext.size),
      let eventContexts = SharedMemory(frames, count: EventRingNumber.count * MHIContext.size),
      let commandContexts = SharedMemory(frames, count: MHIContext.size),
      let commands = CommandRing(count: Self.commandRingSize, in: commandContexts, frames)
    else { return nil }
    self.device = device
    self.computer = computer
    trace = ModemTrace(recorder)
    self.channelContexts = channelContexts
    self.eventContexts = eventContexts
    self.commandContexts = commandContexts
    self.commands = commands
    eventRings = (0..<EventRingNumber.count).compactMap {
      EventRing($0, count: Self.eventRingSize, in: eventContexts, frames)
    }
    guard eventRings.count == EventRingNumber.count else { return nil }
    interrupts = ModemInterrupts(device.interrupts, computer, use)
  }

  /// Goes to another power state if that is allowed from here.
  ///
  /// - Returns: whether it is.
  @discardableResult
  func enter(_ new: MHIPowerState) -> Bool {
    guard powerState.canBecome(new) else { return false }
    powerState = new
    trace.changed(to: new)
    if new == .systemErrorDetected { systemErrors += 1 }
    return true
  }

  /// Goes to a power state without a look at the old one, as a driver begins and ends.
  func force(_ new: MHIPowerState) { powerState = new }

  /// Waits until something holds, and handles meanwhile what the modem tells. False after about that long.
  func wait(milliseconds: UInt64 = 500, for condition: () -> Bool) -> Bool {
    computer.delay.wait(microseconds: milliseconds * 1000) {
      service()
      return condition()
    }
  }

  /// Handles whatever arrived since the last time.
  func service() {
    if interrupts.takeState() { handleStateInterrupt() }
    for number in eventRings.indices where interrupts.take(eventRing: number) {
      drain(number)
    }
    while !transitions.isEmpty { handle(transitions.removeFirst()) }
  }
}
