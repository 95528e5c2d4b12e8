/// The events of an MHI device: what happens behind the interface whose other side ``MHITraceEvents`` tells of.
///
/// Elements of rings are named by their addresses as the host knows them, so that both sides can be compared.
public enum MHIEndpointTraceEvents {
  private typealias Symbols = MHITraceSymbols
  private static let system: StaticString = "mhi_ep"
  private static let device = TraceField("name", .text)

  /// A register was read or written.
  public static let registerAccess = TraceEvent(
    system, "mhi_ep_mmio",
    [
      device, TraceField("write", .uint8), TraceField("block", .uint8), TraceField("reg", .uint16),
      TraceField("value", .uint32),
    ],
    format: "%s: %s %s 0x%03x %s: 0x%08x",
    [
      .field(0), .symbol(1, Symbols.accesses), .symbol(2, Symbols.blocks), .field(3),
      .symbol(3, Symbols.registers), .field(4),
    ])

  /// A doorbell rang.
  public static let doorbell = TraceEvent(
    system, "mhi_ep_db",
    [
      device, TraceField("kind", .uint8), TraceField("index", .uint8), TraceField("value", .uint64),
      TraceField("count", .uint32),
    ],
    format: "%s: %s %u: 0x%llx (%u elements)",
    [.field(0), .symbol(1, Symbols.doorbells), .field(2), .field(3), .field(4)])

  /// The state changed.
  public static let state = change("mhi_ep_state", Symbols.states)
  /// Something else runs on the device.
  public static let executionEnvironment = change("mhi_ep_ee", Symbols.executionEnvironments)

  private static func change(_ name: StaticString, _ values: [TraceSymbol]) -> TraceEvent {
    TraceEvent(
      system, name,
      [device, TraceField("from", .uint8), TraceField("to", .uint8), TraceField("cause", .uint8)],
      format: "%s: %s -> %s by %s",
      [.field(0), .symbol(1, values), .symbol(2, values), .symbol(3, Symbols.causes)])
  }

  /// A command was carried out.
  public static let command = TraceEvent(
    system, "mhi_ep_cmd",
    [
      device, TraceField("element", .uint64), TraceField("ch_num", .uint8), TraceField("command", .uint8),
      TraceField("code", .uint8),
    ],
    format: "%s: Command: 0x%llx chan%u %s: %s",
    [.field(0), .field(1), .field(2), .symbol(3, Symbols.commands), .symbol(4, Symbols.completionCodes)])

  /// An event was put into a ring.
  public static let event = TraceEvent(
    system, "mhi_ep_post",
    [
      device, TraceField("ring", .uint8), TraceField("type", .uint8), TraceField("code", .uint8),
      TraceField("ch_num", .uint8), TraceField("element", .uint64), TraceField("ptr", .uint64),
      TraceField("len", .uint16), TraceField("free", .uint32),
    ],
    format: "%s: ring %u: 0x%llx %s code %u chan%u ptr 0x%llx len %u (%u free)",
    [
      .field(0), .field(1), .field(5), .symbol(2, Symbols.eventTypes), .field(3), .field(4), .field(6),
      .field(7), .field(8),
    ])

  /// A buffer was filled or emptied.
  public static let transfer = TraceEvent(
    system, "mhi_ep_xfer",
    [
      device, TraceField("ch_num", .uint8), TraceField("dir", .uint8), TraceField("len", .uint16),
      TraceField("done", .uint16), TraceField("flags", .uint16), TraceField("tre", .uint64),
      TraceField("buf", .uint64), TraceField("ns", .uint64),
    ],
    format: "%s: chan%u %s TRE: 0x%llx TRE buf: 0x%llx len %u done %u flags 0x%03x after %llu ns",
    [
      .field(0), .field(1), .symbol(2, Symbols.directions), .field(6), .field(7), .field(3), .field(4),
      .field(5), .field(8),
    ])

  /// An interrupt was sent, or is held back by its mask.
  public static let interrupt = TraceEvent(
    system, "mhi_ep_msi",
    [
      device, TraceField("vector", .uint8), TraceField("cause", .uint8), TraceField("masked", .uint8),
      TraceField("delay", .uint32),
    ],
    format: "%s: vector %u: %s after %u us%s",
    [
      .field(0), .field(1), .symbol(2, Symbols.interruptCauses), .field(4), .symbol(3, Symbols.masked),
    ])

  /// A step of a transfer of firmware, or of a dump.
  public static let boot = TraceEvent(
    system, "mhi_ep_bhi",
    [
      device, TraceField("phase", .uint8), TraceField("address", .uint64), TraceField("size", .uint64),
      TraceField("session", .uint32), TraceField("status", .uint32),
    ],
    format: "%s: %s 0x%llx size %llu session 0x%08x status 0x%08x",
    [
      .field(0), .symbol(1, Symbols.bootPhases), .field(2), .field(3), .field(4), .field(5),
    ])

  /// The host broke a rule.
  public static let error = TraceEvent(
    system, "mhi_ep_err",
    [device, TraceField("kind", .uint8), TraceField("ring", .uint8), TraceField("value", .uint64)],
    format: "%s: %s, ring %u: 0x%llx", [.field(0), .symbol(1, Symbols.errors), .field(2), .field(3)])

  /// All of them.
  public static let all = [
    registerAccess, doorbell, state, executionEnvironment, command, event, transfer, interrupt, boot, error,
  ]
}
