/// Takes the fields of an event's records by name.
public struct TraceFieldReader: Sendable {
  /// What a field says.
  public enum Value: Equatable, Sendable {
    case signed(Int64)
    case unsigned(UInt64)
    /// A text, or the name of a number.
    case text(String)
    /// An address of code, which may be known by a function's name and the distance from its start.
    case code(UInt64, String?)
  }

  /// What becomes of a field's bits.
  private enum Meaning {
    case plain
    case code
    case named([Int64: String])
    case constantText
  }

  private let members: [(field: EventDescription.Field, meaning: Meaning)]
  private let indexes: [String: Int]
  private let names: TraceNames

  /// Reads the records of an event of a file.
  public init(_ event: EventDescription, of file: TraceFile) {
    names = file.names
    let code = event.codeFields
    let named = event.namedFields
    members = event.fields.map { field in
      if code.contains(field) { return (field, .code) }
      if field.typeName == "const char *" { return (field, .constantText) }
      return (field, named[field.name].map { .named($0) } ?? .plain)
    }
    indexes = Dictionary(event.fields.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  /// The names of the fields.
  public var fieldNames: [String] { members.map(\.field.name) }

  /// What all fields of a record say, in their order.
  public func values(in record: FileRecord) -> [Value] { members.indices.map { value($0, record.bytes) } }

  /// What a field of a record says; `nil` if there is none of the name.
  public func value(_ name: String, in record: FileRecord) -> Value? {
    indexes[name].map { value($0, record.bytes) }
  }

  /// The number in a field of a record; 0 if there is none of the name.
  public func number(_ name: String, in record: FileRecord) -> UInt64 {
    indexes[name].map { UInt64(bitPattern: members[$0].field.number(in: record.bytes)) } ?? 0
  }

  private func value(_ index: Int, _ record: UnsafeRawBufferPointer) -> Value {
    let (field, meaning) = members[index]
    switch field.content {
    case .text: return .text(field.text(in: record))
    case .array:
      var buffer = TextBuffer()
      buffer.putBytes(field.bytes(in: record), separator: " ")
      return .text(String(decoding: buffer.bytes, as: UTF8.self))
    case .number: break
    }
    let bits = field.bits(in: record)
    switch meaning {
    case .code: return .code(bits, names.symbolText(bits))
    case .constantText:
      if let text = names.constantTexts[bits] { return .text(text) }
    case .named(let texts):
      if let text = texts[field.number(in: record)] { return .text(text) }
    case .plain: break
    }
    return field.isSigned ? .signed(field.number(in: record)) : .unsigned(bits)
  }
}

extension EventDescription {
  /// The conversions of the event's text that show one field.
  private var shownFields: [(conversion: PrintConversion, value: PrintExpression)] {
    guard let text else { return [] }
    var arguments = text.arguments[...]
    return PrintConversion.pieces(of: text.format).compactMap { piece in
      guard case .conversion(let conversion) = piece, let value = conversion.takeValue(of: &arguments) else {
        return nil
      }
      return (conversion, value.withoutConversions)
    }
  }

  /// The fields that the event's text shows as code addresses.
  var codeFields: [Field] {
    shownFields.compactMap { conversion, value in
      guard case .symbol = conversion.kind, case .field(let field) = value else { return nil }
      return field
    }
  }

  /// The names that the event's text has for the values of fields.
  fileprivate var namedFields: [String: [Int64: String]] {
    var named: [String: [Int64: String]] = [:]
    for (_, value) in shownFields {
      guard case .symbol(.field(let field), let symbols) = value else { continue }
      named[field.name] = Dictionary(symbols.map { ($0.value, $0.name) }) { first, _ in first }
    }
    return named
  }
}
