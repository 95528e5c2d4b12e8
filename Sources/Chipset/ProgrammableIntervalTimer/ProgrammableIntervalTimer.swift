import Bus

/// The 8254 interval timer of the PC: counter 0 interrupts, counter 1 refreshes the memory, and counter 2 makes
/// sound through system control port B.
public final class ProgrammableIntervalTimer: PortDevice {
  private typealias Register = ProgrammableIntervalTimerRegister

  /// The frequency of the PC's crystal divided by twelve, in hertz.
  private static let oscillator = Oscillator(frequency: 1_193_182)
  /// The counter that firmware lets run for the refresh, in ticks.
  private static let refreshPeriod: Int64 = 18

  /// Names the device on the board.
  public let name = "pit"
  /// Whether counter 0 drives its line. The HPET takes the line over in legacy replacement.
  public var isInterruptConnected = true {
    didSet { if isInterruptConnected != oldValue { counter0Changed() } }
  }

  private let interrupt: InterruptLine
  private let clock: EventQueue
  private var counters = initialCounters
  private var systemControl: UInt8 = 0
  private lazy var alarm = clock.makeAlarm { [unowned self] in riseCounter0() }

  private static let initialCounters = [
    IntervalCounter(gate: true), IntervalCounter(gate: true), IntervalCounter(gate: false),
  ]

  /// A timer whose counter 0 drives `interrupt`.
  public init(interrupt: InterruptLine, clock: EventQueue) {
    self.interrupt = interrupt
    self.clock = clock
    _ = alarm
  }

  /// The ports where the PC has it.
  public var portRanges: [PortRange] {
    let control = PortWindow(onto: self, start: Register.systemControl.rawValue)
    return [
      PortRange(first: ProgrammableIntervalTimerPorts.timer, count: 4, device: self),
      PortRange(first: ProgrammableIntervalTimerPorts.systemControl, count: 1, device: control),
    ]
  }

  /// Stops the counters.
  public func reset() {
    counters = Self.initialCounters
    systemControl = 0
    counter0Changed()
  }

  /// Leaves counter 0 as the firmware of a PC does: a square wave of 18.2 Hz, which is a count of 65536.
  public func startTicking() {
    let word = IntervalTimerControl.bothBytes << 4 | IntervalTimerControl.squareWave << 1
    writePort(ProgrammableIntervalTimerRegister.controlWord.rawValue, width: .byte, value: UInt32(word))
    for _ in 0..<2 {
      writePort(ProgrammableIntervalTimerRegister.counter0.rawValue, width: .byte, value: 0)
    }
  }

  private var tick: Int64 { Int64(Self.oscillator.count(at: clock.now)) }

  // MARK: - Interrupt

  /// Drives the line to the output's level and waits for the next rise.
  private func counter0Changed() {
    interrupt.set(asserted: isInterruptConnected && counters[0].output(tick: tick))
    setAlarm()
  }

  /// Nobody sees how long the output was low: it falls when it is about to rise.
  private func riseCounter0() {
    interrupt.set(asserted: false)
    interrupt.set(asserted: true)
    setAlarm()
  }

  private func setAlarm() {
    guard isInterruptConnected, let rise = counters[0].nextRise(after: tick) else { return alarm.cancel() }
    alarm.set(at: Self.oscillator.time(of: UInt64(clamping: rise)))
  }

  // MARK: - Registers

  /// Reads a counter or the system control port.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    switch Register(rawValue: offset) {
    case .counter0?: UInt32(counters[0].read(tick: tick))
    case .counter1?: UInt32(counters[1].read(tick: tick))
    case .counter2?: UInt32(counters[2].read(tick: tick))
    case .systemControl?: UInt32(readSystemControl())
    case .controlWord?, nil: width.floatingBus
    }
  }

  /// Writes a counter, a control word or the system control port.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    let byte = UInt8(truncatingIfNeeded: value)
    switch Register(rawValue: offset) {
    case .counter0?:
      settleAlarm()
      counters[0].write(byte, tick: tick)
      counter0Changed()
    case .counter1?: counters[1].write(byte, tick: tick)
    case .counter2?: counters[2].write(byte, tick: tick)
    case .controlWord?: writeControlWord(byte)
    case .systemControl?:
      systemControl = byte & SystemControlPort.writable
      counters[2].setGate(byte & SystemControlPort.counter2Gate != 0, tick: tick)
    case nil: break
    }
  }

  /// Lets a rise that is due come before software changes the counter.
  private func settleAlarm() {
    if alarm.deadline <= clock.now { riseCounter0() }
  }

  private func writeControlWord(_ word: UInt8) {
    let index = IntervalTimerControl.counter(word)
    if index == IntervalTimerControl.readBack { return readBack(word) }
    if IntervalTimerControl.access(word) == IntervalTimerControl.latch {
      counters[index].latch(tick: tick)
    } else {
      if index == 0 { settleAlarm() }
      counters[index].setMode(word)
      if index == 0 { counter0Changed() }
    }
  }

  private func readBack(_ word: UInt8) {
    for index in counters.indices where word & IntervalTimerControl.readBackCounter0 << UInt8(index) != 0 {
      if word & IntervalTimerControl.readBackNoCount == 0 { counters[index].latch(tick: tick) }
      if word & IntervalTimerControl.readBackNoStatus == 0 { counters[index].latchStatus(tick: tick) }
    }
  }

  private func readSystemControl() -> UInt8 {
    var value = systemControl
    if tick / Self.refreshPeriod % 2 != 0 { value |= SystemControlPort.refresh }
    if counters[2].output(tick: tick) { value |= SystemControlPort.counter2Output }
    return value
  }

  // MARK: - State

  /// Writes the counters and the system control port.
  public func save(to writer: inout StateWriter) {
    for counter in counters { counter.save(to: &writer) }
    writer.write(systemControl)
    writer.write(isInterruptConnected)
    writer.write(alarm.deadline)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    for index in counters.indices { try counters[index].restore(from: &reader) }
    systemControl = try reader.read()
    isInterruptConnected = try reader.readBool()
    let deadline: UInt64 = try reader.read()
    alarm.set(at: deadline)
  }
}
