/// The events of the machine itself: its processors, its chips and the hypervisor under it.
///
/// Where Linux has an event for the same thing, this one has its name, its fields and its text.
public enum MachineTraceEvents {
  /// All of them, by system.
  public static let all =
    ExceptionTraceEvents.all + InterruptTraceEvents.all + RegisterTraceEvents.all + AccessTraceEvents.all
    + ContextTraceEvents.all + HyperVTraceEvents.all + SVMTraceEvents.all
}

/// Fields that several events have.
enum MachineTraceField {
  /// Where an event found the processor.
  static let instructionPointer = TraceField("ip", .uint64)
  /// A vector of the interrupt descriptor table.
  static let vector = TraceField("vector", .uint8)
  /// The ID of a local APIC.
  static let localAPIC = TraceField("apic", .uint32)
  /// The name of a device on the board.
  static let device = TraceField("device", .text)
}
