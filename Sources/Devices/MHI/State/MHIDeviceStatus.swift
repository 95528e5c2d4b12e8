import Bus
import Interfaces

/// What the device is in, and what it will do by itself.
struct MHIDeviceStatus {
  /// What the device does by itself after a while.
  enum Step: UInt8 {
    case finishReset = 0
    case becomeReady
    /// The image that was loaded runs.
    case startImage
    /// The boot loader has loaded the modem's software.
    case startModem
    /// After a reset of the whole, the host is told that something happened.
    case announceReset
  }

  var state = MHIState.reset
  var isReady = false
  var environment = MHIExecutionEnvironment.primaryBootLoader
  var nextStep: Step?
  /// The next reset of the whole leads to emergency download.
  var entersEmergencyDownload = false
  /// The host wrote the address of a context array since it was last read.
  var basesChanged = false
  /// The sequence with which the host armed the dump; `nil` if it did not.
  var dumpSequence: UInt32?

  func save(to writer: inout StateWriter) {
    writer.write(state.rawValue)
    writer.write(isReady)
    writer.write(environment.rawValue)
    writer.write(nextStep?.rawValue ?? .max)
    writer.write(entersEmergencyDownload)
    writer.write(basesChanged)
    writer.write(dumpSequence ?? .max)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    guard let state = MHIState(rawValue: try reader.read()) else { throw .invalid }
    self.state = state
    isReady = try reader.readBool()
    guard let environment = MHIExecutionEnvironment(rawValue: try reader.read()) else { throw .invalid }
    self.environment = environment
    nextStep = Step(rawValue: try reader.read())
    entersEmergencyDownload = try reader.readBool()
    basesChanged = try reader.readBool()
    let sequence: UInt32 = try reader.read()
    dumpSequence = sequence == .max ? nil : sequence
  }
}

extension MHIState {
  /// The host may ring doorbells, and the device may use its buffers.
  var allowsDoorbells: Bool { self == .m0 || self == .m1 || self == .m2 }
}

extension MHIExecutionEnvironment {
  /// Waits for an image and knows nothing of rings.
  var isLoader: Bool { self == .primaryBootLoader || self == .emergencyDownload }
}
