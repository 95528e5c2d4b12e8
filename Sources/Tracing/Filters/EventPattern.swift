import Interfaces

/// Events chosen by their names, in the notation of ftrace's file `set_event` (Linux, Documentation/trace/events.rst,
/// section 2.1): `SYSTEM:EVENT`, `SYSTEM:` or a name alone, which is that of a system or of an event. Both parts may be
/// patterns with `*`, `?` and `[...]`.
public struct EventPattern: Equatable, Sendable, CustomStringConvertible {
  /// The pattern as it was written.
  public let description: String
  private let system: String
  private let name: String
  private let isSingleName: Bool

  /// Reads a pattern.
  public init(_ text: String) {
    description = text
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    isSingleName = parts.count == 1
    system = parts[0].isEmpty ? "*" : parts[0]
    name = isSingleName ? system : parts[1].isEmpty ? "*" : parts[1]
  }

  /// Whether the pattern chooses an event.
  public func matches(_ event: TraceEvent) -> Bool {
    let inSystem = GlobPattern.matches(system, "\(event.system)")
    let isNamed = GlobPattern.matches(name, "\(event.name)")
    return isSingleName ? inSystem || isNamed : inSystem && isNamed
  }

  /// The numbers of the events that the pattern chooses.
  ///
  /// - Throws: ``EventPatternError`` if there is none.
  public func indices(in events: [TraceEvent]) throws(EventPatternError) -> [Int] {
    let indices = events.indices.filter { matches(events[$0]) }
    guard indices.isEmpty else { return indices }
    throw EventPatternError(pattern: description, similar: similar(in: events))
  }

  /// The names that look most like the pattern, at most three.
  private func similar(in events: [TraceEvent]) -> [String] {
    let wanted = isSingleName ? name : "\(system):\(name)"
    let names = events.map { isSingleName ? "\($0.name)" : "\($0.system):\($0.name)" }
    let near = names.enumerated().map { (distance: Self.distance(wanted, $1), number: $0, name: $1) }
    let limit = min(max(2, wanted.utf8.count / 3), (near.map(\.distance).min() ?? 0) + 2)
    return near.filter { $0.distance <= limit }.sorted { ($0.distance, $0.number) < ($1.distance, $1.number) }
      .prefix(3).map(\.name)
  }

  /// How many letters have to be inserted, removed or exchanged to make one text from another.
  private static func distance(_ from: String, _ to: String) -> Int {
    let (from, to) = (Array(from.utf8), Array(to.utf8))
    var row = Array(0...to.count)
    for (index, letter) in from.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in to.indices {
        let replaced = diagonal + (letter == to[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[to.count]
  }
}

/// A pattern that chooses no event.
public struct EventPatternError: Error, Equatable, CustomStringConvertible {
  /// The pattern.
  public let pattern: String
  /// Names of events that look like it.
  public let similar: [String]

  /// One line for a person.
  public var description: String {
    let hint = similar.isEmpty ? "" : "; did you mean \(similar.joined(separator: " or "))?"
    return "there is no event '\(pattern)'\(hint)"
  }
}

/// Events chosen by several patterns, one after the other: those behind a `!` take events away again.
public struct EventSelection: Equatable, Sendable {
  private struct Step: Equatable {
    let pattern: EventPattern
    let removes: Bool
  }

  private var steps: [Step] = []

  /// No event.
  public init() {}

  /// Reads patterns, separated by commas.
  public init(_ text: String) {
    for part in text.split(separator: ",") {
      let removes = part.first == "!"
      steps.append(Step(pattern: EventPattern(String(removes ? part.dropFirst() : part)), removes: removes))
    }
  }

  /// No pattern was given.
  public var isEmpty: Bool { steps.isEmpty }

  /// Puts the patterns of another selection behind these.
  public mutating func append(_ other: EventSelection) { steps += other.steps }

  /// The numbers of the chosen events, in ascending order.
  ///
  /// - Throws: ``EventPatternError`` if a pattern stands for no event.
  public func indices(in events: [TraceEvent]) throws(EventPatternError) -> [Int] {
    var isChosen = Array(repeating: false, count: events.count)
    for step in steps {
      for index in try step.pattern.indices(in: events) { isChosen[index] = !step.removes }
    }
    return isChosen.indices.filter { isChosen[$0] }
  }
}
