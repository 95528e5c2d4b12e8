/// The description of an event's records that Linux gives in `events/SYSTEM/EVENT/format`.
enum EventFormat {
  /// The text for an event.
  static func text(of event: EventDescription) -> String {
    var text = "name: \(event.name)\nID: \(event.number)\nformat:\n"
    for field in EventDescription.commonFields { text += line(field) }
    text += "\n"
    for field in event.fields { text += line(field) }
    text += "\nprint fmt: \"\(escaped(event.format))\""
    for argument in event.arguments { text += ", " + expression(argument, of: event) }
    return text + "\n"
  }

  private static func line(_ field: EventDescription.Field) -> String {
    "\tfield:\(field.typeName) \(field.name);\toffset:\(field.offset);\tsize:\(field.size);\tsigned:\(field.isSigned ? 1 : 0);\n"
  }

  private static func escaped(_ format: String) -> String {
    format.reduce(into: "") { text, character in
      switch character {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }

  private static func expression(
    _ argument: EventDescription.Argument, of event: EventDescription
  ) -> String {
    switch argument {
    case .field(let index):
      let field = event.fields[index]
      return field.isText ? "__get_str(\(field.name))" : "REC->\(field.name)"
    case .symbol(let index, let symbols):
      let names = symbols.map { "{ \($0.value), \"\($0.name)\" }" }.joined(separator: ", ")
      return "__print_symbolic(REC->\(event.fields[index].name), \(names))"
    }
  }
}
