/// Which records of a file are wanted.
public struct TraceSelection: Sendable {
  /// The processors; all if `nil`.
  public var processors: Set<Int>?
  /// Conditions by the number of the event; of events without one nothing is wanted. All is wanted if `nil`.
  private var filters: [Int: [TraceFilter?]]?

  /// All records.
  public init() {}

  /// Whether every record is wanted.
  public var isEverything: Bool { processors == nil && filters == nil }

  func contains(_ record: FileRecord) -> Bool {
    guard let filters else { return true }
    guard let conditions = filters[record.event] else { return false }
    return conditions.contains { $0?.passes(record.bytes) ?? true }
  }
}

extension TraceSelection {
  /// What is wrong with a filter for files.
  public enum FilterError: Error, Equatable, CustomStringConvertible {
    /// No event of the file has a name like this.
    case unknownEvent(String)
    /// The condition cannot be read, for any of the events.
    case condition(TraceFilterError)

    /// What is wrong, for a person.
    public var description: String {
      switch self {
      case .unknownEvent(let name): "no event of this file is called \(name)"
      case .condition(let error): error.description
      }
    }
  }

  /// Also wants records that fulfil `EVENT`, `EVENT:CONDITION`, or the same with `SYSTEM/` or `SYSTEM:` before the event,
  /// where `*` and `?` stand for parts of names, and several names may stand with commas between them.
  ///
  /// Of several events, those that do not have the fields of the condition are passed over.
  ///
  /// - Throws: ``FilterError``.
  public mutating func add(filter: String, of file: TraceFile) throws(FilterError) {
    let (names, condition) = Self.parts(of: filter)
    var found = filters ?? [:]
    for name in names.split(separator: ",") {
      let events = file.eventList.filter { $0.isCalled(name) }
      guard !events.isEmpty else { throw .unknownEvent(String(name)) }
      var failure: TraceFilterError?
      var isUsed = false
      for event in events {
        do throws(TraceFilterError) {
          var conditions = found[event.number] ?? []
          if let condition {
            conditions.append(try TraceFilter(condition, for: event))
          } else {
            conditions.append(nil)
          }
          found[event.number] = conditions
          isUsed = true
        } catch {
          failure = failure ?? error
        }
      }
      if !isUsed, let failure { throw .condition(failure) }
    }
    filters = found
  }

  /// The names, and the condition behind them.
  private static func parts(of filter: String) -> (names: String, condition: String?) {
    func isOfName(_ character: Character) -> Bool {
      character.isLetter || character.isNumber || "_-.*?[]/, ".contains(character)
    }
    var parts: [Substring] = []
    var rest = Substring(filter)
    while parts.count < 2, let colon = rest.firstIndex(of: ":"), rest[..<colon].allSatisfy(isOfName) {
      parts.append(rest[..<colon])
      rest = rest[rest.index(after: colon)...]
    }
    if parts.isEmpty || parts.count == 1 && !rest.isEmpty && rest.allSatisfy({ isOfName($0) && $0 != " " }) {
      parts.append(rest)
      rest = ""
    }
    let names = parts.joined(separator: ":").filter { $0 != " " }
    return (names, rest.isEmpty ? nil : String(rest))
  }
}

extension EventDescription {
  /// Whether a pattern `EVENT`, `SYSTEM/EVENT` or `SYSTEM:EVENT` stands for the event.
  public func isCalled(_ pattern: some StringProtocol) -> Bool {
    let parts = pattern.split(maxSplits: 1, omittingEmptySubsequences: false) { "/:".contains($0) }
    guard parts.count == 2 else { return GlobPattern.matches(String(pattern), name) }
    return GlobPattern.matches(String(parts[0]), system) && GlobPattern.matches(String(parts[1]), name)
  }
}
