import Bus

/// The high precision event timer of the PC: a counter of 100 MHz and three timers.
///
/// Interrupts go to IOAPIC inputs, or in legacy replacement in the places of the 8254 and the real-time clock;
/// none is delivered as a message.
public final class HighPrecisionEventTimer: MemoryMappedDevice {
  private typealias Offset = HighPrecisionEventTimerOffset
  private typealias Configuration = HighPrecisionEventTimerConfiguration

  /// The number of timers.
  public static let timerCount = 3

  /// Names the device on the board.
  public let name = "hpet"
  /// The general capabilities register; its lower half is in the HPET's ACPI table.
  public static let capabilities = HighPrecisionEventTimerCapabilities.value(timerCount: timerCount)
  /// Called when timers 0 and 1 take the lines of the 8254 and the real-time clock over, or give them back.
  public var legacyReplacementChanged: ((_ isActive: Bool) -> Void)?

  private let inputs: any InterruptController
  private let routes: UInt32
  /// The lines of timers 0 and 1 in legacy replacement.
  private let legacyLines: [InterruptLine]
  private let clock: EventQueue
  private var configuration: UInt64 = 0
  private var interruptStatus: UInt64 = 0
  private var counter = MainCounter()
  private var timers: [TimerComparator]
  private lazy var alarm = clock.makeAlarm { [unowned self] in
    settle()
    setAlarm()
  }

  /// A stopped timer.
  ///
  /// `inputs` are those of the IOAPIC, of which `routes` has a bit for each that timers may use.
  /// `legacyTimer` and `legacyClock` are the lines of the 8254 (IRQ 0) and the real-time clock (IRQ 8).
  public init(
    inputs: any InterruptController, routes: UInt32, legacyTimer: InterruptLine, legacyClock: InterruptLine,
    clock: EventQueue
  ) {
    self.inputs = inputs
    self.routes = routes
    self.legacyLines = [legacyTimer, legacyClock]
    self.clock = clock
    self.timers = Self.initialTimers(routes: routes)
    _ = alarm
  }

  private static func initialTimers(routes: UInt32) -> [TimerComparator] {
    [TimerComparator](repeating: TimerComparator(routes: routes), count: timerCount)
  }

  /// Stops the counter at zero and disables the timers.
  public func reset() {
    for index in timers.indices { drive(index, asserted: false) }
    setConfiguration(0)
    interruptStatus = 0
    counter = MainCounter()
    timers = Self.initialTimers(routes: routes)
    setAlarm()
  }

  // MARK: - Interrupts

  private var isEnabled: Bool { configuration & Configuration.enable != 0 }
  private var isLegacyReplacement: Bool { configuration & Configuration.legacyReplacement != 0 }

  /// Drives the line that a timer is routed to, if there is one.
  private func drive(_ index: Int, asserted: Bool) {
    if isLegacyReplacement && legacyLines.indices.contains(index) {
      legacyLines[index].set(asserted: asserted)
    } else if let input = timers[index].configuration.input {
      inputs.setLine(input, asserted: asserted)
    }
  }

  /// Lets the matches that are due have their effects.
  private func settle() {
    for index in timers.indices where timers[index].passMatches(now: clock.now) { matched(index) }
  }

  private func matched(_ index: Int) {
    let configuration = timers[index].configuration
    if configuration.isLevelTriggered { interruptStatus |= 1 << UInt64(index) }
    guard isEnabled, configuration.isInterruptEnabled else { return }
    // Nobody sees how long an edge lasts: the line falls when it is about to rise.
    if !configuration.isLevelTriggered { drive(index, asserted: false) }
    drive(index, asserted: true)
  }

  /// Drives a timer's line after its configuration, its status or the general configuration changed.
  private func updateLine(_ index: Int) {
    let configuration = timers[index].configuration
    let isActive = isEnabled && configuration.isInterruptEnabled
    if configuration.isLevelTriggered {
      drive(index, asserted: isActive && interruptStatus >> UInt64(index) & 1 != 0)
    } else if !isActive {
      drive(index, asserted: false)
    }
  }

  /// Waits for the next match that interrupts; others are noticed when software looks.
  private func setAlarm() {
    var earliest = UInt64.max
    if isEnabled {
      for timer in timers where timer.configuration.isInterruptEnabled {
        earliest = min(earliest, timer.matchTime ?? .max)
      }
    }
    alarm.set(at: earliest)
  }

  // MARK: - Registers

  /// Reads a register or a half of one.
  public func readRegister(_ offset: UInt64, width: AccessWidth) -> UInt64 {
    // The counter, which is a clock source, does not depend on the matches.
    if offset & ~7 != Offset.mainCounter {
      settle()
      setAlarm()
    }
    return read(offset & ~7) >> (offset % 8 * 8) & width.mask
  }

  private func read(_ offset: UInt64) -> UInt64 {
    switch offset {
    case Offset.capabilities: return Self.capabilities
    case Offset.configuration: return configuration
    case Offset.interruptStatus: return interruptStatus
    case Offset.mainCounter: return counter.value(at: clock.now)
    default:
      guard let (index, register) = timerRegister(at: offset) else { return 0 }
      switch register {
      case Offset.timerConfiguration: return timers[index].configuration.rawValue
      case Offset.timerComparator: return timers[index].value
      default: return 0
      }
    }
  }

  private func timerRegister(at offset: UInt64) -> (index: Int, register: UInt64)? {
    guard offset >= Offset.firstTimer else { return nil }
    let index = (offset - Offset.firstTimer) / Offset.timerStride
    return index < UInt64(Self.timerCount) ? (Int(index), offset % Offset.timerStride) : nil
  }

  /// Writes a register or an aligned half of one; other accesses have no effect.
  public func writeRegister(_ offset: UInt64, width: AccessWidth, value: UInt64) {
    guard width == .quadword || width == .doubleword, offset % UInt64(width.rawValue) == 0 else { return }
    settle()
    let shift = offset % 8 * 8
    write(offset & ~7, value << shift, written: width.mask << shift)
    setAlarm()
  }

  /// Stores the bits of `value` that `written` has.
  private func write(_ offset: UInt64, _ value: UInt64, written: UInt64) {
    let now = clock.now
    switch offset {
    case Offset.configuration: setConfiguration(configuration & ~written | value & written)
    case Offset.interruptStatus:
      interruptStatus &= ~(value & written)
      for index in timers.indices { updateLine(index) }
    case Offset.mainCounter:
      counter.set(counter.value(at: now) & ~written | value & written, now: now)
      findMatches()
    default:
      guard let (index, register) = timerRegister(at: offset) else { return }
      switch register {
      case Offset.timerConfiguration: configureTimer(index, value, written: written)
      case Offset.timerComparator:
        timers[index].write(value, written: written)
        timers[index].findMatch(counter, now: now)
      default: break
      }
    }
  }

  private func findMatches() {
    for index in timers.indices { timers[index].findMatch(counter, now: clock.now) }
  }

  private func configureTimer(_ index: Int, _ value: UInt64, written: UInt64) {
    let old = timers[index].configuration
    var new = old
    new.write(old.rawValue & ~written | value & written)
    if new.input != old.input || new.isLevelTriggered != old.isLevelTriggered {
      drive(index, asserted: false)
    }
    timers[index].configuration = new
    if !new.isLevelTriggered { interruptStatus &= ~(1 << UInt64(index)) }
    if new.is32Bits != old.is32Bits || new.isPeriodic != old.isPeriodic {
      timers[index].findMatch(counter, now: clock.now)
    }
    updateLine(index)
  }

  private func setConfiguration(_ value: UInt64) {
    let old = configuration
    let new = value & Configuration.writable
    let changesRoutes = (old ^ new) & Configuration.legacyReplacement != 0
    if changesRoutes {
      for index in legacyLines.indices { drive(index, asserted: false) }
    }
    configuration = new
    if changesRoutes { legacyReplacementChanged?(isLegacyReplacement) }
    if isEnabled != counter.isRunning {
      counter.setRunning(isEnabled, now: clock.now)
      findMatches()
    }
    for index in timers.indices { updateLine(index) }
  }

  // MARK: - State

  /// Writes the counter, the timers and the general registers.
  public func save(to writer: inout StateWriter) {
    writer.write(configuration)
    writer.write(interruptStatus)
    counter.save(to: &writer)
    for timer in timers { timer.save(to: &writer) }
    writer.write(alarm.deadline)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    configuration = try reader.read()
    interruptStatus = try reader.read()
    guard configuration & ~Configuration.writable == 0, interruptStatus >> UInt64(Self.timerCount) == 0
    else { throw .invalid }
    try counter.restore(from: &reader)
    for index in timers.indices { try timers[index].restore(from: &reader) }
    alarm.set(at: try reader.read())
  }
}
