import Bus

/// The ACPI fixed hardware: events and their interrupt (SCI), power-off, the timer and the general-purpose events.
public final class PowerManagement: PortDevice {
  /// The sleep type that turns the machine off; what `_S5` in the DSDT must say.
  public static let softOffSleepType: UInt8 = 5
  /// How many general-purpose events there are.
  public static let generalPurposeEventCount = 16

  /// Names the device on the board.
  public let name = "acpi"
  /// Called when the guest turns the machine off.
  public var powerOffRequested: (() -> Void)?

  private let interrupt: InterruptLine
  private let clock: EventQueue
  private var status: PowerManagementEvents = []
  private var enable: PowerManagementEvents = []
  private var control: UInt16 = 0
  private var generalPurposeStatus: UInt16 = 0
  private var generalPurposeEnable: UInt16 = 0
  /// The timer's count up to which changes of its highest bit were noticed.
  private var noticedCount: UInt64 = 0
  private lazy var alarm = clock.makeAlarm { [unowned self] in update() }

  private static let oscillator = Oscillator(frequency: 3_579_545)
  /// How many periods the timer's highest bit keeps its value.
  private static let halfRange: UInt64 = 1 << 31

  /// Fixed hardware whose SCI is the level-triggered `interrupt`.
  public init(interrupt: InterruptLine, clock: EventQueue) {
    self.interrupt = interrupt
    self.clock = clock
    _ = alarm
  }

  /// Forgets the events and disables their interrupts; the timer runs on.
  public func reset() {
    status = []
    enable = []
    control = 0
    generalPurposeStatus = 0
    generalPurposeEnable = 0
    noticedCount = timerCount
    update()
  }

  /// Somebody presses the power button.
  public func pressPowerButton() {
    status.insert(.powerButton)
    update()
  }

  /// A general-purpose event happened; numbers from ``generalPurposeEventCount`` on are none.
  public func raiseGeneralPurposeEvent(_ number: Int) {
    guard 0..<Self.generalPurposeEventCount ~= number else { return }
    generalPurposeStatus |= 1 << UInt16(number)
    update()
  }

  private var timerCount: UInt64 { Self.oscillator.count(at: clock.now) }

  private func noticeTimer() {
    let count = timerCount
    if count / Self.halfRange != noticedCount / Self.halfRange { status.insert(.timer) }
    noticedCount = count
  }

  /// Drives the interrupt, and waits for the timer if its event would interrupt.
  private func update() {
    noticeTimer()
    let isRequested =
      !status.isDisjoint(with: enable) || generalPurposeStatus & generalPurposeEnable != 0
    interrupt.set(asserted: isRequested)
    if enable.contains(.timer) && !status.contains(.timer) {
      alarm.set(at: Self.oscillator.time(of: (noticedCount / Self.halfRange + 1) * Self.halfRange))
    } else {
      alarm.cancel()
    }
  }

  // MARK: - Registers

  /// Reads any bytes of the registers; the gaps between them are zero.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    noticeTimer()
    var value: UInt32 = 0
    for byte in 0..<UInt16(min(width.rawValue, 4)) {
      value |= UInt32(readByte(offset &+ byte)) << UInt32(byte * 8)
    }
    return value
  }

  private func readByte(_ offset: UInt16) -> UInt8 {
    if offset & ~3 == PowerManagementOffset.timer {
      return UInt8(truncatingIfNeeded: timerCount >> UInt64(offset % 4 * 8))
    }
    let register: UInt16
    switch offset & ~1 {
    case PowerManagementOffset.status: register = status.rawValue
    case PowerManagementOffset.enable: register = enable.rawValue
    case PowerManagementOffset.control: register = control | PowerManagementControl.systemControlInterrupt
    case PowerManagementOffset.generalPurposeStatus: register = generalPurposeStatus
    case PowerManagementOffset.generalPurposeEnable: register = generalPurposeEnable
    default: register = 0
    }
    return UInt8(truncatingIfNeeded: register >> (offset % 2 * 8))
  }

  /// Writes any bytes of the registers. Ones clear the bits of the status registers.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    noticeTimer()
    for byte in 0..<UInt16(min(width.rawValue, 4)) {
      writeByte(offset &+ byte, UInt8(truncatingIfNeeded: value >> UInt32(byte * 8)))
    }
    update()
  }

  private func writeByte(_ offset: UInt16, _ value: UInt8) {
    let shift = offset % 2 * 8
    let bits = UInt16(value) << shift
    let others = ~(UInt16(0xFF) << shift)
    switch offset & ~1 {
    case PowerManagementOffset.status: status.subtract(PowerManagementEvents(rawValue: bits))
    case PowerManagementOffset.enable:
      enable = PowerManagementEvents(rawValue: enable.rawValue & others | bits).intersection(.all)
    case PowerManagementOffset.control:
      control = control & others | bits & PowerManagementControl.stored
      if bits & PowerManagementControl.sleepEnable != 0,
        PowerManagementControl.sleepType(control) == Self.softOffSleepType
      {
        powerOffRequested?()
      }
    case PowerManagementOffset.generalPurposeStatus: generalPurposeStatus &= ~bits
    case PowerManagementOffset.generalPurposeEnable:
      generalPurposeEnable = generalPurposeEnable & others | bits
    default: break
    }
  }

  // MARK: - State

  /// Writes the registers and how far the timer was noticed.
  public func save(to writer: inout StateWriter) {
    writer.write(status.rawValue)
    writer.write(enable.rawValue)
    writer.write(control)
    writer.write(generalPurposeStatus)
    writer.write(generalPurposeEnable)
    writer.write(noticedCount)
    writer.write(alarm.deadline)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    status = PowerManagementEvents(rawValue: try reader.read())
    enable = PowerManagementEvents(rawValue: try reader.read())
    control = try reader.read()
    guard status.isSubset(of: .all), enable.isSubset(of: .all), control & ~PowerManagementControl.stored == 0
    else { throw .invalid }
    generalPurposeStatus = try reader.read()
    generalPurposeEnable = try reader.read()
    noticedCount = try reader.read()
    guard noticedCount < EventQueue.endOfTime else { throw .invalid }
    alarm.set(at: try reader.read())
  }
}
