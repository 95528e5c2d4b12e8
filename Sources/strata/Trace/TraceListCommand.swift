import ArgumentParser
import Machine
import Tracing

/// `strata trace list`: the events that can be traced.
struct TraceListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the events that can be traced, with their fields.",
    discussion: """
      Examples:
        strata trace list
        strata trace list 'mhi_host:*command*' --verbose
        strata trace list --format json
      """)

  /// How events are listed.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @Argument(
    help: ArgumentHelp(
      "Only events like these; * and ? stand for parts of names.", valueName: "system:event"))
  var patterns: [String] = []

  @Option(help: "Lines of text, or one line of JSON.")
  var format = Format.text

  @Flag(help: "Describe each event as Linux's file 'format' does.")
  var verbose = false

  func validate() throws {
    guard !verbose || format == .text else {
      throw ValidationError("--verbose and --format json exclude each other: JSON has all there is to tell")
    }
  }

  func run() throws {
    let known = Self.knownEvents
    for pattern in patterns where !known.contains(where: { $0.isCalled(pattern) }) {
      Diagnostic.write("no event is called \(pattern): 'strata trace list' lists all")
      throw SystemExit.usage
    }
    let events = known.filter { event in patterns.isEmpty || patterns.contains { event.isCalled($0) } }
    try StandardOutput.reporting {
      switch format {
      case .text where verbose: try $0.write(events.map(EventFormat.text).joined(separator: "\n"))
      case .text: try $0.write(events.map { Self.line($0) + "\n" }.joined())
      case .json: try $0.write(JSONValue.array(events.map(Self.json)).description + "\n")
      }
    }
  }

  /// All events, by system.
  static let knownEvents: [EventDescription] =
    Machine.traceEvents.enumerated().map {
      EventDescription($0.element, number: EventDescription.firstNumber + $0.offset)
    }

  private static func line(_ event: EventDescription) -> String {
    let fields = event.fields.map { "\($0.typeName) \($0.name)" }.joined(separator: ", ")
    return "\(event.system):\(event.name) (\(fields))"
  }

  private static func json(_ event: EventDescription) -> JSONValue {
    let fields = event.fields.map { field in
      JSONValue.object([
        ("name", .text(field.name)), ("type", .text(field.typeName)),
        ("offset", .integer(UInt64(field.offset))), ("size", .integer(UInt64(field.size))),
        ("signed", .truth(field.isSigned)),
      ])
    }
    return .object([
      ("system", .text(event.system)), ("name", .text(event.name)), ("fields", .array(fields)),
      ("format", event.format.map { .text($0) } ?? .null),
    ])
  }
}
