/// Reads the expressions behind `print fmt:` by recursive descent.
struct PrintExpressionParser {
  private let characters: [Character]
  private var position = 0
  private var depth = 0
  private let fields: [EventDescription.Field]

  /// Expressions can be nested this deep.
  private static let depthLimit = 64

  init(_ text: String, fields: [EventDescription.Field]) {
    characters = Array(text)
    self.fields = fields
  }

  /// The text in quotes and its arguments; `nil` if it says something that nobody here understands.
  mutating func format() -> PrintFormat? {
    guard let format = quotedText() else { return nil }
    var arguments: [PrintExpression] = []
    while take(",") {
      guard let argument = expression() else { return nil }
      arguments.append(argument)
    }
    guard position == characters.count else { return nil }
    return PrintFormat(
      format: format.hasSuffix("\n") ? String(format.dropLast()) : format, arguments: arguments)
  }

  /// Texts in quotes, one behind the other, with their escapes resolved.
  private mutating func quotedText() -> String? {
    guard take("\"") else { return nil }
    var text = ""
    while position < characters.count {
      let character = characters[position]
      position += 1
      switch character {
      case "\"":
        guard take("\"") else { return text }
      case "\\":
        guard position < characters.count else { return nil }
        text.append(Self.escapes[characters[position]] ?? characters[position])
        position += 1
      default: text.append(character)
      }
    }
    return nil
  }

  private static let escapes: [Character: Character] = ["n": "\n", "t": "\t", "r": "\r"]

  // MARK: Grammar

  private mutating func expression() -> PrintExpression? {
    guard depth < Self.depthLimit else { return nil }
    depth += 1
    defer { depth -= 1 }
    guard let condition = binary(from: 0) else { return nil }
    guard take("?") else { return condition }
    guard let first = expression(), take(":"), let second = expression() else { return nil }
    return .conditional(condition, first, second)
  }

  /// Operands joined by operators that bind at least so tightly.
  private mutating func binary(from precedence: Int) -> PrintExpression? {
    guard var left = unary() else { return nil }
    while let operation = binaryOperator(from: precedence) {
      guard let right = binary(from: operation.precedence + 1) else { return nil }
      left = .binary(operation, left, right)
    }
    return left
  }

  private mutating func binaryOperator(from precedence: Int) -> PrintExpression.BinaryOperator? {
    skipSpace()
    // Those with two characters come first.
    guard let operation = PrintExpression.BinaryOperator.allCases.first(where: { startsWith($0.rawValue) }),
      operation.precedence >= precedence
    else { return nil }
    position += operation.rawValue.count
    return operation
  }

  private mutating func unary() -> PrintExpression? {
    guard depth < Self.depthLimit else { return nil }
    depth += 1
    defer { depth -= 1 }
    for operation in PrintExpression.UnaryOperator.allCases where take(operation.rawValue) {
      return unary().map { .unary(operation, $0) }
    }
    if let type = typeInParentheses() { return unary().map { .conversion(type, $0) } }
    if take("(") {
      guard let inner = expression(), take(")") else { return nil }
      return inner
    }
    return operand()
  }

  private mutating func operand() -> PrintExpression? {
    skipSpace()
    guard position < characters.count else { return nil }
    if characters[position] == "\"" { return quotedText().map { .text($0) } }
    if characters[position].isNumber { return number().map { .number($0) } }
    let word = name()
    switch word {
    case "REC":
      guard take("->") else { return nil }
      return field().flatMap { element(of: $0) }
    case "__get_str", "__get_rel_str": return fieldInParentheses().map { .field($0) }
    case "__get_dynamic_array", "__get_rel_dynamic_array":
      return fieldInParentheses().flatMap { element(of: $0) }
    case "__get_dynamic_array_len", "__get_rel_dynamic_array_len":
      return fieldInParentheses().map { .valueSize($0) }
    case "__print_symbolic", "__print_symbolic_u64": return symbolic()
    case "__print_flags", "__print_flags_u64": return flags()
    case "__print_hex": return bytes(separator: " ")
    case "__print_hex_str": return bytes(separator: "")
    case "__print_array": return numbers()
    case "sizeof":
      return typeInParentheses().map { .number(Int64($0.size)) }
    default: return Self.constants[word].map { .number($0) }
    }
  }

  /// Constants that the kernel leaves as names (Linux, include/linux/interrupt.h and hrtimer.h).
  private static let constants: [String: Int64] = [
    "HI_SOFTIRQ": 0, "TIMER_SOFTIRQ": 1, "NET_TX_SOFTIRQ": 2, "NET_RX_SOFTIRQ": 3, "BLOCK_SOFTIRQ": 4,
    "IRQ_POLL_SOFTIRQ": 5, "TASKLET_SOFTIRQ": 6, "SCHED_SOFTIRQ": 7, "HRTIMER_SOFTIRQ": 8, "RCU_SOFTIRQ": 9,
    "HRTIMER_NORESTART": 0, "HRTIMER_RESTART": 1,
  ]

  /// The field, or what `[` and an index choose of it.
  private mutating func element(of field: EventDescription.Field) -> PrintExpression? {
    guard take("[") else { return .field(field) }
    guard let index = expression(), take("]") else { return nil }
    return .element(field, index)
  }

  // MARK: Functions

  private mutating func symbolic() -> PrintExpression? {
    guard take("("), let value = expression(), let symbols = symbols() else { return nil }
    return .symbol(value, symbols)
  }

  private mutating func flags() -> PrintExpression? {
    guard take("("), let value = expression(), take(","), let separator = quotedText(),
      let symbols = symbols()
    else { return nil }
    return .flags(value, separator: separator, symbols)
  }

  /// `, { VALUE, "NAME" }` and so on, to the closing parenthesis.
  private mutating func symbols() -> [PrintExpression.Symbol]? {
    var found: [PrintExpression.Symbol] = []
    while take(",") {
      guard take("{"), let value = expression(), take(","), let name = quotedText(), take("}") else {
        return nil
      }
      let number = value.number(in: UnsafeRawBufferPointer(start: nil, count: 0))
      found.append(PrintExpression.Symbol(value: number, name: name))
    }
    return take(")") ? found : nil
  }

  private mutating func bytes(separator: String) -> PrintExpression? {
    guard take("("), let field = arrayField(), take(","), let count = expression(), take(")") else {
      return nil
    }
    return .bytes(field, count: count, separator: separator)
  }

  private mutating func numbers() -> PrintExpression? {
    guard take("("), let field = arrayField(), take(","), let count = expression(), take(","),
      let elementSize = expression(), take(")")
    else { return nil }
    return .numbers(field, count: count, elementSize: elementSize)
  }

  private mutating func arrayField() -> EventDescription.Field? {
    guard case .field(let field)? = unary() else { return nil }
    return field
  }

  // MARK: Words

  private mutating func field() -> EventDescription.Field? {
    let name = name()
    return fields.first { $0.name == name } ?? EventDescription.commonFields.first { $0.name == name }
  }

  private mutating func fieldInParentheses() -> EventDescription.Field? {
    guard take("("), let field = field(), take(")") else { return nil }
    return field
  }

  /// A type in parentheses, if an operand follows or nothing else can be meant.
  private mutating func typeInParentheses() -> IntegerType? {
    let start = position
    guard take("(") else { return nil }
    let typeStart = position
    while position < characters.count, isOfName(characters[position]) || " *".contains(characters[position]) {
      position += 1
    }
    let words = String(characters[typeStart..<position])
    guard words.contains(where: \.isLetter), take(")") else {
      position = start
      return nil
    }
    return IntegerType(named: words)
  }

  private func isOfName(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }

  private mutating func name() -> String {
    skipSpace()
    let start = position
    while position < characters.count, isOfName(characters[position]) { position += 1 }
    return String(characters[start..<position])
  }

  /// A number with the suffixes that C allows.
  private mutating func number() -> Int64? {
    let digits = name().lowercased()
    let number = digits.prefix { !"ul".contains($0) }
    let magnitude =
      number.hasPrefix("0x") ? UInt64(number.dropFirst(2), radix: 16) : UInt64(number)
    return magnitude.map { Int64(bitPattern: $0) }
  }

  private mutating func skipSpace() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private func startsWith(_ word: String) -> Bool { characters[position...].starts(with: word) }

  /// Steps over space, a word and space.
  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard startsWith(word) else { return false }
    position += word.count
    if word != "\"" { skipSpace() }
    return true
  }
}
