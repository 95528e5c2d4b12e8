/// What a partition asks of Microsoft's hypervisor, and what it does by itself.
public enum HyperVTraceEvents {
  private static let system: StaticString = "hyperv"

  /// A call, with its result (TLFS 3.8 and 3.9).
  public static let call = TraceEvent(
    system, "hypercall",
    [
      TraceField("code", .uint16), TraceField("vtl", .uint8), TraceField("control", .uint64),
      TraceField("result", .uint64),
    ],
    format: "%s vtl=%u control=0x%llx result=0x%llx",
    [.symbol(0, codes), .field(1), .field(2), .field(3)])

  /// A processor entered a higher trust level (TLFS 15.6).
  public static let levelEntry = levelChange("vtl_entry")
  /// A processor returned to a lower trust level (TLFS 15.7).
  public static let levelReturn = levelChange("vtl_return")

  private static func levelChange(_ name: StaticString) -> TraceEvent {
    TraceEvent(
      system, name, [TraceField("from", .uint8), TraceField("to", .uint8)],
      format: "from=%u to=%u", [.field(0), .field(1)])
  }

  /// An access was not allowed to a trust level (TLFS 15.10).
  public static let intercept = TraceEvent(
    system, "intercept",
    [
      TraceField("address", .uint64), MachineTraceField.instructionPointer, TraceField("access", .uint8),
      TraceField("vtl", .uint8),
    ],
    format: "%s address=0x%llx ip=%pS vtl=%u",
    [
      .symbol(2, [TraceSymbol(0, "read"), TraceSymbol(1, "write"), TraceSymbol(2, "execute")]), .field(0),
      .field(1), .field(3),
    ])

  private static let codes = HyperV.HypercallCode.allCases.map {
    TraceSymbol(Int64($0.rawValue), $0.name)
  }

  static let all = [call, levelEntry, levelReturn, intercept]
}
