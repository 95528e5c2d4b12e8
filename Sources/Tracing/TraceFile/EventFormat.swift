import Interfaces

/// The description of an event's records that Linux gives in `events/SYSTEM/EVENT/format`.
enum EventFormat {
  /// The text for an event with a number.
  static func text(of event: TraceEvent, number: Int) -> String {
    let layout = TraceLayout(event)
    var text = "name: \(event.name)\nID: \(number)\nformat:\n"
    for field in commonFields {
      text += line(field.type, field.name, field.offset, field.size, field.isSigned)
    }
    text += "\n"
    for (field, offset) in zip(event.fields, layout.offsets) {
      let kind = field.kind
      text += line("\(kind.typeName)", "\(field.name)", offset, kind.size, kind.isSigned)
    }
    text += "\nprint fmt: \"\(escaped(event.format))\""
    for argument in event.arguments { text += ", " + expression(argument, of: event) }
    return text + "\n"
  }

  private static let commonFields: [(type: String, name: String, offset: Int, size: Int, isSigned: Bool)] = [
    ("unsigned short", "common_type", TraceRecord.event, 2, false),
    ("unsigned char", "common_flags", TraceRecord.flags, 1, false),
    ("unsigned char", "common_preempt_count", TraceRecord.preemptionCount, 1, false),
    ("int", "common_pid", TraceRecord.task, 4, true),
  ]

  private static func line(
    _ type: String, _ name: String, _ offset: Int, _ size: Int, _ isSigned: Bool
  ) -> String {
    "\tfield:\(type) \(name);\toffset:\(offset);\tsize:\(size);\tsigned:\(isSigned ? 1 : 0);\n"
  }

  private static func escaped(_ format: StaticString) -> String {
    "\(format)".reduce(into: "") { text, character in
      switch character {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }

  private static func expression(_ argument: TraceArgument, of event: TraceEvent) -> String {
    switch argument {
    case .field(let index):
      let field = event.fields[index]
      return field.kind == .text ? "__get_str(\(field.name))" : "REC->\(field.name)"
    case .symbol(let index, let symbols):
      let names = symbols.map { "{ \($0.value), \"\($0.name)\" }" }.joined(separator: ", ")
      return "__print_symbolic(REC->\(event.fields[index].name), \(names))"
    }
  }
}
