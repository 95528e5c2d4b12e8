/// Reads the expressions behind `print fmt:` by recursive descent.
struct PrintExpressionParser {
  private var scanner: TextScanner
  private var depth = 0
  private let fields: [EventDescription.Field]

  /// Expressions can be nested this deep.
  private static let depthLimit = 64

  init(_ text: String, fields: [EventDescription.Field]) {
    scanner = TextScanner(text)
    self.fields = fields
  }

  /// The text in quotes and its arguments; `nil` if it says something that nobody here understands.
  mutating func format() -> PrintFormat? {
    guard let format = quotedText() else { return nil }
    var arguments: [PrintExpression] = []
    while scanner.take(",") {
      guard let argument = expression() else { return nil }
      arguments.append(argument)
    }
    guard scanner.isAtEnd else { return nil }
    return PrintFormat(
      format: format.hasSuffix("\n") ? String(format.dropLast()) : format, arguments: arguments)
  }

  /// Texts in quotes, one behind the other, with their escapes resolved.
  private mutating func quotedText() -> String? {
    guard takeQuote() else { return nil }
    var text = ""
    while let character = scanner.next {
      scanner.position += 1
      switch character {
      case "\"":
        guard takeQuote() else { return text }
      case "\\":
        guard let escaped = scanner.next else { return nil }
        text.append(Self.escapes[escaped] ?? escaped)
        scanner.position += 1
      default: text.append(character)
      }
    }
    return nil
  }

  private mutating func takeQuote() -> Bool {
    scanner.skipSpace()
    guard scanner.next == "\"" else { return false }
    scanner.position += 1
    return true
  }

  private static let escapes: [Character: Character] = ["n": "\n", "t": "\t", "r": "\r"]

  // MARK: Grammar

  private mutating func expression() -> PrintExpression? {
    guard depth < Self.depthLimit else { return nil }
    depth += 1
    defer { depth -= 1 }
    guard let condition = binary(from: 0) else { return nil }
    guard scanner.take("?") else { return condition }
    guard let first = expression(), scanner.take(":"), let second = expression() else { return nil }
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
    scanner.skipSpace()
    // Those with two characters come first.
    guard
      let operation = PrintExpression.BinaryOperator.allCases.first(where: { scanner.startsWith($0.rawValue) }
      ),
      operation.precedence >= precedence
    else { return nil }
    scanner.position += operation.rawValue.count
    return operation
  }

  private mutating func unary() -> PrintExpression? {
    guard depth < Self.depthLimit else { return nil }
    depth += 1
    defer { depth -= 1 }
    for operation in PrintExpression.UnaryOperator.allCases where scanner.take(operation.rawValue) {
      return unary().map { .unary(operation, $0) }
    }
    if let type = typeInParentheses() { return unary().map { .conversion(type, $0) } }
    if scanner.take("(") {
      guard let inner = expression(), scanner.take(")") else { return nil }
      return inner
    }
    return operand()
  }

  private mutating func operand() -> PrintExpression? {
    scanner.skipSpace()
    guard let next = scanner.next else { return nil }
    if next == "\"" { return quotedText().map { .text($0) } }
    if next.isNumber { return scanner.takeNumber().map { .number(Int64(bitPattern: $0)) } }
    let word = scanner.takeName()
    switch word {
    case "REC":
      guard scanner.take("->") else { return nil }
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
    case "__builtin_expect":
      guard scanner.take("("), let value = expression(), scanner.take(","), expression() != nil,
        scanner.take(")")
      else { return nil }
      return value
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
    guard scanner.take("[") else { return .field(field) }
    guard let index = expression(), scanner.take("]") else { return nil }
    return .element(field, index)
  }

  // MARK: Functions

  private mutating func symbolic() -> PrintExpression? {
    guard scanner.take("("), let value = expression(), let symbols = symbols() else { return nil }
    return .symbol(value, symbols)
  }

  private mutating func flags() -> PrintExpression? {
    guard scanner.take("("), let value = expression(), scanner.take(","), let separator = quotedText(),
      let symbols = symbols()
    else { return nil }
    return .flags(value, separator: separator, symbols)
  }

  /// `, { VALUE, "NAME" }` and so on, to the closing parenthesis.
  ///
  /// Constants whose values the kernel leaves out, and the `NULL` at the end of some lists, name nothing.
  private mutating func symbols() -> [PrintExpression.Symbol]? {
    var found: [PrintExpression.Symbol] = []
    while scanner.take(",") {
      guard scanner.take("{") else { return nil }
      let start = scanner
      guard let value = expression(), scanner.take(","), let name = quotedText(), scanner.take("}") else {
        scanner = start
        guard skipEntry() else { return nil }
        continue
      }
      let number = value.number(in: UnsafeRawBufferPointer(start: nil, count: 0))
      found.append(PrintExpression.Symbol(value: number, name: name))
    }
    return scanner.take(")") ? found : nil
  }

  /// Steps over what is left of an entry, which has no braces of its own.
  private mutating func skipEntry() -> Bool {
    while let next = scanner.next {
      scanner.position += 1
      if next == "}" {
        scanner.skipSpace()
        return true
      }
    }
    return false
  }

  private mutating func bytes(separator: String) -> PrintExpression? {
    guard scanner.take("("), let field = arrayField(), scanner.take(","), let count = expression(),
      scanner.take(")")
    else {
      return nil
    }
    return .bytes(field, count: count, separator: separator)
  }

  private mutating func numbers() -> PrintExpression? {
    guard scanner.take("("), let field = arrayField(), scanner.take(","), let count = expression(),
      scanner.take(","),
      let elementSize = expression(), scanner.take(")")
    else { return nil }
    return .numbers(field, count: count, elementSize: elementSize)
  }

  private mutating func arrayField() -> EventDescription.Field? {
    guard case .field(let field)? = unary() else { return nil }
    return field
  }

  // MARK: Words

  private mutating func field() -> EventDescription.Field? {
    let name = scanner.takeName()
    return fields.first { $0.name == name } ?? EventDescription.commonFields.first { $0.name == name }
  }

  private mutating func fieldInParentheses() -> EventDescription.Field? {
    guard scanner.take("("), let field = field(), scanner.take(")") else { return nil }
    return field
  }

  /// A type in parentheses, if an operand follows or nothing else can be meant.
  private mutating func typeInParentheses() -> IntegerType? {
    let start = scanner
    guard scanner.take("(") else { return nil }
    let typeStart = scanner.position
    while let next = scanner.next, TextScanner.isOfName(next) || " *".contains(next) { scanner.position += 1 }
    let words = String(scanner.characters[typeStart..<scanner.position])
    guard let first = words.first, first.isLetter || first == "_", scanner.take(")") else {
      scanner = start
      return nil
    }
    return IntegerType(named: words)
  }
}
