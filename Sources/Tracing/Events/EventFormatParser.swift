/// Reads what ``EventFormat`` writes, and of what Linux writes as much as the same expressions say. Arguments that
/// are other expressions are left out of the text.
struct EventFormatParser {
  private let lines: [Substring]
  private let system: String

  init(_ text: String, system: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    self.system = system
  }

  /// The event; `nil` for a text that has no name, number or format.
  func parse() -> EventDescription? {
    guard let name = value(of: "name: "), let number = value(of: "ID: ").flatMap({ Int($0) }) else {
      return nil
    }
    let common = Set(EventDescription.commonFields.map(\.name))
    let fields = lines.compactMap(Self.field).filter { !common.contains($0.name) }
    // The kernel leaves an end of line in the quotes as it is.
    guard let start = lines.firstIndex(where: { $0.hasPrefix("print fmt: ") }) else { return nil }
    let printed = lines[start...].joined(separator: "\n").dropFirst("print fmt: ".count)
    var expressions = PrintExpressions(String(printed), fields: fields)
    guard let format = expressions.quotedText() else { return nil }
    return EventDescription(
      system: system, name: name, number: number, fields: fields, format: Self.withoutEndOfLine(format),
      arguments: expressions.arguments())
  }

  private func value(of key: String) -> String? {
    lines.first { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) }
  }

  private static func withoutEndOfLine(_ format: String) -> String {
    format.hasSuffix("\n") ? String(format.dropLast()) : format
  }

  /// A line `field:TYPE NAME; offset:N; size:N; signed:N;`.
  private static func field(_ line: Substring) -> EventDescription.Field? {
    let parts = line.split(separator: ";").map { $0.drop { $0 == "\t" || $0 == " " } }
    guard parts.count >= 3, parts[0].hasPrefix("field:") else { return nil }
    func number(_ key: String) -> Int? {
      parts.first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) }
    }
    let declaration = parts[0].dropFirst("field:".count)
    guard let space = declaration.lastIndex(of: " "), let offset = number("offset:"),
      let size = number("size:")
    else { return nil }
    var name = declaration[declaration.index(after: space)...]
    // An array's length stands behind its name.
    if let bracket = name.firstIndex(of: "[") { name = name[..<bracket] }
    return EventDescription.Field(
      name: String(name), typeName: String(declaration[..<space]), offset: offset, size: size,
      isSigned: number("signed:") == 1)
  }
}

/// The expressions behind `print fmt:`.
private struct PrintExpressions {
  private let characters: [Character]
  private var position = 0
  private let fields: [EventDescription.Field]

  init(_ text: String, fields: [EventDescription.Field]) {
    characters = Array(text)
    self.fields = fields
  }

  /// A text in quotes, with its escapes resolved.
  mutating func quotedText() -> String? {
    skipSpace()
    guard take("\"") else { return nil }
    var text = ""
    while position < characters.count {
      let character = characters[position]
      position += 1
      switch character {
      case "\"": return text
      case "\\":
        guard position < characters.count else { return nil }
        text.append(characters[position] == "n" ? "\n" : characters[position])
        position += 1
      default: text.append(character)
      }
    }
    return nil
  }

  /// What follows the format.
  mutating func arguments() -> [EventDescription.Argument] {
    var found: [EventDescription.Argument] = []
    skipSpace()
    while take(",") {
      skipSpace()
      guard let argument = argument() else { return found }
      found.append(argument)
      skipSpace()
    }
    return found
  }

  private mutating func argument() -> EventDescription.Argument? {
    if take("__get_str(") {
      guard let index = field(name()), take(")") else { return nil }
      return .field(index)
    }
    if take("__print_symbolic(") {
      guard take("REC->"), let index = field(name()) else { return nil }
      guard let symbols = symbols() else { return nil }
      return .symbol(index, symbols)
    }
    guard take("REC->"), let index = field(name()) else { return nil }
    return .field(index)
  }

  /// `, { VALUE, "NAME" }` and so on, to the closing parenthesis.
  private mutating func symbols() -> [EventDescription.Symbol]? {
    var found: [EventDescription.Symbol] = []
    skipSpace()
    while take(",") {
      skipSpace()
      guard take("{"), let value = number(), take(","), let name = quotedText() else { return nil }
      skipSpace()
      guard take("}") else { return nil }
      found.append(EventDescription.Symbol(value: value, name: name))
      skipSpace()
    }
    return take(")") ? found : nil
  }

  private func field(_ name: String) -> Int? { fields.firstIndex { $0.name == name } }

  private mutating func name() -> String {
    let start = position
    while position < characters.count,
      characters[position].isLetter || characters[position].isNumber
        || characters[position] == "_"
    { position += 1 }
    return String(characters[start..<position])
  }

  private mutating func number() -> Int64? {
    skipSpace()
    let isNegative = take("-")
    let digits = name().lowercased()
    let magnitude = digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits)
    skipSpace()
    return magnitude.map { isNegative ? 0 &- Int64(bitPattern: $0) : Int64(bitPattern: $0) }
  }

  private mutating func skipSpace() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    guard characters[position...].starts(with: word) else { return false }
    position += word.count
    return true
  }
}
