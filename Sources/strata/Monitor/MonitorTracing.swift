import Interfaces
import Tracing

extension MonitorCommand {
  /// What is to be done about the recording of events.
  enum Tracing: Equatable {
    /// Tells what is recorded.
    case show
    /// Events like these are recorded from now on.
    case enable(String)
    /// Events like these are recorded no longer.
    case disable(String)
    /// Forgets what was recorded.
    case clear
    /// Writes what was recorded to a file that is not there yet.
    case write(String)

    /// Reads what follows the word `trace`.
    init(_ words: [String]) throws(MonitorSyntaxError) {
      switch (words.first, words.dropFirst().first, words.count) {
      case (nil, _, _): self = .show
      case ("enable", let pattern?, 2): self = .enable(pattern)
      case ("disable", let pattern?, 2): self = .disable(pattern)
      case ("write", let path?, 2): self = .write(path)
      case ("clear", nil, 1): self = .clear
      default:
        throw MonitorSyntaxError(
          description: "'trace' takes nothing, enable EVENTS, disable EVENTS, clear or write FILE")
      }
    }
  }
}

extension MonitorCommand.Tracing {
  /// Does it; gives what is shown.
  ///
  /// - Parameter symbols: names for code addresses in files.
  func perform(on tracer: Tracer, symbols: SymbolTable?) throws(MonitorSyntaxError) -> String {
    switch self {
    case .show: return Self.state(of: tracer)
    case .enable(let pattern): return try Self.set(pattern, true, in: tracer)
    case .disable(let pattern): return try Self.set(pattern, false, in: tracer)
    case .clear:
      tracer.clear()
      return "nothing is kept"
    case .write(let path): return try Self.write(tracer, symbols, to: path)
    }
  }

  private static func state(of tracer: Tracer) -> String {
    let enabled = tracer.events.indices.filter(tracer.isEnabled).map { name(tracer.events[$0]) }
    guard !enabled.isEmpty else { return "no event is recorded; 'trace enable irq:*' records some" }
    let processors = tracer.contents.processors
    let (written, lost) = processors.reduce((0, 0) as (UInt64, UInt64)) {
      ($0.0 + $1.written, $0.1 + $1.lost)
    }
    return (enabled + ["\(written) records were written, \(lost) lost"]).joined(separator: "\n")
  }

  private static func set(
    _ pattern: String, _ isEnabled: Bool, in tracer: Tracer
  ) throws(MonitorSyntaxError) -> String {
    do throws(EventPatternError) {
      let indices = try EventSelection(pattern).indices(in: tracer.events)
      for index in indices { tracer.setEnabled(index, isEnabled) }
      return indices.map { "\(name(tracer.events[$0])) \(isEnabled ? "on" : "off")" }.joined(separator: "\n")
    } catch {
      throw MonitorSyntaxError(description: error.description)
    }
  }

  private static func write(
    _ tracer: Tracer, _ symbols: SymbolTable?, to path: String
  ) throws(MonitorSyntaxError) -> String {
    do {
      var output = try TraceOutput(path: path, format: nil, replacing: .never)
      output.symbols = symbols
      try output.write(tracer)
      return "\(path) holds the trace"
    } catch {
      // Standard error has the reason.
      throw MonitorSyntaxError(description: "nothing was written")
    }
  }

  private static func name(_ event: TraceEvent) -> String { "\(event.system):\(event.name)" }
}
