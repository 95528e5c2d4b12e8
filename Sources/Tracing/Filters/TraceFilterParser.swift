/// Reads filters by recursive descent: `||` binds weaker than `&&`, and `!` stands before a comparison or parentheses.
struct TraceFilterParser {
  private let text: String
  private let characters: [Character]
  private let event: EventDescription
  private var position = 0
  private var depth = 0

  /// Parentheses can be nested this deep.
  private static let depthLimit = 64

  init(_ text: String, _ event: EventDescription) {
    self.text = text
    characters = Array(text)
    self.event = event
  }

  mutating func parse() throws(TraceFilterError) -> TraceFilter.Node {
    skipSpace()
    guard position < characters.count else { throw error(.emptyFilter) }
    let node = try disjunction()
    guard position == characters.count else {
      throw error(characters[position] == ")" ? .unbalanced : .extraText)
    }
    return node
  }

  // MARK: Grammar

  private mutating func disjunction() throws(TraceFilterError) -> TraceFilter.Node {
    var parts = [try conjunction()]
    while take("||") { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction() throws(TraceFilterError) -> TraceFilter.Node {
    var parts = [try term()]
    while take("&&") { parts.append(try term()) }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func term() throws(TraceFilterError) -> TraceFilter.Node {
    skipSpace()
    let start = position
    guard depth < Self.depthLimit else { throw error(.unbalanced, at: start) }
    depth += 1
    defer { depth -= 1 }
    if !startsWith("!="), take("!") { return .not(try term()) }
    if take("(") {
      let node = try disjunction()
      guard take(")") else { throw error(.unbalanced, at: start) }
      return node
    }
    return try comparison()
  }

  private mutating func comparison() throws(TraceFilterError) -> TraceFilter.Node {
    skipSpace()
    let start = position
    let name = takeName()
    guard !name.isEmpty, let field = event.field(named: name) else { throw error(.fieldNotFound, at: start) }
    skipSpace()
    let operatorStart = position
    if field.isText {
      guard let operation = TraceFilter.TextOperator.allCases.first(where: { startsWith($0.rawValue) }) else {
        throw error(isOperator ? .invalidOperation : .missingOperator, at: operatorStart)
      }
      position += operation.rawValue.count
      return .text(field, operation, try textValue())
    }
    guard let operation = TraceFilter.NumberOperator.allCases.first(where: { startsWith($0.rawValue) })
    else { throw error(startsWith("~") ? .invalidOperation : .missingOperator, at: operatorStart) }
    position += operation.rawValue.count
    return .number(field, operation, try numberValue())
  }

  private mutating func textValue() throws(TraceFilterError) -> String {
    skipSpace()
    let start = position
    guard position < characters.count, characters[position] == "\"" || characters[position] == "'" else {
      throw error(.missingQuote, at: start)
    }
    let quote = characters[position]
    guard let end = characters[(position + 1)...].firstIndex(of: quote) else {
      throw error(.missingQuote, at: start)
    }
    defer { position = end + 1 }
    return String(characters[(position + 1)..<end])
  }

  private mutating func numberValue() throws(TraceFilterError) -> Int64 {
    skipSpace()
    let start = position
    let isNegative = take("-")
    let digits = takeName().lowercased()
    let magnitude: UInt64? =
      digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits)
    guard let magnitude else { throw error(.invalidValue, at: start) }
    let value = Int64(bitPattern: magnitude)
    return isNegative ? 0 &- value : value
  }

  // MARK: Words

  private var isOperator: Bool {
    TraceFilter.NumberOperator.allCases.contains { startsWith($0.rawValue) }
  }

  private mutating func skipSpace() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private func startsWith(_ word: String) -> Bool { characters[position...].starts(with: word) }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard startsWith(word) else { return false }
    position += word.count
    skipSpace()
    return true
  }

  /// Letters, digits and underscores.
  private mutating func takeName() -> String {
    let start = position
    while position < characters.count,
      characters[position].isLetter || characters[position].isNumber
        || characters[position] == "_"
    { position += 1 }
    defer { skipSpace() }
    return String(characters[start..<position])
  }

  private func error(_ reason: TraceFilterError.Reason, at place: Int? = nil) -> TraceFilterError {
    TraceFilterError(reason: reason, position: place ?? position, text: text)
  }
}
