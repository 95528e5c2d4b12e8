/// What a device asks to be reset.
public enum ResetKind: UInt8, Sendable {
  /// The processors, as INIT does.
  case processors
  /// The whole machine.
  case machine
}
