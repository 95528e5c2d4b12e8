/// Writes the fields of a record by name, as `trace-cmd report -R`: each as the event's format writes it, if it does.
struct TraceFieldsText {
  private let fields: [(field: EventDescription.Field, format: TraceTextFormat?)]

  init(_ event: EventDescription, names: TraceNames, dialect: TextDialect) {
    fields = event.fields.map { field in
      let format = event.text.flatMap { Self.format(of: field, in: $0) }
      return (field, format.map { TraceTextFormat($0, names: names, dialect: dialect) })
    }
  }

  /// The conversion that an event's text has for a number.
  private static func format(of field: EventDescription.Field, in text: PrintFormat) -> PrintFormat? {
    guard case .number = field.content else { return nil }
    var arguments = text.arguments[...]
    var prefix = ""
    for piece in PrintConversion.pieces(of: text.format) {
      switch piece {
      case .text(let bytes): prefix = bytes.count > 1 && bytes.suffix(2) == Array("0x".utf8)[...] ? "0x" : ""
      case .conversion(let conversion):
        guard let value = conversion.takeValue(of: &arguments) else { return nil }
        if value.withoutConversions == .field(field) {
          return PrintFormat(format: prefix + conversion.specification, arguments: [value])
        }
        prefix = ""
      }
    }
    return nil
  }

  func put(_ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer) {
    for (field, format) in fields {
      buffer.put(" ")
      buffer.put(foreign: field.name)
      buffer.put("=")
      if let format { format.put(record, to: &buffer) } else { Self.put(field, record, to: &buffer) }
    }
  }

  private static func put(
    _ field: EventDescription.Field, _ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer
  ) {
    switch field.content {
    case .text: buffer.put(foreign: field.textBytes(in: record))
    case .array:
      buffer.put("ARRAY[")
      buffer.putBytes(field.bytes(in: record), separator: ", ")
      buffer.put("]")
    case .number:
      if field.typeName.contains("*") || field.typeName.contains("long") {
        buffer.put("0x")
        buffer.put(field.bits(in: record), radix: 16)
      } else if field.isSigned {
        buffer.put(signed: field.number(in: record))
      } else {
        buffer.put(field.bits(in: record))
      }
    }
  }
}
