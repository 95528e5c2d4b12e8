import Interfaces

/// What the modem tells.
extension Modem {
  /// The interrupt for changes of state: the modem has crashed, or only wants to be looked at.
  func handleStateInterrupt() {
    guard powerState != .disabled else { return }
    let status = registers.status
    let now = registers.executionEnvironment
    trace.interrupted(local: (environment, state), device: (now, status.state))
    guard status.isSystemError, enter(.systemErrorDetected) else { return }
    environment = now
    // A modem that offers its memory waits until somebody has taken it.
    if now != .ramDump { transitions.append(.systemError) }
  }

  /// Handles the events that wait in a ring, and gives their places back.
  func drain(_ number: Int) {
    guard powerState != .disabled else { return }
    var hasTaken = false
    while let (event, address) = eventRings[number].take() {
      hasTaken = true
      if number == EventRingNumber.control {
        trace.handlingControl(event, at: address)
        handleControl(event)
      } else {
        trace.handlingData(event, at: address)
        handleTransfer(event)
      }
    }
    if hasTaken, powerState.allowsDoorbells { ringDoorbell(ofEventRing: number) }
  }

  func ringDoorbell(ofEventRing number: Int) {
    registers.store(eventRings[number].writePointer, at: registers.doorbell(ofEventRing: number))
  }

  private func handleControl(_ event: MHIRingElement) {
    switch event.eventType {
    case .stateChange: if let state = event.state { handle(state) }
    case .commandCompletion: commands.complete(event)
    case .executionEnvironment: if let told = event.executionEnvironment { handle(told) }
    case .transferCompletion: handleTransfer(event)
    default: break
    }
  }

  private func handleTransfer(_ event: MHIRingElement) {
    guard event.eventType == .transferCompletion else { return }
    channels.first { $0.number == event.channel }?.complete(event, self)
  }

  private func handle(_ told: MHIState) {
    switch told {
    case .m0:
      state = .m0
      guard enter(.m0) else { return }
      wake(true)
      for number in eventRings.indices { ringDoorbell(ofEventRing: number) }
      for channel in channels where channel.isRunning { channel.armDoorbell(self) }
      wake(false)
    case .m3:
      state = .m3
      enter(.m3)
    case .systemError:
      if enter(.systemErrorDetected) { transitions.append(.systemError) }
    default: break
    }
  }

  private func handle(_ told: MHIExecutionEnvironment) {
    switch told {
    case .secondaryBootLoader: transitions.append(.secondaryBootLoader)
    case .missionMode, .wlanFirmware: transitions.append(.missionMode)
    case .flashProgrammer: transitions.append(.flashProgrammer)
    case .ramDump: environment = .ramDump
    default: break
    }
  }
}
