/// Exceptions that processors deliver.
public enum ExceptionTraceEvents {
  private static let system: StaticString = "exceptions"

  /// A page fault with CPL 3.
  public static let userPageFault = pageFault("page_fault_user")
  /// A page fault with a CPL below 3.
  public static let kernelPageFault = pageFault("page_fault_kernel")

  private static func pageFault(_ name: StaticString) -> TraceEvent {
    TraceEvent(
      system, name,
      [
        TraceField("address", .uint64), MachineTraceField.instructionPointer,
        TraceField("error_code", .uint64),
      ],
      format: "address=0x%llx ip=%pS error_code=0x%llx", [.field(0), .field(1), .field(2)])
  }

  /// Another exception.
  public static let exception = TraceEvent(
    system, "exception",
    [
      MachineTraceField.vector, TraceField("cpl", .uint8), TraceField("error_code", .uint32),
      MachineTraceField.instructionPointer,
    ],
    format: "%s ip=%pS cpl=%u error_code=0x%x", [.symbol(0, names), .field(3), .field(1), .field(2)])

  /// INT n, INT3, INTO or INT1; `ip` is that of the next instruction.
  public static let softwareInterrupt = TraceEvent(
    system, "software_interrupt",
    [MachineTraceField.vector, TraceField("cpl", .uint8), MachineTraceField.instructionPointer],
    format: "vector=0x%02x ip=%pS cpl=%u", [.field(0), .field(2), .field(1)])

  /// An exception while a double fault was being delivered.
  public static let shutdown = TraceEvent(
    system, "triple_fault", [MachineTraceField.instructionPointer, TraceField("cr3", .uint64)],
    format: "ip=%pS cr3=0x%llx", [.field(0), .field(1)])

  static let all = [userPageFault, kernelPageFault, exception, softwareInterrupt, shutdown]

  /// AMD64 APM volume 2, table 8-1.
  static let names: [TraceSymbol] = [
    TraceSymbol(0, "#DE"), TraceSymbol(1, "#DB"), TraceSymbol(2, "NMI"), TraceSymbol(3, "#BP"),
    TraceSymbol(4, "#OF"), TraceSymbol(5, "#BR"), TraceSymbol(6, "#UD"), TraceSymbol(7, "#NM"),
    TraceSymbol(8, "#DF"), TraceSymbol(10, "#TS"), TraceSymbol(11, "#NP"), TraceSymbol(12, "#SS"),
    TraceSymbol(13, "#GP"), TraceSymbol(14, "#PF"), TraceSymbol(16, "#MF"), TraceSymbol(17, "#AC"),
    TraceSymbol(18, "#MC"), TraceSymbol(19, "#XF"), TraceSymbol(21, "#CP"), TraceSymbol(28, "#HV"),
    TraceSymbol(29, "#VC"), TraceSymbol(30, "#SX"),
  ]
}
