/// What a driver recorded, as tracefs prints it without hashing pointers: Linux's, or that of our guest.
struct HostDriverTrace {
  /// An element of a transfer ring that was filled.
  struct Element: Hashable {
    var channel: UInt64
    /// Its address, as the device knows it.
    var address: UInt64
    var buffer: UInt64
    var length: UInt64
  }

  /// An element of an event ring that was handled.
  struct Event: Hashable {
    var address: UInt64
    var pointer: UInt64
    var dword0: UInt64
    var dword1: UInt64
  }

  /// A command for a channel.
  struct Command: Hashable {
    var channel: UInt64
    var command: String
  }

  /// The names of all events with what tells where the boot is, in order.
  private(set) var steps: [String] = []
  private(set) var elements: [Element] = []
  private(set) var events: [Event] = []
  private(set) var started: [Command] = []
  private(set) var ended: [Command] = []

  /// Where Linux without KASLR has all memory (Documentation/arch/x86/x86_64/mm.rst).
  private static let linuxDirectMap: UInt64 = 0xFFFF_8880_0000_0000

  /// The order in which a modem starts that is in mission mode already, up to the first command.
  static let boot = [
    "Handling state transition: READY", "PM state: POWER ON RESET", "event 20", "PM state: M0", "event 40",
    "Handling state transition: MISSION MODE", "command start", "event 21", "command end",
  ]

  /// Where the driver has all memory: what its pointers and the device's addresses differ by.
  private let directMap: UInt64

  /// Reads lines of the file `trace`; others are left out.
  init(_ lines: [String], directMap: UInt64 = linuxDirectMap) {
    self.directMap = directMap
    for line in lines {
      guard let range = line.firstRange(of: ": mhi_") else { continue }
      let parts = line[line.index(range.lowerBound, offsetBy: 2)...].split(separator: ": ", maxSplits: 2)
      guard parts.count == 3 else { continue }
      read(String(parts[0]), String(parts[2]))
    }
  }

  private mutating func read(_ name: String, _ text: String) {
    switch name {
    case "mhi_gen_tre":
      elements.append(
        Element(
          channel: Self.number("Chan", text), address: Self.number("TRE", text) &- directMap,
          buffer: Self.number("TRE buf", text), length: Self.number("DWORD0", text) & 0xFFFF))
      steps.append("element")
    case "mhi_data_event", "mhi_ctrl_event":
      let event = Event(
        address: Self.number("TRE", text) &- directMap, pointer: Self.number("TRE buf", text),
        dword0: Self.number("DWORD0", text), dword1: Self.number("DWORD1", text))
      events.append(event)
      steps.append("event \(String(event.dword1 >> 16 & 0xFF, radix: 16))")
    case "mhi_channel_command_start", "mhi_channel_command_end":
      // chan100: Updating state to: START
      let channel = text.dropFirst("chan".count).prefix { $0.isNumber }
      let command = Command(
        channel: UInt64(channel) ?? .max, command: String(text.split(separator: " ").last ?? ""))
      if name.hasSuffix("start") { started.append(command) } else { ended.append(command) }
      steps.append("command \(name.hasSuffix("start") ? "start" : "end")")
    case "mhi_intvec_states": break  // Comes when it comes.
    default: steps.append(text)
    }
  }

  /// The number after `label: `, decimal or with 0x.
  private static func number(_ label: String, _ text: String) -> UInt64 {
    guard let range = text.firstRange(of: label + ": ") else { return .max }
    let word = text[range.upperBound...].prefix { $0 != " " }
    return word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) ?? .max : UInt64(word) ?? .max
  }
}
