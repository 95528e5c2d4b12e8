/// The description of an event's records that Linux gives in `events/SYSTEM/EVENT/format`.
public enum EventFormat {
  /// The text for an event.
  public static func text(of event: EventDescription) -> String {
    var text = "name: \(event.name)\nID: \(event.number)\nformat:\n"
    for field in EventDescription.commonFields { text += line(field) }
    text += "\n"
    for field in event.fields { text += line(field) }
    guard let print = event.text else { return text }
    text += "\nprint fmt: \(quoted(print.format))"
    for argument in print.arguments { text += ", " + expression(argument) }
    return text + "\n"
  }

  private static func line(_ field: EventDescription.Field) -> String {
    let array = field.elementCount.map { "[\($0)]" } ?? ""
    return "\tfield:\(field.typeName) \(field.name)\(array);\toffset:\(field.offset);"
      + "\tsize:\(field.size);\tsigned:\(field.isSigned ? 1 : 0);\n"
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.reduce(into: "") { text, character in
      switch character {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
    return "\"\(escaped)\""
  }

  private static func expression(_ expression: PrintExpression) -> String {
    switch expression {
    case .number(let value): "\(value)"
    case .text(let text): quoted(text)
    case .field(let field): access(field)
    case .element(let field, let index): "\(access(field))[\(self.expression(index))]"
    case .valueSize(let field): "__get_dynamic_array_len(\(field.name))"
    case .symbol(let value, let symbols):
      "__print_symbolic(\(self.expression(value)), \(list(symbols)))"
    case .flags(let value, let separator, let symbols):
      "__print_flags(\(self.expression(value)), \(quoted(separator)), \(list(symbols)))"
    case .bytes(let field, let count, let separator):
      "\(separator.isEmpty ? "__print_hex_str" : "__print_hex")(\(access(field)), \(self.expression(count)))"
    case .numbers(let field, let count, let size):
      "__print_array(\(access(field)), \(self.expression(count)), \(self.expression(size)))"
    case .conversion(let type, let value):
      "(\(type.isSigned ? "s" : "u")\(type.size * 8))\(self.expression(value))"
    case .unary(let operation, let value): "\(operation.rawValue)(\(self.expression(value)))"
    case .binary(let operation, let left, let right):
      "(\(self.expression(left)) \(operation.rawValue) \(self.expression(right)))"
    case .conditional(let condition, let first, let second):
      "(\(self.expression(condition)) ? \(self.expression(first)) : \(self.expression(second)))"
    }
  }

  private static func access(_ field: EventDescription.Field) -> String {
    switch field.content {
    case .text(.located): "__get_str(\(field.name))"
    case .text(.locatedFromEnd): "__get_rel_str(\(field.name))"
    case .array(.located, _): "__get_dynamic_array(\(field.name))"
    case .array(.locatedFromEnd, _): "__get_rel_dynamic_array(\(field.name))"
    case .number, .text(.here), .array(.here, _): "REC->\(field.name)"
    }
  }

  private static func list(_ symbols: [PrintExpression.Symbol]) -> String {
    symbols.map { "{ \($0.value), \(quoted($0.name)) }" }.joined(separator: ", ")
  }
}
