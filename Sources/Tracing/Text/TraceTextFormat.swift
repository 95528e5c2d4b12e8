/// Writes the text of a record by its event's format.
struct TraceTextFormat {
  private let pieces: [(piece: PrintConversion.Piece, arguments: Arguments)]
  private let names: TraceNames
  private let dialect: TextDialect

  /// What a conversion takes.
  private struct Arguments {
    var width: PrintExpression?
    var precision: PrintExpression?
    var value: PrintExpression?
  }

  init(_ text: PrintFormat, names: TraceNames = TraceNames(), dialect: TextDialect = .kernel) {
    self.names = names
    self.dialect = dialect
    var rest = text.arguments[...]
    pieces = PrintConversion.pieces(of: text.format).map { piece in
      guard case .conversion(let conversion) = piece else { return (piece, Arguments()) }
      var arguments = Arguments()
      if conversion.width == .argument { arguments.width = rest.popFirst() }
      if conversion.precision == .argument { arguments.precision = rest.popFirst() }
      arguments.value = rest.popFirst()
      return (piece, arguments)
    }
  }

  /// The text of a record.
  func text(of record: UnsafeRawBufferPointer) -> String {
    var buffer = TextBuffer()
    put(record, to: &buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  /// Writes the text of a record.
  func put(_ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer) {
    for (piece, arguments) in pieces {
      switch piece {
      case .text(let text): buffer.put(text)
      case .conversion(let conversion): put(conversion, arguments, record, to: &buffer)
      }
    }
  }

  private func put(
    _ conversion: PrintConversion, _ arguments: Arguments, _ record: UnsafeRawBufferPointer,
    to buffer: inout TextBuffer
  ) {
    guard let value = arguments.value else { return }
    func count(_ count: PrintConversion.Count?, _ argument: PrintExpression?) -> Int? {
      switch count {
      case nil: nil
      case .fixed(let count): count
      case .argument:
        argument.map { Int(min(max($0.number(in: record), 0), Int64(PrintConversion.longestWidth))) }
      }
    }
    let width = count(conversion.width, arguments.width) ?? 0
    let precision = count(conversion.precision, arguments.precision)
    let start = buffer.bytes.count
    switch conversion.kind {
    case .text:
      let writer = TraceValueText(names: names, dialect: dialect, longest: precision)
      writer.put(value, record, to: &buffer)
    case .symbol(let withOffset):
      names.putSymbol(
        UInt64(bitPattern: value.number(in: record)), withOffset: withOffset, dialect, to: &buffer)
    case .bytes(let separator, let isDecimal):
      put(value, record, separator: separator, isDecimal: isDecimal, to: &buffer)
    case .identifier(let isLittleEndian, let isUppercase):
      put(identifier: value, record, isLittleEndian, isUppercase, to: &buffer)
    case .pointer: put(pointer: UInt64(bitPattern: value.number(in: record)), to: &buffer)
    case .character:
      let character = UInt8(truncatingIfNeeded: value.number(in: record))
      withUnsafeBytes(of: character) { buffer.put(foreign: $0) }
    default:
      let zeros = conversion.fillsWithZeros && !conversion.isLeftAligned ? width : 1
      put(value.number(in: record), conversion, digits: max(precision ?? 1, zeros), to: &buffer)
    }
    buffer.pad(from: start, to: width, atEnd: conversion.isLeftAligned)
  }

  private func put(
    _ value: Int64, _ conversion: PrintConversion, digits: Int, to buffer: inout TextBuffer
  ) {
    switch conversion.kind {
    case .decimal(let type):
      let number = type.converted(value)
      if type.isSigned {
        buffer.put(signed: number, width: digits)
      } else {
        buffer.put(UInt64(bitPattern: number), width: digits)
      }
    case .hexadecimal(let type, let isUppercase):
      if conversion.hasPrefix { buffer.put(isUppercase ? "0X" : "0x") }
      buffer.put(
        UInt64(bitPattern: type.converted(value)), radix: 16, uppercase: isUppercase,
        width: conversion.hasPrefix ? digits - 2 : digits)
    case .octal(let type): buffer.put(UInt64(bitPattern: type.converted(value)), radix: 8, width: digits)
    default: break
    }
  }

  private func put(pointer: UInt64, to buffer: inout TextBuffer) {
    switch dialect {
    case .kernel: buffer.put(pointer, radix: 16, width: 16)
    case .traceCommand:
      // By the C library.
      guard pointer != 0 else { return buffer.put("(nil)") }
      buffer.put("0x")
      buffer.put(pointer, radix: 16)
    }
  }

  private func put(
    _ value: PrintExpression, _ record: UnsafeRawBufferPointer, separator: String, isDecimal: Bool,
    to buffer: inout TextBuffer
  ) {
    guard case .field(let field) = value else { return }
    for (index, byte) in field.bytes(in: record).enumerated() {
      if index > 0 { buffer.put(separator) }
      if isDecimal { buffer.put(UInt64(byte)) } else { buffer.put(UInt64(byte), radix: 16, width: 2) }
    }
  }

  /// Five groups of digits (RFC 9562, section 4).
  private func put(
    identifier value: PrintExpression, _ record: UnsafeRawBufferPointer, _ isLittleEndian: Bool,
    _ isUppercase: Bool, to buffer: inout TextBuffer
  ) {
    guard case .field(let field) = value else { return }
    let bytes = field.bytes(in: record)
    guard bytes.count == 16 else { return }
    let order =
      isLittleEndian ? [3, 2, 1, 0, 5, 4, 7, 6] + Array(8..<16) : Array(0..<16)
    for (index, place) in order.enumerated() {
      if [4, 6, 8, 10].contains(index) { buffer.put("-") }
      buffer.put(UInt64(bytes[place]), radix: 16, uppercase: isUppercase, width: 2)
    }
  }
}
