import Interfaces

/// How long the device takes for what it does by itself, in nanoseconds.
private enum MHIDelay {
  static let reset: UInt64 = 100_000
  static let ready: UInt64 = 300_000
  static let image: UInt64 = 2_000_000
  static let modem: UInt64 = 50_000_000
  static let announcement: UInt64 = 100_000_000
}

extension MHIEndpoint {
  // MARK: Changes

  func change(to new: MHIState, _ cause: MHIEndpointTraceEvents.Cause) {
    guard new != status.state else { return }
    trace.state(from: status.state, to: new, cause)
    status.state = new
  }

  func change(to new: MHIExecutionEnvironment, _ cause: MHIEndpointTraceEvents.Cause) {
    guard new != status.environment else { return }
    trace.environment(from: status.environment, to: new, cause)
    status.environment = new
  }

  private func schedule(_ step: MHIDeviceStatus.Step, after delay: UInt64) {
    status.nextStep = step
    stepAlarm?.set(at: clock.now &+ delay)
  }

  private func cancelStep() {
    status.nextStep = nil
    stepAlarm?.cancel()
  }

  /// What was scheduled is due.
  func takeStep() {
    guard let step = status.nextStep else { return }
    status.nextStep = nil
    switch step {
    case .finishReset: finishReset()
    case .becomeReady: becomeReady()
    case .startImage:
      change(to: status.environment == .emergencyDownload ? .flashProgrammer : .secondaryBootLoader, .device)
      becomeReady()
    case .startModem: startModem()
    case .announceReset: announceReset()
    }
  }

  // MARK: Power-on and resets

  /// Everything as after power-on, except for what the bus keeps.
  func powerOn() {
    forgetHost()
    faults.clear()
    registers = MHIRegisterFile()
    memory.control = MHIWindow()
    memory.data = MHIWindow()
    status = MHIDeviceStatus()
    loadedImage = nil
    isRemoved = false
    status.environment = personality.startEnvironment
    if !status.environment.isLoader {
      status.state = .ready
      status.isReady = true
    }
  }

  /// Forgets rings, contexts and what waits for them.
  private func forgetHost() {
    cancelStep()
    for pair in pairs { pair.drop() }
    events.drop()
    commandRing = nil
    doorbellHalves = MHIDoorbellHalves()
    status.isReady = false
    status.basesChanged = false
  }

  /// The host resets the interface.
  private func beginReset() {
    forgetHost()
    registers[MHIRegisterMap.bhi + BHIRegister.interruptVector] = 0
    registers[MHIRegister.control] = MHIControl.reset
    change(to: .reset, .host)
    if !faults.lasting.contains(.stuckReset) { schedule(.finishReset, after: MHIDelay.reset) }
  }

  private func finishReset() {
    registers[MHIRegister.control] = 0
    // A crashed modem that was reset has started anew.
    if status.environment == .ramDump { change(to: personality.startEnvironment, .device) }
    guard !status.environment.isLoader, !faults.lasting.contains(.neverReady) else { return }
    schedule(.becomeReady, after: MHIDelay.ready)
  }

  private func becomeReady() {
    status.isReady = true
    change(to: .ready, .device)
  }

  /// The host resets everything behind the interface.
  func resetSystemOnChip() {
    let entersEmergencyDownload = status.entersEmergencyDownload
    let wasRunning = status.environment
    let state = status.state
    forgetHost()
    registers = MHIRegisterFile()
    memory.control = MHIWindow()
    memory.data = MHIWindow()
    status = MHIDeviceStatus()
    status.environment = wasRunning
    status.state = state
    change(to: .reset, .host)
    change(to: entersEmergencyDownload ? .emergencyDownload : personality.startEnvironment, .host)
    schedule(.announceReset, after: MHIDelay.announcement)
  }

  /// A host that did not expect the reset takes it for a crash, and starts again.
  private func announceReset() { enterSystemError(.device) }

  /// The host rang the doorbell for emergency download.
  func noteEmergencyDownload(cookie: UInt32) {
    guard personality.emergencyDownload == .byDoorbell, cookie == MHIRegister.emergencyDownloadCookie else {
      report(
        MHIHostError(
          violation: .doorbellUnexpected, ring: MHIRegister.emergencyDownloadDoorbell, value: UInt64(cookie)))
      return
    }
    status.entersEmergencyDownload = true
  }

  // MARK: Requests of the host

  /// The host wrote MHICTRL: every write asks anew.
  func writeControl(_ control: MHIControl) {
    guard !control.asksForReset else { return beginReset() }
    guard registers[MHIRegister.control] & MHIControl.reset == 0 else { return }
    registers[MHIRegister.control] = control.rawValue
    switch (MHIState(rawValue: control.requestedState), status.state) {
    case (.reset, _): break
    case (.m0, .ready): enterM0FromReady()
    case (.m0, .m0), (.m0, .m1), (.m0, .m2), (.m0, .m3):
      if status.basesChanged { enterM0FromReady() } else { enterM0() }
    case (.m2, .m1): change(to: .m2, .host)
    case (.m3, .m0), (.m3, .m1), (.m3, .m2): enterM3()
    case (.m3, .m3), (_, .systemError): break
    case (.systemError, _): crash(.host)
    default:
      report(
        MHIHostError(
          violation: .badStateRequest, ring: MHIEventRings.control,
          value: UInt64(status.state.rawValue) << 8 | UInt64(control.requestedState)))
      enterSystemError(.host)
    }
  }

  /// READY to M0: the host's contexts count from now on.
  private func enterM0FromReady() {
    for pair in pairs { pair.drop() }
    attempt { () throws(MHIHostError) in
      status.basesChanged = false
      let configuration = MHIConfiguration(rawValue: registers[MHIRegister.configuration])
      try events.load(
        from: registers.address(MHIRegister.eventContextBase), count: Int(configuration.eventRings))
      commandRing = try MHICommandRing(
        context: registers.address(MHIRegister.commandContextBase), memory)
      if status.environment == .passThrough { change(to: .missionMode, .device) }
      change(to: .m0, .host)
      try events.post(.stateChange(to: .m0), to: MHIEventRings.control, .quiet)
      try events.post(
        .executionEnvironment(status.environment), to: MHIEventRings.control, .immediate)
    }
    if status.state == .m0, status.environment == .secondaryBootLoader {
      schedule(.startModem, after: MHIDelay.modem)
    }
  }

  /// The boot loader is done: the modem's software runs, and the host hears of it.
  func startModem() {
    guard status.environment == .secondaryBootLoader else { return }
    for pair in pairs { pair.drop() }
    change(to: .missionMode, .device)
    guard mayTransfer else { return }
    attempt { () throws(MHIHostError) in
      try events.post(.executionEnvironment(.missionMode), to: MHIEventRings.control, .immediate)
    }
  }

  /// The boot loader got an image in pieces, and starts it.
  func startModemSoon() { schedule(.startModem, after: MHIDelay.image) }

  /// The loader got an image, and starts it.
  func startImageSoon() {
    change(to: .reset, .device)
    status.isReady = false
    schedule(.startImage, after: MHIDelay.image)
  }

  // MARK: Power states

  /// M0 again, with the contexts of before.
  private func enterM0() {
    change(to: .m0, .host)
    attempt { () throws(MHIHostError) in
      try events.post(.stateChange(to: .m0), to: MHIEventRings.control, .immediate)
    }
    for pair in pairs {
      pair.outbound.arm()
      pair.inbound.arm()
    }
    resumeTransfers()
  }

  /// The last that the host hears of the device is that it is in M3.
  private func enterM3() {
    attempt { () throws(MHIHostError) in
      events.sendWaitingInterrupts()
      change(to: .m3, .host)
      try events.post(.stateChange(to: .m3), to: MHIEventRings.control, .immediate)
    }
  }

  /// The device has nothing to do, and offers the host to sleep a little.
  func enterM1() {
    guard status.state == .m0 else { return }
    change(to: .m1, .device)
    attempt { () throws(MHIHostError) in
      try events.post(.stateChange(to: .m1), to: MHIEventRings.control, .immediate)
    }
  }

  /// The host rang to wake the device, which matters only if it sleeps.
  func leaveM2() {
    if status.state == .m2 || status.state == .m1 { enterM0() }
  }

  // MARK: Crashes

  /// The modem's software stops. If the host made room for a dump it gets one.
  func crash(_ cause: MHIEndpointTraceEvents.Cause) {
    if status.dumpSequence != nil { dumpMemory(cause) } else { enterSystemError(cause) }
  }

  /// Nothing goes on until the host resets the device; it is told by the interrupt for that.
  func enterSystemError(_ cause: MHIEndpointTraceEvents.Cause) {
    guard status.state != .systemError else { return }
    cancelStep()
    needsHost()
    change(to: .systemError, cause)
    for pair in pairs { pair.drop() }
    events.drop()
    commandRing = nil
    signalState(.error)
  }

  /// Sends the interrupt for changes of state.
  func signalState(_ cause: MHIEndpointTraceEvents.InterruptCause) {
    let vector = registers[MHIRegisterMap.bhi + BHIRegister.interruptVector]
    interrupts.send(vector: Int(vector & 0x1F), cause, since: clock.now)
  }
}
