/// A way to let time pass before there is a calibrated clock.
public enum Delay: Sendable {
  /// By the ACPI power-management timer.
  case powerManagement(PowerManagementTimer)
  /// By the hypervisor's counter, in units of 100 ns.
  case referenceCounter(ModelSpecificRegister)
  /// By the 8254, where there is no such timer.
  case intervalTimer(ProgrammableIntervalTimer)

  /// Spins for at least that long.
  public func spin(microseconds: UInt64) {
    switch self {
    case .powerManagement(let timer): timer.spin(microseconds: microseconds)
    case .intervalTimer(let timer): timer.spin(microseconds: microseconds)
    case .referenceCounter(let counter):
      let start = counter.value
      while counter.value &- start < microseconds * 10 { ProcessorControl.spinHint() }
    }
  }

  /// Spins until the condition holds. Returns false if it still does not after about that long.
  public func wait(microseconds: UInt64, for condition: () -> Bool) -> Bool {
    let step: UInt64 = 50
    for _ in 0...microseconds / step {
      if condition() { return true }
      spin(microseconds: step)
    }
    return condition()
  }
}
