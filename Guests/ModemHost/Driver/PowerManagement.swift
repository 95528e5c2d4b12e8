import Interfaces

/// Sleep without losing anything.
extension Modem {
  /// Lets the modem sleep (M3): it touches no memory until it is woken.
  func suspend() throws(ModemError) {
    guard enter(.enteringM3) else { throw .wrongPowerState }
    registers.request(.m3)
    guard wait(for: { powerState == .m3 }) else { throw .stateNotReached(.m3) }
  }

  /// Wakes the modem (M0).
  func resume() throws(ModemError) {
    guard registers.status.state == MHIState.m3.rawValue else { throw .stateNotReached(.m3) }
    guard enter(.leavingM3) else { throw .wrongPowerState }
    registers.request(.m0)
    guard wait(for: { powerState == .m0 }) else { throw .stateNotReached(.m0) }
  }
}
