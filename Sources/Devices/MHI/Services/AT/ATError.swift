/// Why a command was not done.
enum ATError: Error, Equatable {
  /// There is no such command, or it was not given in a form that it has.
  case syntax
  /// The equipment or the network refuses (3GPP TS 27.007, 9.2).
  case equipment(EquipmentError)
  /// There is nobody to talk to.
  case noCarrier
}

/// Errors of the equipment with their numbers (TS 27.007, 9.2.1 and 9.2.2).
enum EquipmentError: Int {
  case operationNotAllowed = 3
  case operationNotSupported = 4
  case cardPINRequired = 11
  case cardUnblockingKeyRequired = 12
  case cardFailure = 13
  case incorrectPassword = 16
  case noNetworkService = 30
  case incorrectParameters = 50

  /// The words of the specification.
  var text: String {
    switch self {
    case .operationNotAllowed: "operation not allowed"
    case .operationNotSupported: "operation not supported"
    case .cardPINRequired: "SIM PIN required"
    case .cardUnblockingKeyRequired: "SIM PUK required"
    case .cardFailure: "SIM failure"
    case .incorrectPassword: "incorrect password"
    case .noNetworkService: "no network service"
    case .incorrectParameters: "Incorrect parameters"
    }
  }
}

/// How a command line ended (ITU-T V.250, 6.3).
enum ATResult: Equatable {
  case ok
  case noCarrier
  case error
  case equipmentError(EquipmentError)
}
