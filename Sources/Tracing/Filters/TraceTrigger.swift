/// What an event brings about besides its record, in the grammar of ftrace's triggers (Linux,
/// Documentation/trace/events.rst, section 6): `ACTION[:COUNT] [if FILTER]`.
struct TraceTrigger: Sendable {
  /// What is done.
  enum Action: String, CaseIterable, Sendable {
    /// Recording begins.
    case start = "traceon"
    /// Recording ends; the record of the event itself is kept.
    case stop = "traceoff"
    /// What is kept now is set aside.
    case snapshot
  }

  let action: Action
  /// How often it is still done; `nil` for always.
  var remaining: Int?
  let filter: TraceFilter?

  /// Reads a trigger.
  init(_ text: String, for event: EventDescription) throws(TraceTriggerError) {
    var command = Substring(text)
    var condition: String?
    if let range = text.firstRange(of: " if ") {
      command = text[..<range.lowerBound]
      condition = String(text[range.upperBound...])
    }
    let parts = command.split(separator: ":", omittingEmptySubsequences: false)
    let name = parts.first.map { String($0.filter { !$0.isWhitespace }) } ?? ""
    guard let action = Action(rawValue: name) else { throw .unknownAction(name) }
    self.action = action
    switch parts.count {
    case 1: remaining = nil
    case 2:
      guard let count = Int(parts[1].filter { !$0.isWhitespace }), count > 0 else {
        throw .invalidCount(String(parts[1]))
      }
      remaining = count
    default: throw .invalidCount(String(command))
    }
    do throws(TraceFilterError) {
      filter = try condition.map { text throws(TraceFilterError) in try TraceFilter(text, for: event) }
    } catch {
      throw .filter(error)
    }
  }
}

/// What is wrong with a trigger.
public enum TraceTriggerError: Error, Equatable, CustomStringConvertible {
  /// There is no such action.
  case unknownAction(String)
  /// The count is not a number above zero.
  case invalidCount(String)
  /// The condition is wrong.
  case filter(TraceFilterError)

  /// What is wrong and what to write, for a person.
  public var description: String {
    switch self {
    case .unknownAction(let name):
      "'\(name)' is no action of a trigger; the actions are traceon, traceoff and snapshot"
    case .invalidCount(let text): "'\(text)' is no count: write ACTION:COUNT with a number above zero"
    case .filter(let error): error.description
    }
  }
}
