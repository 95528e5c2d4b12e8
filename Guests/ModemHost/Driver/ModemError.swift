import Interfaces

/// Why the driver could not do what it was asked for.
enum ModemError: Error {
  /// Nothing runs on the modem that the driver can begin with.
  case unsuitableEnvironment
  /// The modem does not end its reset.
  case resetDoesNotEnd
  /// The modem does not become ready.
  case notReady
  /// A register holds what cannot be.
  case badRegister
  /// The driver's power state does not allow it.
  case wrongPowerState
  /// The modem did not reach a state in time.
  case stateNotReached(MHIState)
  /// The modem did not answer a command in time.
  case commandUnanswered
  /// The modem refused a command.
  case commandRefused(code: UInt8)
  /// A transfer of firmware, or of a dump, failed; with the register that says why.
  case transferFailed(status: UInt32)
  /// There is no memory.
  case noMemory

  /// For a person.
  var text: String {
    switch self {
    case .unsuitableEnvironment: "nothing runs on the modem that the driver can begin with"
    case .resetDoesNotEnd: "the modem's reset does not end"
    case .notReady: "the modem does not become ready"
    case .badRegister: "a register holds what cannot be"
    case .wrongPowerState: "the driver's power state does not allow it"
    case .stateNotReached(let state): "state \(state.name) was not reached"
    case .commandUnanswered: "a command was not answered"
    case .commandRefused(let code): "a command was refused with code \(code)"
    case .transferFailed(let status): "a transfer ended with status \(status)"
    case .noMemory: "there is no memory"
    }
  }
}
