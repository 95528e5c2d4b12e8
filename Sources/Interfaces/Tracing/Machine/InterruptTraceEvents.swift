/// Interrupts on their way from devices and processors to processors.
public enum InterruptTraceEvents {
  private static let system: StaticString = "irq"
  private static let processorSystem: StaticString = "ipi"

  // MARK: irq

  /// An input of the IOAPIC changed its level.
  public static let line = TraceEvent(
    system, "irq_line", [TraceField("input", .uint8), TraceField("level", .uint8)],
    format: "input=%u level=%u", [.field(0), .field(1)])

  /// A device sent a message-signalled interrupt.
  public static let message = TraceEvent(
    system, "irq_message", [TraceField("address", .uint64), TraceField("data", .uint32)],
    format: "address=0x%llx data=0x%x", [.field(0), .field(1)])

  /// A processor took an interrupt; `ip` is where it goes on afterwards.
  public static let delivery = TraceEvent(
    system, "irq_deliver", [MachineTraceField.vector, MachineTraceField.instructionPointer],
    format: "vector=0x%02x ip=%pS", [.field(0), .field(1)])

  /// A processor took a non-maskable interrupt.
  public static let nonMaskableDelivery = TraceEvent(
    system, "nmi_deliver", [MachineTraceField.instructionPointer], format: "ip=%pS", [.field(0)])

  /// Software told the local APIC that an interrupt was handled.
  public static let end = TraceEvent(
    system, "irq_end", [MachineTraceField.localAPIC, MachineTraceField.vector],
    format: "apic=%u vector=0x%02x", [.field(0), .field(1)])

  // MARK: ipi

  /// Software wrote the interrupt command register.
  public static let command = TraceEvent(
    processorSystem, "ipi_send",
    [
      MachineTraceField.localAPIC, TraceField("destination", .uint32), TraceField("mode", .uint8),
      TraceField("shorthand", .uint8), TraceField("delivery", .uint8), MachineTraceField.vector,
    ],
    format: "apic=%u delivery=%s vector=0x%02x to %s destination 0x%x shorthand=%s",
    [
      .field(0), .symbol(4, deliveryModes), .field(5), .symbol(2, destinationModes), .field(1),
      .symbol(3, shorthands),
    ])

  /// A processor acted on INIT.
  public static let initialisation = TraceEvent(
    processorSystem, "ipi_init", [MachineTraceField.instructionPointer], format: "ip=%pS", [.field(0)])

  /// A processor began to run because of a startup IPI.
  public static let startup = TraceEvent(
    processorSystem, "ipi_startup", [TraceField("address", .uint64)], format: "address=0x%llx", [.field(0)])

  static let all = [
    line, message, delivery, nonMaskableDelivery, end, command, initialisation, startup,
  ]

  // MARK: Names

  /// AMD64 APM volume 2, 16.5, "Message Type".
  private static let deliveryModes = [
    TraceSymbol(0, "fixed"), TraceSymbol(1, "lowest-priority"), TraceSymbol(2, "SMI"),
    TraceSymbol(3, "remote-read"), TraceSymbol(4, "NMI"), TraceSymbol(5, "INIT"), TraceSymbol(6, "startup"),
    TraceSymbol(7, "ExtINT"),
  ]
  private static let destinationModes = [TraceSymbol(0, "physical"), TraceSymbol(1, "logical")]
  private static let shorthands = [
    TraceSymbol(0, "none"), TraceSymbol(1, "self"), TraceSymbol(2, "all"), TraceSymbol(3, "all-but-self"),
  ]
}
