/// The events of an MHI host driver, as Linux 6.12 declares them in the system `mhi_host`.
public enum MHITraceEvents {
  private typealias Symbols = MHITraceSymbols
  private static let system: StaticString = "mhi_host"
  private static let device = TraceField("name", .text)

  /// A transfer ring element was filled.
  public static let transferElement = TraceEvent(
    system, "mhi_gen_tre",
    [
      device, TraceField("ch_num", .int), TraceField("wp", .pointer), TraceField("tre_ptr", .uint64),
      TraceField("dword0", .uint32), TraceField("dword1", .uint32),
    ],
    format: "%s: Chan: %d TRE: 0x%p TRE buf: 0x%llx DWORD0: 0x%08x DWORD1: 0x%08x",
    [.field(0), .field(1), .field(2), .field(3), .field(4), .field(5)])

  /// The interrupt for changes of state was handled.
  public static let stateInterrupt = TraceEvent(
    system, "mhi_intvec_states",
    [
      device, TraceField("local_ee", .int), TraceField("state", .int), TraceField("dev_ee", .int),
      TraceField("dev_state", .int),
    ],
    format: "%s: Local EE: %s State: %s Device EE: %s Dev State: %s",
    [
      .field(0), .symbol(1, Symbols.executionEnvironments), .symbol(2, Symbols.states),
      .symbol(3, Symbols.executionEnvironments),
      .symbol(4, Symbols.states),
    ])

  /// The driver's power state changed.
  public static let powerState = TraceEvent(
    system, "mhi_tryset_pm_state", [device, TraceField("pm_state", .int)],
    format: "%s: PM state: %s", [.field(0), .symbol(1, Symbols.powerStates)])

  /// An element of an event ring for data was handled.
  public static let dataEvent = eventRing("mhi_data_event")
  /// An element of the event ring for control was handled.
  public static let controlEvent = eventRing("mhi_ctrl_event")

  private static func eventRing(_ name: StaticString) -> TraceEvent {
    TraceEvent(
      system, name,
      [
        device, TraceField("dword0", .uint32), TraceField("dword1", .uint32), TraceField("state", .int),
        TraceField("ptr", .uint64), TraceField("rp", .pointer),
      ],
      format: "%s: TRE: 0x%p TRE buf: 0x%llx DWORD0: 0x%08x DWORD1: 0x%08x State: %s",
      [.field(0), .field(5), .field(4), .field(1), .field(2), .symbol(3, Symbols.states)])
  }

  /// A channel's state is about to change.
  public static let channelCommandStart = channelCommand("mhi_channel_command_start")
  /// A channel's state has changed.
  public static let channelCommandEnd = channelCommand("mhi_channel_command_end")

  private static func channelCommand(_ name: StaticString) -> TraceEvent {
    TraceEvent(
      system, name,
      [
        device, TraceField("ch_num", .int), TraceField("state", .int), TraceField("reason", .constantText),
      ],
      format: "%s: chan%d: %s state to: %s",
      [.field(0), .field(1), .field(3), .symbol(2, Symbols.channelTransitions)])
  }

  /// What the field `reason` of ``channelCommandStart`` and ``channelCommandEnd`` stands for. Linux has addresses of texts
  /// there, which readers look up in the file; a guest of ours has these numbers.
  public enum Reason: UInt64, CaseIterable, Sendable {
    case updating = 0x1000
    case updated = 0x1010

    /// The text.
    public var text: StaticString {
      switch self {
      case .updating: "Updating"
      case .updated: "Updated"
      }
    }
  }

  /// A change of the device's state is handled.
  public static let stateTransition = TraceEvent(
    system, "mhi_pm_st_transition", [device, TraceField("state", .int)],
    format: "%s: Handling state transition: %s", [.field(0), .symbol(1, Symbols.stateTransitions)])

  /// All of them.
  public static let all = [
    transferElement, stateInterrupt, powerState, dataEvent, controlEvent, channelCommandStart,
    channelCommandEnd, stateTransition,
  ]
}
