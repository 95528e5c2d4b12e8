/// Reads filters by recursive descent: `||` binds weaker than `&&`, and `!` stands before a comparison or parentheses.
struct TraceFilterParser {
  private let text: String
  private let event: EventDescription
  private var scanner: TextScanner
  private var depth = 0

  /// Parentheses can be nested this deep.
  private static let depthLimit = 64

  init(_ text: String, _ event: EventDescription) {
    self.text = text
    scanner = TextScanner(text)
    self.event = event
  }

  mutating func parse() throws(TraceFilterError) -> TraceFilter.Node {
    scanner.skipSpace()
    guard !scanner.isAtEnd else { throw error(.emptyFilter) }
    let node = try disjunction()
    if let next = scanner.next { throw error(next == ")" ? .unbalanced : .extraText) }
    return node
  }

  // MARK: Grammar

  private mutating func disjunction() throws(TraceFilterError) -> TraceFilter.Node {
    var parts = [try conjunction()]
    while scanner.take("||") { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction() throws(TraceFilterError) -> TraceFilter.Node {
    var parts = [try term()]
    while scanner.take("&&") { parts.append(try term()) }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func term() throws(TraceFilterError) -> TraceFilter.Node {
    scanner.skipSpace()
    let start = scanner.position
    guard depth < Self.depthLimit else { throw error(.unbalanced, at: start) }
    depth += 1
    defer { depth -= 1 }
    if !scanner.startsWith("!="), scanner.take("!") { return .not(try term()) }
    if scanner.take("(") {
      let node = try disjunction()
      guard scanner.take(")") else { throw error(.unbalanced, at: start) }
      return node
    }
    return try comparison()
  }

  private mutating func comparison() throws(TraceFilterError) -> TraceFilter.Node {
    scanner.skipSpace()
    let start = scanner.position
    let name = scanner.takeName()
    guard !name.isEmpty, let field = event.field(named: name) else { throw error(.fieldNotFound, at: start) }
    scanner.skipSpace()
    let operatorStart = scanner.position
    if field.isText {
      guard
        let operation = TraceFilter.TextOperator.allCases.first(where: { scanner.startsWith($0.rawValue) })
      else {
        throw error(isOperator ? .invalidOperation : .missingOperator, at: operatorStart)
      }
      scanner.position += operation.rawValue.count
      return .text(field, operation, try textValue())
    }
    guard
      let operation = TraceFilter.NumberOperator.allCases.first(where: { scanner.startsWith($0.rawValue) })
    else { throw error(scanner.startsWith("~") ? .invalidOperation : .missingOperator, at: operatorStart) }
    scanner.position += operation.rawValue.count
    return .number(field, operation, try numberValue())
  }

  private mutating func textValue() throws(TraceFilterError) -> String {
    scanner.skipSpace()
    let start = scanner.position
    guard let quote = scanner.next, quote == "\"" || quote == "'",
      let end = scanner.characters[(start + 1)...].firstIndex(of: quote)
    else { throw error(.missingQuote, at: start) }
    scanner.position = end + 1
    return String(scanner.characters[(start + 1)..<end])
  }

  private mutating func numberValue() throws(TraceFilterError) -> Int64 {
    scanner.skipSpace()
    let start = scanner.position
    let isNegative = scanner.take("-")
    guard let magnitude = scanner.takeNumber() else { throw error(.invalidValue, at: start) }
    scanner.skipSpace()
    let value = Int64(bitPattern: magnitude)
    return isNegative ? 0 &- value : value
  }

  // MARK: Words

  private var isOperator: Bool {
    TraceFilter.NumberOperator.allCases.contains { scanner.startsWith($0.rawValue) }
  }

  private func error(_ reason: TraceFilterError.Reason, at place: Int? = nil) -> TraceFilterError {
    TraceFilterError(reason: reason, position: place ?? scanner.position, text: text)
  }
}
