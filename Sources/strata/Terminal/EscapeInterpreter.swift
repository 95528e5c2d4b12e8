/// What a person at the terminal asks Strata itself for.
enum EscapeCommand: Equatable {
  case leave
  case monitor
  case statistics
  case sendBreak
  case help
  /// The key after Ctrl-A means nothing.
  case unknown
}

/// Tells the keys that are meant for the guest from those that are meant for Strata, which follow Ctrl-A.
struct EscapeInterpreter {
  /// What became of a key.
  enum Result: Equatable {
    case character(UInt8)
    case command(EscapeCommand)
    /// The first half of a command.
    case pending
  }

  /// The key that begins a command.
  static let escape: UInt8 = 0x01

  /// For the person who asks.
  static let help = """
    Ctrl-A x       leave
    Ctrl-A c       the monitor: registers, memory, statistics
    Ctrl-A s       statistics
    Ctrl-A b       send a break (Linux: the next key is for SysRq)
    Ctrl-A h       this list
    Ctrl-A Ctrl-A  send Ctrl-A to the guest
    """

  private var isEscaped = false

  /// Takes the next key.
  mutating func interpret(_ byte: UInt8) -> Result {
    guard isEscaped else {
      if byte == Self.escape {
        isEscaped = true
        return .pending
      }
      return .character(byte)
    }
    isEscaped = false
    switch byte {
    case Self.escape: return .character(byte)
    case UInt8(ascii: "x"): return .command(.leave)
    case UInt8(ascii: "c"): return .command(.monitor)
    case UInt8(ascii: "s"): return .command(.statistics)
    case UInt8(ascii: "b"): return .command(.sendBreak)
    case UInt8(ascii: "h"), UInt8(ascii: "?"): return .command(.help)
    default: return .command(.unknown)
    }
  }
}
