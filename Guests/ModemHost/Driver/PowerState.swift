import Interfaces

extension MHIPowerState {
  /// Whether the driver may go from this state to another one (Linux, `dev_state_transitions`).
  func canBecome(_ other: MHIPowerState) -> Bool {
    if other == .fatalError { return self != .disabled }
    switch self {
    case .disabled: return other == .powerOnReset
    case .powerOnReset:
      return [.powerOnReset, .disabled, .m0, .systemErrorDetected, .shuttingDown, .firmwareDownloadError]
        .contains(other)
    case .m0:
      return [.m0, .m2, .enteringM3, .systemErrorDetected, .shuttingDown, .firmwareDownloadError].contains(
        other)
    case .m2: return [.m0, .systemErrorDetected, .shuttingDown].contains(other)
    case .enteringM3: return [.m3, .systemErrorDetected, .shuttingDown].contains(other)
    case .m3: return [.leavingM3, .systemErrorDetected].contains(other)
    case .leavingM3: return [.m0, .systemErrorDetected, .shuttingDown].contains(other)
    case .firmwareDownloadError:
      return [.firmwareDownloadError, .systemErrorDetected, .shuttingDown].contains(other)
    case .systemErrorDetected: return [.systemErrorProcessing, .shuttingDown].contains(other)
    case .systemErrorProcessing: return [.powerOnReset, .systemErrorFailure, .shuttingDown].contains(other)
    case .systemErrorFailure: return [.systemErrorDetected, .shuttingDown].contains(other)
    case .shuttingDown: return other == .disabled
    case .fatalError: return other == .disabled
    }
  }

  /// Whether doorbells may be rung.
  var allowsDoorbells: Bool { self == .m0 || self == .m2 }
}
