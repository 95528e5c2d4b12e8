import Bedrock
import Interfaces

/// What the tests share: the modem, and the way to bring it up.
final class ModemBench {
  let computer: Computer
  let model: ModemModel
  private let device: ModemFunction
  private let recorder: TraceRecorder
  /// The driver, as the last test left it.
  private(set) var modem: Modem

  /// Nil if there is no memory.
  init?(_ device: ModemFunction, _ computer: Computer) {
    guard let recorder = TraceRecorder(computer.frames),
      let modem = Modem(device, computer, recorder, .shared)
    else { return nil }
    self.device = device
    self.computer = computer
    self.recorder = recorder
    self.modem = modem
    model = ModemModel(device.function)
  }

  /// A driver that uses interrupts in another way, in place of the last one.
  func use(_ interrupts: Modem.InterruptUse) -> Bool {
    guard let new = Modem(device, computer, recorder, interrupts) else { return false }
    modem = new
    return true
  }

  /// Resets all of the modem, and brings it up to mission mode.
  func bringUp(_ expectations: inout Expectations) -> Bool {
    modem.registers[MHIRegister.systemOnChipReset] = 1
    _ = modem.registers[MHIRegister.systemOnChipReset]
    modem.abandon()
    return powerUp(&expectations)
  }

  /// Brings the modem up to mission mode from whatever it is in.
  func powerUp(_ expectations: inout Expectations) -> Bool {
    // A modem that was reset as a whole takes its time, and then tells of an error.
    let hasBegun = computer.delay.wait(microseconds: 1_000_000) {
      let environment = modem.registers.executionEnvironment
      let status = modem.registers.status
      return environment == .primaryBootLoader
        || environment?.canPowerUp == true && (status.isReady || status.isSystemError)
    }
    expectations.expect(hasBegun, "nothing runs on the modem that the driver can begin with")
    guard hasBegun else { return false }
    do throws(ModemError) {
      try modem.powerUp()
      if modem.registers.executionEnvironment == .primaryBootLoader { try ImageTests.loadFirmware(modem) }
    } catch {
      expectations.expect(false, error.text)
      return false
    }
    let isUp = modem.wait(milliseconds: 2000) { isInMissionMode }
    expectations.expect(isUp, "the modem does not come to mission mode: \(modem.failure?.text ?? "no error")")
    return isUp
  }

  /// Whether the modem's own software runs, and answers.
  var isInMissionMode: Bool { modem.powerState == .m0 && modem.environment == .missionMode }

  /// Brings the modem up and does something with a pair of channels, which are closed in the end.
  func withChannels(
    _ name: MHIChannelName, count: Int = 32, bufferSize: Int = 2048, _ expectations: inout Expectations,
    _ body: (ChannelPair, inout Expectations) throws(ModemError) -> Void
  ) {
    guard isInMissionMode || bringUp(&expectations) else { return }
    do throws(ModemError) {
      let pair = try modem.channels(name, count: count, bufferSize: bufferSize)
      try pair.open()
      try body(pair, &expectations)
      if pair.outbound.isRunning { try pair.close() }
    } catch {
      expectations.expect(false, error.text)
    }
  }
}

extension Expectations {
  /// Expects that something does not fail.
  mutating func expectSuccess(_ what: StaticString, _ body: () throws(ModemError) -> Void) {
    do throws(ModemError) {
      try body()
    } catch {
      expect(false, "\(what): \(error.text)")
    }
  }
}
