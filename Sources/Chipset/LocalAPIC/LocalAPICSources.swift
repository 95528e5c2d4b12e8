import Bus

/// The interrupts that come from the processor itself and from its two pins.
extension LocalAPIC: InterruptController {
  /// Drives LINT0 (0) or LINT1 (1).
  public func setLine(_ number: Int, asserted: Bool) {
    let source: LocalInterruptSource
    switch number {
    case 0: source = .pin0
    case 1: source = .pin1
    default: return
    }
    let bit: UInt8 = 1 << UInt8(number)
    guard asserted != (pins & bit != 0) else { return }
    pins ^= bit
    if mode == .disabled {
      if source == .pin1 && asserted { client?.raiseNonMaskableInterrupt() }
      updateRequest()
    } else {
      pinChanged(source, isRisingEdge: asserted)
    }
  }

  /// A performance counter overflowed.
  public func raisePerformanceCounterInterrupt() { raise(.performanceCounter) }

  /// The processor is too hot.
  public func raiseThermalInterrupt() { raise(.thermal) }

  private func raise(_ source: LocalInterruptSource) {
    let entry = localVectors[source]
    guard !entry.isMasked, let deliveryMode = entry.deliveryMode else { return }
    accept(deliveryMode, vector: entry.vector, triggerMode: .edge)
  }

  private func isAsserted(_ pin: LocalInterruptSource) -> Bool { pins & (pin == .pin0 ? 1 : 2) != 0 }

  /// Whether the 8259 or a message asks for an interrupt whose vector the 8259 will name.
  var isExternalInterruptRequested: Bool {
    if hasExternalMessage { return true }
    guard pins != 0 else { return false }
    if mode == .disabled { return isAsserted(.pin0) }
    return requestsExternal(.pin0) || requestsExternal(.pin1)
  }

  private func requestsExternal(_ pin: LocalInterruptSource) -> Bool {
    let entry = localVectors[pin]
    return isAsserted(pin) && !entry.isMasked && entry.deliveryMode == .external
  }

  private func pinChanged(_ pin: LocalInterruptSource, isRisingEdge: Bool) {
    let entry = localVectors[pin]
    guard !entry.isMasked, let deliveryMode = entry.deliveryMode else { return }
    switch deliveryMode {
    case .external: updateRequest()
    case .fixed where entry.isLevelTriggered: requestLevel(pin)
    default: if isRisingEdge { accept(deliveryMode, vector: entry.vector, triggerMode: .edge) }
    }
  }

  /// Requests the interrupt of a pin that is level-triggered, unless the last one has not ended.
  private func requestLevel(_ pin: LocalInterruptSource) {
    let entry = localVectors[pin]
    guard isAsserted(pin), !entry.awaitsEnd else { return }
    if entry.vector >= 16 && isSoftwareEnabled { localVectors[pin].awaitsEnd = true }
    accept(.fixed, vector: entry.vector, triggerMode: .level)
  }

  func endPinInterrupts(vector: UInt8) {
    for pin in [LocalInterruptSource.pin0, .pin1]
    where localVectors[pin].awaitsEnd && localVectors[pin].vector == vector {
      localVectors[pin].awaitsEnd = false
      pinChanged(pin, isRisingEdge: false)
    }
  }

  /// Stores an entry of the local vector table and does what follows from it.
  func writeLocalVector(_ source: LocalInterruptSource, _ value: UInt32) {
    if source == .timer { return writeTimerVector(value) }
    localVectors[source].write(value, layout: source.layout, isEnabled: isSoftwareEnabled)
    if source == .pin0 || source == .pin1 {
      pinChanged(source, isRisingEdge: false)
      updateRequest()
    }
  }

  // MARK: - Timer

  private var timerMode: LocalAPICTimer.Mode? { localVectors[.timer].timerMode }

  private func writeTimerVector(_ value: UInt32) {
    settleTimer()
    let oldMode = timerMode
    localVectors[.timer].write(value, layout: .timer, isEnabled: isSoftwareEnabled)
    if oldMode != timerMode { timerModeChanged(from: oldMode) }
    setTimerAlarm()
  }

  /// Between one-shot and periodic the counter runs on; every other change stops the timer.
  private func timerModeChanged(from old: LocalAPICTimer.Mode?) {
    switch (old, timerMode) {
    case (.oneShot?, .periodic?), (.periodic?, .oneShot?):
      timer.change(from: old ?? .oneShot, now: clock.now)
    default:
      timer.stop()
      rawDeadline = 0
    }
  }

  func writeTimerInitialCount(_ value: UInt32) {
    guard timerMode == .oneShot || timerMode == .periodic else { return }
    settleTimer()
    timer.start(count: value, now: clock.now)
    setTimerAlarm()
  }

  func writeTimerDivideConfiguration(_ value: UInt32) {
    settleTimer()
    timer.divide(by: value, mode: timerMode ?? .oneShot, now: clock.now)
    setTimerAlarm()
  }

  var timerCurrentCount: UInt32 { timer.currentCount(mode: timerMode ?? .oneShot, now: clock.now) }

  /// The deadline MSR in ticks of the time-stamp counter; 0 if no deadline is armed.
  ///
  /// Writes have no effect outside of deadline mode.
  public var timeStampCounterDeadline: UInt64 {
    get {
      settleTimer()
      return rawDeadline
    }
    set {
      guard timerMode == .timeStampCounterDeadline else { return }
      rawDeadline = newValue
      timerAlarm.cancel()
      if newValue != 0 && newValue <= clock.now &+ timeStampCounterOffset {
        timerExpired()
      } else {
        setTimerAlarm()
      }
    }
  }

  /// Lets an alarm that is due ring before software sees the timer.
  private func settleTimer() {
    guard timerAlarm.deadline <= clock.now else { return }
    timerAlarm.cancel()
    timerExpired()
  }

  func timerExpired() {
    let entry = localVectors[.timer]
    if entry.timerMode == .timeStampCounterDeadline { rawDeadline = 0 }
    setTimerAlarm()
    if !entry.isMasked { accept(.fixed, vector: entry.vector, triggerMode: .edge) }
  }

  /// Sets the alarm to the next moment at which somebody could see the timer expire.
  func setTimerAlarm() {
    let now = clock.now
    let entry = localVectors[.timer]
    switch entry.timerMode {
    case .timeStampCounterDeadline? where rawDeadline != 0:
      let ticks = clock.now &+ timeStampCounterOffset
      let distance = rawDeadline > ticks ? rawDeadline - ticks : 0
      let (deadline, isNever) = now.addingReportingOverflow(distance)
      timerAlarm.set(at: isNever ? .max : deadline)
    case .oneShot? where !entry.isMasked, .periodic? where !entry.isMasked:
      timerAlarm.set(at: timer.nextZero(mode: entry.timerMode ?? .oneShot, after: now) ?? .max)
    default:
      timerAlarm.cancel()
    }
  }
}
