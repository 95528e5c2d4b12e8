import Bedrock
import Interfaces

/// The steps by which the driver brings the modem up, and up again.
extension Modem {
  /// How long the modem may take for a reset, in milliseconds.
  private static let resetTime: UInt64 = 2000

  /// Begins: the modem is brought up from whatever runs on it.
  func powerUp() throws(ModemError) {
    force(.powerOnReset)
    registers[registers.bhi + BHIRegister.interruptVector] = 0
    guard let now = registers.executionEnvironment, now.canPowerUp else {
      force(.disabled)
      throw .unsuitableEnvironment
    }
    if registers.status.isSystemError { try reset() }
    failure = nil
    transitions.append(now == .missionMode ? .ready : .primaryBootLoader)
  }

  /// Ends: the modem is reset and left alone.
  func powerDown() throws(ModemError) {
    guard enter(.shuttingDown) else { throw .wrongPowerState }
    trace.handling(.disable)
    try reset()
    for channel in channels where channel.isRunning { channel.setRunning(false) }
    environment = nil
    state = .reset
    enter(.disabled)
  }

  /// Forgets the modem without a word to it: it has forgotten the driver.
  func abandon() {
    force(.disabled)
    for channel in channels where channel.isRunning { channel.setRunning(false) }
    transitions = []
    environment = nil
    state = .reset
  }

  /// Handles one step.
  func handle(_ transition: MHIStateTransition) {
    trace.handling(transition)
    do throws(ModemError) {
      switch transition {
      case .ready: try becomeReady()
      case .missionMode: try enterMissionMode()
      case .systemError: try recover()
      case .primaryBootLoader: environment = registers.executionEnvironment
      case .secondaryBootLoader: environment = .secondaryBootLoader
      case .flashProgrammer: environment = .flashProgrammer
      case .disable, .disableAndDestroyDevice: break
      }
    } catch {
      failure = error
      enter(.fatalError)
    }
  }

  /// Lets the modem forget everything.
  func reset() throws(ModemError) {
    registers.requestReset()
    let hasEnded = computer.delay.wait(microseconds: Self.resetTime * 1000) {
      !registers.control.asksForReset
    }
    guard hasEnded else { throw .resetDoesNotEnd }
    // A reset clears it.
    registers[registers.bhi + BHIRegister.interruptVector] = 0
  }

  private func becomeReady() throws(ModemError) {
    guard
      computer.delay.wait(
        microseconds: Self.resetTime * 1000, for: { !registers.control.asksForReset })
    else { throw .resetDoesNotEnd }
    guard computer.delay.wait(microseconds: Self.resetTime * 1000, for: { registers.status.isReady }) else {
      throw .notReady
    }
    state = .ready
    guard enter(.powerOnReset) else { throw .wrongPowerState }
    try describeRings()
    registers.request(.m0)
  }

  /// Tells the modem where everything is.
  private func describeRings() throws(ModemError) {
    for number in eventRings.indices {
      eventRings[number].describe(
        vector: UInt32(interrupts.vector(ofEventRing: number)),
        moderation: number == EventRingNumber.control ? 0 : 1)
    }
    commands.describe()
    let doorbells = registers[MHIRegister.channelDoorbellOffset]
    guard doorbells < 0x1000 - UInt32(MHIRegister.channelCount) * MHIRegister.doorbellStride else {
      throw .badRegister
    }
    for offset in [MHIRegister.controlBase, MHIRegister.dataBase] { registers.store(0, at: offset) }
    for offset in [MHIRegister.controlLimit, MHIRegister.dataLimit] {
      registers.store(UInt64(UInt32.max), at: offset)
    }
    registers.store(channelContexts.address, at: MHIRegister.channelContextBase)
    registers.store(eventContexts.address, at: MHIRegister.eventContextBase)
    registers.store(commandContexts.address, at: MHIRegister.commandContextBase)
    let old = MHIConfiguration(rawValue: registers[MHIRegister.configuration])
    registers[MHIRegister.configuration] =
      MHIConfiguration(
        channels: old.channels, hardwareChannels: old.hardwareChannels,
        eventRings: UInt8(EventRingNumber.count), hardwareEventRings: UInt8(EventRingNumber.count - 1)
      ).rawValue
    for number in eventRings.indices { ringDoorbell(ofEventRing: number) }
  }

  private func enterMissionMode() throws(ModemError) {
    guard let now = registers.executionEnvironment, now == .missionMode || now == .wlanFirmware else {
      throw .unsuitableEnvironment
    }
    environment = now
    for number in eventRings.indices { ringDoorbell(ofEventRing: number) }
  }

  /// The modem has crashed: it is reset and brought up again. Channels have to be opened anew.
  private func recover() throws(ModemError) {
    guard enter(.systemErrorProcessing) else { throw .wrongPowerState }
    for channel in channels where channel.isRunning { channel.setRunning(false) }
    try reset()
    state = .reset
    let now = registers.executionEnvironment
    environment = now
    guard let now, now.canPowerUp else { throw .unsuitableEnvironment }
    guard now == .missionMode else {
      guard enter(.powerOnReset) else { throw .wrongPowerState }
      transitions.append(.primaryBootLoader)
      return
    }
    transitions.append(.ready)
  }

  /// Asks the modem to stay awake, or lets it sleep.
  func wake(_ isAwake: Bool) {
    registers.store(isAwake ? 1 : 0, at: registers.doorbell(ofChannel: MHIRegister.wakeDoorbell))
  }
}
