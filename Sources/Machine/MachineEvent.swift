/// Why a machine stopped.
public enum MachineEvent: Equatable, Sendable {
  /// The guest switched the power off.
  case powerOff
  /// The guest reset the machine.
  case reset
  /// A processor met an exception while it delivered a double fault.
  case tripleFault(processor: Int)
  /// The guest wrote to the port of the debug exit.
  case debugExit(code: UInt32)
  /// The instructions that were granted are used up.
  case instructionLimit
  /// Every processor waits, no timer is set and no input can come.
  case deadlock
  /// ``Machine/stop()`` was called.
  case stopped
}
