/// What software asks of a processor's model-specific registers and of CPUID.
public enum RegisterTraceEvents {
  private static let system: StaticString = "msr"

  /// RDMSR; it failed if it raised #GP.
  public static let read = access("read_msr")
  /// WRMSR; it failed if it raised #GP.
  public static let write = access("write_msr")

  private static func access(_ name: StaticString) -> TraceEvent {
    TraceEvent(
      system, name, [TraceField("msr", .uint32), TraceField("val", .uint64), TraceField("failed", .int)],
      format: "%x, value %llx%s",
      [.field(0), .field(1), .symbol(2, [TraceSymbol(0, ""), TraceSymbol(1, " #GP")])])
  }

  /// CPUID.
  public static let identification = TraceEvent(
    "cpuid", "cpuid",
    [
      TraceField("leaf", .uint32), TraceField("subleaf", .uint32), TraceField("eax", .uint32),
      TraceField("ebx", .uint32), TraceField("ecx", .uint32), TraceField("edx", .uint32),
      MachineTraceField.instructionPointer,
    ],
    format: "leaf=0x%x subleaf=0x%x eax=0x%x ebx=0x%x ecx=0x%x edx=0x%x ip=%pS",
    [.field(0), .field(1), .field(2), .field(3), .field(4), .field(5), .field(6)])

  static let all = [read, write, identification]
}
