import Bus

/// The MC146818 real-time clock of the PC, with its 128 bytes of RAM.
///
/// It runs with the machine's time from a date that is given. Battery and RAM outlive a reset.
public final class RealTimeClock: PortDevice {
  private typealias Register = RealTimeClockRegister

  /// Names the device on the board.
  public let name = "rtc"
  /// Whether software keeps non-maskable interrupts from the processor.
  public private(set) var masksNonMaskableInterrupts = false
  /// Whether the clock drives its line. The HPET takes the line over in legacy replacement.
  public var isInterruptConnected = true {
    didSet { if isInterruptConnected != oldValue { driveLine() } }
  }

  private let interrupt: InterruptLine
  private let clock: EventQueue

  private var index: UInt8 = 0
  /// The time registers hold what was set last; while the clock runs, the time is computed.
  private var memory = [UInt8](repeating: 0, count: Register.count)
  private var events: UInt8 = 0
  /// The time in seconds since 1970 at ``reference``.
  private var referenceTime: Int64
  /// The machine's time of the beginning of a second; may lie before power-on.
  private var reference: Int64 = 0
  /// What must be added to the day of the week, because software set another one.
  private var dayOfWeekOffset: Int64 = 0
  /// Until when events were collected, in the machine's time.
  private var collectedUntil: UInt64 = 0
  private lazy var alarm = clock.makeAlarm { [unowned self] in
    collectEvents()
    driveLine()
    setAlarm()
  }

  private static let second: Int64 = 1_000_000_000
  /// How long before a second ends "update in progress" is set: 244 µs of warning and 1984 µs of update.
  private static let updateDuration: Int64 = 2_228_000
  private static let periodicOscillator = Oscillator(frequency: 32_768)

  /// A clock that shows `start`, in seconds since 1970, when the machine's time is zero. Years from 0 to 9999
  /// can be shown.
  public init(start: Int64 = CalendarTime.powerOn, interrupt: InterruptLine, clock: EventQueue) {
    self.referenceTime = start
    self.interrupt = interrupt
    self.clock = clock
    memory[Int(Register.registerA)] = RealTimeClockRegisterA.initialValue
    memory[Int(Register.registerB)] = RealTimeClockRegisterB.initialValue
    _ = alarm
  }

  /// Disables the interrupts; time and RAM stay.
  public func reset() {
    index = 0
    masksNonMaskableInterrupts = false
    collectEvents()
    memory[Int(Register.registerB)] &= ~RealTimeClockRegisterB.clearedByReset
    events = 0
    driveLine()
    setAlarm()
  }

  /// Leaves the sizes of RAM below and above the hole for devices, in bytes, where software looks for them.
  public func setMemorySize(low: UInt64, high: UInt64) {
    let extended = low > 1 << 20 ? (low - 1 << 20) >> 10 : 0
    let above16MiB = low > 16 << 20 ? (low - 16 << 20) >> 16 : 0
    store(UInt64(640), at: Register.baseMemory, bytes: 2)
    store(extended, at: Register.extendedMemory, bytes: 2)
    store(extended, at: Register.extendedMemoryFound, bytes: 2)
    store(above16MiB, at: Register.memoryAbove16MiB, bytes: 2)
    store(high >> 16, at: Register.memoryAbove4GiB, bytes: 3)
  }

  private func store(_ value: UInt64, at register: UInt8, bytes: Int) {
    let value = min(value, 1 << UInt64(bytes * 8) - 1)
    for byte in 0..<bytes {
      memory[Int(register) + byte] = UInt8(truncatingIfNeeded: value >> UInt64(byte * 8))
    }
  }

  // MARK: - Time

  private var registerB: UInt8 { memory[Int(Register.registerB)] }
  private var format: RealTimeClockFormat { RealTimeClockFormat(registerB: registerB) }

  private var isDividerRunning: Bool {
    memory[Int(Register.registerA)] & RealTimeClockRegisterA.divider == RealTimeClockRegisterA.dividerRunning
  }

  /// Whether seconds follow each other.
  private var isRunning: Bool { isDividerRunning && registerB & RealTimeClockRegisterB.set == 0 }

  /// The time that the clock shows at a time of the machine, in seconds since 1970.
  private func shownTime(at now: UInt64) -> Int64 {
    referenceTime + (Int64(now) - reference).flooredQuotient(by: Self.second)
  }

  /// How far the current second has come, in nanoseconds.
  private var positionInSecond: Int64 {
    let elapsed = Int64(clock.now) - reference
    return elapsed - elapsed.flooredQuotient(by: Self.second) * Self.second
  }

  /// Puts the time that is shown into the registers.
  private func storeTime() {
    let shown = shownTime(at: clock.now)
    let time = CalendarTime(secondsSince1970: shown)
    let format = format
    memory[Int(Register.seconds)] = format.encode(time.second)
    memory[Int(Register.minutes)] = format.encode(time.minute)
    memory[Int(Register.hours)] = format.encodeHour(time.hour)
    memory[Int(Register.dayOfMonth)] = format.encode(time.day)
    memory[Int(Register.month)] = format.encode(time.month)
    memory[Int(Register.year)] = format.encode(time.year % 100)
    memory[Int(Register.century)] = format.encode(time.year / 100)
    let days = shown.flooredQuotient(by: CalendarTime.secondsPerDay)
    let dayOfWeek = CalendarTime.dayOfWeek(daysSince1970: days) - 1 + dayOfWeekOffset
    memory[Int(Register.dayOfWeek)] = format.encode(dayOfWeek % 7 + 1)
  }

  /// Lets the clock go on from the time in the registers; the current second began at `reference`.
  private func loadTime(reference: Int64) {
    let format = format
    func number(_ register: UInt8) -> Int64 { format.decode(memory[Int(register)]) }
    let time = CalendarTime(
      year: number(Register.century) * 100 + number(Register.year), month: number(Register.month),
      day: number(Register.dayOfMonth), hour: format.decodeHour(memory[Int(Register.hours)]),
      minute: number(Register.minutes), second: number(Register.seconds))
    referenceTime = time.secondsSince1970
    self.reference = reference
    let days = referenceTime.flooredQuotient(by: CalendarTime.secondsPerDay)
    let difference = number(Register.dayOfWeek) - CalendarTime.dayOfWeek(daysSince1970: days)
    dayOfWeekOffset = difference - difference.flooredQuotient(by: 7) * 7
  }

  // MARK: - Events

  private var alarmSetting: RealTimeClockAlarm {
    let format = format
    return RealTimeClockAlarm(
      hour: format.decodeHourAlarm(memory[Int(Register.hoursAlarm)]),
      minute: format.decodeAlarm(memory[Int(Register.minutesAlarm)]),
      second: format.decodeAlarm(memory[Int(Register.secondsAlarm)]))
  }

  /// The crystal's periods between two periodic events; `nil` if there are none.
  private var periodicInterval: UInt64? {
    let rate = UInt64(memory[Int(Register.registerA)] & RealTimeClockRegisterA.rate)
    guard isDividerRunning, rate != 0 else { return nil }
    // The two slowest encodings repeat two others.
    return 1 << (rate < 3 ? rate + 6 : rate - 1)
  }

  /// When the next event of a kind comes after a time of the machine; `nil` if it does not.
  private func nextEvent(_ event: UInt8, after time: UInt64) -> UInt64? {
    if event == RealTimeClockRegisterB.periodicInterrupt {
      guard let interval = periodicInterval else { return nil }
      let count = Self.periodicOscillator.count(at: time)
      return Self.periodicOscillator.time(of: (count / interval + 1) * interval)
    }
    guard isRunning else { return nil }
    let shown = shownTime(at: time)
    guard
      let next = event == RealTimeClockRegisterB.alarmInterrupt ? alarmSetting.next(after: shown) : shown + 1
    else { return nil }
    let (moment, isTooLate) = (next - referenceTime).multipliedReportingOverflow(by: Self.second)
    return isTooLate ? nil : UInt64(exactly: moment &+ reference)
  }

  private static let eventKinds = [
    RealTimeClockRegisterB.periodicInterrupt, RealTimeClockRegisterB.alarmInterrupt,
    RealTimeClockRegisterB.updateInterrupt,
  ]

  /// Notes which events came since the last time. Called before anything that they depend on changes.
  private func collectEvents() {
    let now = clock.now
    for event in Self.eventKinds where events & event == 0 {
      if let time = nextEvent(event, after: collectedUntil), time <= now { events |= event }
    }
    collectedUntil = now
  }

  private var isRequesting: Bool { events & registerB & RealTimeClockRegisterC.events != 0 }

  private func driveLine() { interrupt.set(asserted: isInterruptConnected && isRequesting) }

  /// Waits for the next event that interrupts, unless the line is asserted anyway.
  private func setAlarm() {
    guard !isRequesting else { return alarm.cancel() }
    var earliest = UInt64.max
    for event in Self.eventKinds where registerB & event != 0 {
      earliest = min(earliest, nextEvent(event, after: clock.now) ?? .max)
    }
    alarm.set(at: earliest)
  }

  // MARK: - Registers

  /// Reads the selected register.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    guard RealTimeClockPort(rawValue: offset) == .data else { return width.floatingBus }
    return UInt32(readSelected())
  }

  private func readSelected() -> UInt8 {
    switch index {
    case Register.seconds, Register.minutes, Register.hours, Register.dayOfWeek, Register.dayOfMonth,
      Register.month, Register.year, Register.century:
      if isRunning { storeTime() }
      return memory[Int(index)]
    case Register.registerA:
      let isUpdating = isRunning && positionInSecond >= Self.second - Self.updateDuration
      return memory[Int(index)] | (isUpdating ? RealTimeClockRegisterA.updateInProgress : 0)
    case Register.registerC: return takeEvents()
    case Register.registerD: return RealTimeClockRegisterD.validRAMAndTime
    default: return memory[Int(index)]
    }
  }

  private func takeEvents() -> UInt8 {
    collectEvents()
    let value = events | (isRequesting ? RealTimeClockRegisterC.interruptRequest : 0)
    events = 0
    driveLine()
    setAlarm()
    return value
  }

  /// Selects a register, or writes the selected one.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    let byte = UInt8(truncatingIfNeeded: value)
    switch RealTimeClockPort(rawValue: offset) {
    case .index?:
      masksNonMaskableInterrupts = byte & RealTimeClockPort.nonMaskableInterruptMask != 0
      index = byte & ~RealTimeClockPort.nonMaskableInterruptMask
    case .data?:
      collectEvents()
      writeSelected(byte)
      driveLine()
      setAlarm()
    case nil: break
    }
  }

  private func writeSelected(_ value: UInt8) {
    switch index {
    case Register.seconds, Register.minutes, Register.hours, Register.dayOfWeek, Register.dayOfMonth,
      Register.month, Register.year, Register.century:
      guard isRunning else { return memory[Int(index)] = value }
      storeTime()
      memory[Int(index)] = value
      loadTime(reference: Int64(clock.now) - positionInSecond)
    case Register.registerA: writeRegisterA(value)
    case Register.registerB: writeRegisterB(value)
    case Register.registerC, Register.registerD: break
    default: memory[Int(index)] = value
    }
  }

  private func writeRegisterA(_ value: UInt8) {
    let wasRunning = isRunning
    let wasDividerRunning = isDividerRunning
    if wasRunning { storeTime() }
    memory[Int(index)] = value & RealTimeClockRegisterA.writable
    guard isDividerRunning, !wasDividerRunning else { return }
    // The first second ends half a second after the divider chain is let go.
    loadTime(reference: Int64(clock.now) - Self.second / 2)
  }

  private func writeRegisterB(_ value: UInt8) {
    let wasRunning = isRunning
    memory[Int(index)] = value
    if value & RealTimeClockRegisterB.set != 0 {
      memory[Int(index)] &= ~RealTimeClockRegisterB.updateInterrupt
    }
    if wasRunning && !isRunning {
      storeTime()
    } else if !wasRunning && isRunning {
      // The divider chain has run on while the time was held.
      loadTime(reference: Int64(clock.now) - positionInSecond)
    }
  }

  // MARK: - State

  /// Numbers with which arithmetic cannot overflow.
  private static let plausibleTimes = -Int64(1) << 50...Int64(1) << 50
  private static let plausibleReferences = -second...Int64(EventQueue.endOfTime)

  /// Writes the registers, the RAM and the time.
  public func save(to writer: inout StateWriter) {
    writer.write(index)
    writer.write(masksNonMaskableInterrupts)
    writer.write(isInterruptConnected)
    writer.write(memory)
    writer.write(events)
    writer.write(referenceTime)
    writer.write(reference)
    writer.write(dayOfWeekOffset)
    writer.write(collectedUntil)
    writer.write(alarm.deadline)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    index = try reader.read()
    masksNonMaskableInterrupts = try reader.readBool()
    isInterruptConnected = try reader.readBool()
    memory = try reader.readBytes()
    events = try reader.read()
    referenceTime = try reader.read()
    reference = try reader.read()
    dayOfWeekOffset = try reader.read()
    collectedUntil = try reader.read()
    guard index < Register.count, memory.count == Register.count,
      events & ~RealTimeClockRegisterC.events == 0,
      Self.plausibleTimes.contains(referenceTime), Self.plausibleReferences.contains(reference),
      0..<7 ~= dayOfWeekOffset, collectedUntil < EventQueue.endOfTime
    else { throw .invalid }
    alarm.set(at: try reader.read())
  }
}
