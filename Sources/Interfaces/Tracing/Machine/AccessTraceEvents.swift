/// Accesses to the registers of devices. `ip` is that of the instruction after the one that made the access.
public enum AccessTraceEvents {
  private static let portSystem: StaticString = "port"
  private static let memorySystem: StaticString = "mmio"

  /// IN.
  public static let portRead = port("port_in")
  /// OUT.
  public static let portWrite = port("port_out")

  private static func port(_ name: StaticString) -> TraceEvent {
    TraceEvent(
      portSystem, name,
      [
        MachineTraceField.device, TraceField("port", .uint16), TraceField("width", .uint8),
        TraceField("value", .uint32), MachineTraceField.instructionPointer,
      ],
      format: "%s: port=0x%x width=%u value=0x%x ip=%pS",
      [.field(0), .field(1), .field(2), .field(3), .field(4)])
  }

  /// A load from an address at which there is no RAM.
  public static let memoryRead = memory("mmio_read")
  /// A store to an address at which there is no RAM.
  public static let memoryWrite = memory("mmio_write")

  private static func memory(_ name: StaticString) -> TraceEvent {
    TraceEvent(
      memorySystem, name,
      [
        MachineTraceField.device, TraceField("address", .uint64), TraceField("width", .uint8),
        TraceField("value", .uint64), MachineTraceField.instructionPointer,
      ],
      format: "%s: address=0x%llx width=%u value=0x%llx ip=%pS",
      [.field(0), .field(1), .field(2), .field(3), .field(4)])
  }

  static let all = [portRead, portWrite, memoryRead, memoryWrite]
}
