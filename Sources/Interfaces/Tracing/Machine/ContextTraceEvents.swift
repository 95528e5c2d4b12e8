/// What a processor runs, and when it waits.
public enum ContextTraceEvents {
  /// CR3 was written, or a task switch loaded it; `ip` is that of the next instruction.
  public static let addressSpace = TraceEvent(
    "context", "cr3_write",
    [TraceField("old", .uint64), TraceField("new", .uint64), MachineTraceField.instructionPointer],
    format: "old=0x%llx new=0x%llx ip=%pS", [.field(0), .field(1), .field(2)])

  /// A processor waits, with ``waitingState``, or no longer, with ``runningState``: Linux's event for the same.
  public static let idle = TraceEvent(
    "power", "cpu_idle", [TraceField("state", .uint32), TraceField("cpu_id", .uint32)],
    format: "state=%lu cpu_id=%lu", [.field(0), .field(1)])

  /// The value of `state` of a processor that waits.
  public static let waitingState: UInt32 = 1
  /// The value of `state` of a processor that waits no longer (Linux, PWR_EVENT_EXIT).
  public static let runningState = UInt32.max

  /// Something switched the machine off or reset it.
  public static let end = TraceEvent(
    "power", "machine_end", [TraceField("kind", .uint32)], format: "%s",
    [
      .symbol(
        0, [TraceSymbol(Int64(offValue), "power-off"), TraceSymbol(Int64(resetValue), "reset")])
    ])

  /// The value of `kind` of a machine that was switched off.
  public static let offValue: UInt32 = 0
  /// The value of `kind` of a machine that was reset.
  public static let resetValue: UInt32 = 1

  static let all = [addressSpace, idle, end]
}
