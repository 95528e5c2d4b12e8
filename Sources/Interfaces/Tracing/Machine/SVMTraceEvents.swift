/// Guests of hypervisors in the machine: AMD-V and AVIC (APM volume 2, chapter 15).
public enum SVMTraceEvents {
  private static let system: StaticString = "svm"

  /// VMRUN entered a guest; `ip` is where the guest begins.
  public static let entry = TraceEvent(
    system, "vmrun",
    [TraceField("vmcb", .uint64), TraceField("asid", .uint32), MachineTraceField.instructionPointer],
    format: "ip=%pS vmcb=0x%llx asid=%u", [.field(2), .field(0), .field(1)])

  /// The guest was left; `ip` is where it stopped.
  public static let exit = TraceEvent(
    system, "vmexit",
    [
      TraceField("code", .int), MachineTraceField.instructionPointer, TraceField("info1", .uint64),
      TraceField("info2", .uint64), TraceField("intr_info", .uint64),
    ],
    format: "reason=%s ip=%pS info1=0x%llx info2=0x%llx intr_info=0x%llx",
    [.symbol(0, SVM.ExitCode.symbols), .field(1), .field(2), .field(3), .field(4)])

  /// AVIC answered an access to a register of the guest's APIC.
  public static let access = TraceEvent(
    system, "avic_access", [TraceField("offset", .uint16), TraceField("write", .uint8)],
    format: "%s offset=0x%x", [.symbol(1, [TraceSymbol(0, "read"), TraceSymbol(1, "write")]), .field(0)])

  /// AVIC sent an interprocessor interrupt.
  public static let command = TraceEvent(
    system, "avic_ipi", [TraceField("icr", .uint64)], format: "icr=0x%llx", [.field(0)])

  /// The doorbell was rung at a processor, by AVIC or by software.
  public static let doorbell = TraceEvent(
    system, "avic_doorbell", [MachineTraceField.localAPIC], format: "apic=%u", [.field(0)])

  /// AVIC delivered an interrupt to the guest; `ip` is where it goes on afterwards.
  public static let delivery = TraceEvent(
    system, "avic_deliver", [MachineTraceField.vector, MachineTraceField.instructionPointer],
    format: "vector=0x%02x ip=%pS", [.field(0), .field(1)])

  static let all = [entry, exit, access, command, doorbell, delivery]
}
