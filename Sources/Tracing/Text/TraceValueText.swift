/// Writes what `%s` makes of an expression.
struct TraceValueText {
  let names: TraceNames
  let dialect: TextDialect
  /// The longest text, in bytes.
  let longest: Int?

  func put(
    _ value: PrintExpression, _ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer
  ) {
    switch value {
    case .text(let text): put(text, to: &buffer)
    case .field(let field) where field.isText:
      let text = field.textBytes(in: record)
      buffer.put(foreign: UnsafeRawBufferPointer(rebasing: text.prefix(longest ?? text.count)))
    case .field(let field): put(constantTextAt: field.bits(in: record), to: &buffer)
    case .symbol(let value, let symbols): put(symbol: value, symbols, record, to: &buffer)
    case .flags(let value, let separator, let symbols):
      put(flags: value, separator, symbols, record, to: &buffer)
    case .bytes(let field, let count, let separator):
      buffer.putBytes(field.bytes(in: record).prefix(Self.count(count, record)), separator: separator)
    case .numbers(let field, let count, let size): put(numbers: field, count, size, record, to: &buffer)
    case .conversion(_, let inner): put(inner, record, to: &buffer)
    case .conditional(let condition, let first, let second):
      put(condition.number(in: record) != 0 ? first : second, record, to: &buffer)
    case .number, .element, .valueSize, .unary, .binary:
      put(constantTextAt: UInt64(bitPattern: value.number(in: record)), to: &buffer)
    }
  }

  private static func count(_ count: PrintExpression, _ record: UnsafeRawBufferPointer) -> Int {
    Int(min(max(count.number(in: record), 0), Int64(record.count)))
  }

  private func put(_ text: String, to buffer: inout TextBuffer) {
    guard let longest else { return buffer.put(foreign: text) }
    buffer.put(foreign: String(decoding: text.utf8.prefix(longest), as: UTF8.self))
  }

  private func put(constantTextAt address: UInt64, to buffer: inout TextBuffer) {
    if let text = names.constantTexts[address] { return put(text, to: &buffer) }
    if dialect == .kernel { buffer.put("0x") }
    buffer.put(address, radix: 16)
  }

  /// The bits of a value, without those that the sign of its field adds.
  private func bits(_ value: PrintExpression, _ record: UnsafeRawBufferPointer) -> UInt64 {
    if case .field(let field) = value { return field.bits(in: record) }
    return UInt64(bitPattern: value.number(in: record))
  }

  private func put(
    symbol value: PrintExpression, _ symbols: [PrintExpression.Symbol], _ record: UnsafeRawBufferPointer,
    to buffer: inout TextBuffer
  ) {
    let number = value.number(in: record)
    if let symbol = symbols.first(where: { $0.value == number }) { return put(symbol.name, to: &buffer) }
    buffer.put("0x")
    buffer.put(bits(value, record), radix: 16)
  }

  private func put(
    flags value: PrintExpression, _ separator: String, _ symbols: [PrintExpression.Symbol],
    _ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer
  ) {
    var rest = Int64(bitPattern: bits(value, record))
    var isFirst = true
    for symbol in symbols where symbol.value != 0 && rest & symbol.value == symbol.value {
      if !isFirst { buffer.put(foreign: separator) }
      isFirst = false
      put(symbol.name, to: &buffer)
      rest &= ~symbol.value
    }
    guard rest != 0 else { return }
    if !isFirst { buffer.put(foreign: separator) }
    buffer.put("0x")
    buffer.put(UInt64(bitPattern: rest), radix: 16)
  }

  private func put(
    numbers field: EventDescription.Field, _ count: PrintExpression, _ size: PrintExpression,
    _ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer
  ) {
    let bytes = field.bytes(in: record)
    let size = [1, 2, 4, 8].first { Int64($0) == size.number(in: record) } ?? 1
    buffer.put("{")
    for index in 0..<min(Self.count(count, record), bytes.count / size) {
      if index > 0 { buffer.put(",") }
      let number = EventDescription.Field.number(in: bytes, at: index * size, size: size, isSigned: false)
      buffer.put("0x")
      buffer.put(UInt64(bitPattern: number), radix: 16)
    }
    buffer.put("}")
  }
}
