import Devices

/// What a person can ask the monitor for.
enum MonitorCommand: Equatable {
  /// Where an address comes from.
  enum Address: Equatable {
    case number(UInt64)
    /// The contents of a register, by its name.
    case register(String)
  }

  /// What an address means.
  enum AddressSpace: Equatable {
    case linear
    case physical
  }

  /// Registers of a processor; `nil` is the chosen one.
  case registers(processor: Int?)
  case memory(AddressSpace, Address, count: Int)
  /// Instructions; without an address those that come next.
  case instructions(Address?, count: Int)
  case processors
  /// Chooses the processor that the other commands are about.
  case choose(processor: Int)
  case statistics
  /// Lets a modem fail; without a number the first.
  case fault(MHIFault, modem: Int)
  case tracing(Tracing)
  case `continue`
  case leave
  case help

  /// For the person who asks.
  static let helpText = """
    registers [N]       registers of the chosen processor, or of processor N
    x[/COUNT] ADDRESS   memory at a linear address, as the chosen processor sees it
    xp[/COUNT] ADDRESS  memory at a physical address
    code[/COUNT] [ADDRESS]
                        instructions from an address, or those that come next
    processors          what every processor is doing
    processor N         chooses processor N
    statistics          instructions, speed and device accesses
    modem FAULT [N]     lets the first modem fail, or modem N: \(MHIFault.names)
    trace [enable EVENTS | disable EVENTS | clear | write FILE]
                        events that are recorded, as --trace names them; without more, which
    continue            lets the machine run on (also: Ctrl-D)
    quit                leaves
    Counts are in bytes for x and xp, 64 unless told; addresses are hexadecimal or a register's name.
    A command may be shortened as far as it stays clear.
    """
}

/// Why a line is no command.
struct MonitorSyntaxError: Error, Equatable, CustomStringConvertible {
  let description: String
}

extension MonitorCommand {
  /// Most bytes or instructions that one command shows.
  static let countLimit = 4096
  private static let usualByteCount = 64
  private static let usualInstructionCount = 8

  private static let words = [
    "registers", "x", "xp", "code", "processors", "processor", "statistics", "modem", "trace", "continue",
    "quit", "help",
  ]

  /// Reads a line; `nil` if there is nothing in it.
  static func parse(_ line: String) throws(MonitorSyntaxError) -> MonitorCommand? {
    var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard !words.isEmpty else { return nil }
    let head = words.removeFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let name = try fullName(of: String(head[0]))
    let count = head.count == 2 ? String(head[1]) : nil
    guard count == nil || ["x", "xp", "code"].contains(name) else {
      throw MonitorSyntaxError(description: "'\(name)' takes no count")
    }
    switch name {
    case "registers":
      try expect(words, atMost: 1, of: name)
      return .registers(processor: try words.first.map(number(ofProcessor:)))
    case "x", "xp":
      try expect(words, atMost: 1, of: name)
      guard let address = words.first else {
        throw MonitorSyntaxError(description: "'\(name)' needs an address, as in '\(name)/32 rsp'")
      }
      return .memory(
        name == "x" ? .linear : .physical, try self.address(address),
        count: try count.map(self.count) ?? usualByteCount)
    case "code":
      try expect(words, atMost: 1, of: name)
      return .instructions(
        try words.first.map(address), count: try count.map(self.count) ?? usualInstructionCount)
    case "modem":
      try expect(words, atMost: 2, of: name)
      guard let fault = words.first.flatMap(MHIFault.init(rawValue:)) else {
        throw MonitorSyntaxError(description: "'modem' needs a fault: \(MHIFault.names)")
      }
      let number = words.count > 1 ? try number(words[1], of: "modem") : 0
      return .fault(fault, modem: number)
    case "processor":
      try expect(words, atMost: 1, of: name)
      guard let word = words.first else {
        throw MonitorSyntaxError(description: "'processor' needs a number; 'processors' lists them")
      }
      return .choose(processor: try number(ofProcessor: word))
    case "trace": return .tracing(try Tracing(words))
    default:
      try expect(words, atMost: 0, of: name)
      return switch name {
      case "processors": .processors
      case "statistics": .statistics
      case "continue": .continue
      case "quit": .leave
      default: .help
      }
    }
  }

  /// The word that `beginning` is, or is the only one to begin with.
  private static func fullName(of beginning: String) throws(MonitorSyntaxError) -> String {
    if words.contains(beginning) { return beginning }
    let candidates = words.filter { $0.hasPrefix(beginning) && !beginning.isEmpty }
    if candidates.count == 1 { return candidates[0] }
    throw MonitorSyntaxError(
      description: candidates.isEmpty
        ? "there is no command '\(beginning)'; 'help' lists them"
        : "'\(beginning)' may be \(candidates.joined(separator: " or "))")
  }

  private static func expect(
    _ words: [String], atMost limit: Int, of name: String
  ) throws(MonitorSyntaxError) {
    guard words.count <= limit else {
      throw MonitorSyntaxError(description: "'\(name)' does not know what to do with '\(words[limit])'")
    }
  }

  private static func number(ofProcessor text: String) throws(MonitorSyntaxError) -> Int {
    try number(text, of: "processor")
  }

  private static func number(_ text: String, of kind: String) throws(MonitorSyntaxError) -> Int {
    guard let number = Int(text), number >= 0 else {
      throw MonitorSyntaxError(description: "'\(text)' is no \(kind)'s number")
    }
    return number
  }

  private static func count(_ text: String) throws(MonitorSyntaxError) -> Int {
    guard let count = Int(text), (1...countLimit).contains(count) else {
      throw MonitorSyntaxError(description: "a count is a number from 1 to \(countLimit), not '\(text)'")
    }
    return count
  }

  private static func address(_ text: String) throws(MonitorSyntaxError) -> Address {
    let lowercase = text.lowercased()
    let digits = lowercase.hasPrefix("0x") ? String(lowercase.dropFirst(2)) : lowercase
    // `r8` to `r15` and `rip` are no hexadecimal numbers; nothing else that begins with a letter is meant.
    if let number = UInt64(digits, radix: 16), !digits.hasPrefix("+"), !digits.hasPrefix("-") {
      return .number(number)
    }
    guard lowercase.first?.isLetter == true else {
      throw MonitorSyntaxError(description: "'\(text)' is neither a hexadecimal address nor a register")
    }
    return .register(lowercase)
  }
}

extension MHIFault {
  /// Those that there are, for a person.
  fileprivate static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
