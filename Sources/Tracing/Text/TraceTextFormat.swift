/// Writes the text of a record by its event's format, as the kernel does.
struct TraceTextFormat {
  private let event: EventDescription
  private let pieces: [Piece]
  /// The texts that fields of type `const char *` point to.
  private let constantTexts: [UInt64: String]

  private enum Piece {
    case text(String)
    case conversion(Conversion, EventDescription.Argument?)
  }

  /// A conversion of `printf`.
  private struct Conversion {
    var isLeftAligned = false
    var fillsWithZeros = false
    /// Hexadecimal numbers have their prefix.
    var hasPrefix = false
    var width = 0
    var kind: Character = "d"
  }

  init(_ event: EventDescription, constantTexts: [UInt64: String] = [:]) {
    self.event = event
    self.constantTexts = constantTexts
    pieces = Self.pieces(of: event.format, event.arguments)
  }

  private static func pieces(of format: String, _ arguments: [EventDescription.Argument]) -> [Piece] {
    var pieces: [Piece] = []
    var (text, rest, argument) = ("", Substring(format), 0)
    while let character = rest.popFirst() {
      guard character == "%" else {
        text.append(character)
        continue
      }
      if rest.first == "%" {
        text.append(rest.removeFirst())
        continue
      }
      if !text.isEmpty { pieces.append(.text(text)) }
      text = ""
      var conversion = Conversion()
      while let flag = rest.first, "-0#".contains(flag) {
        switch flag {
        case "-": conversion.isLeftAligned = true
        case "0": conversion.fillsWithZeros = true
        default: conversion.hasPrefix = true
        }
        rest.removeFirst()
      }
      while let digit = rest.first?.wholeNumberValue {
        conversion.width = min(conversion.width * 10 + digit, 256)
        rest.removeFirst()
      }
      while let size = rest.first, "lhzj".contains(size) { rest.removeFirst() }
      conversion.kind = rest.popFirst() ?? "d"
      pieces.append(.conversion(conversion, argument < arguments.count ? arguments[argument] : nil))
      argument += 1
    }
    if !text.isEmpty { pieces.append(.text(text)) }
    return pieces
  }

  /// The text of a record.
  func text(of record: UnsafeRawBufferPointer) -> String {
    var result = ""
    for piece in pieces {
      switch piece {
      case .text(let text): result += text
      case .conversion(let conversion, let argument): result += converted(conversion, argument, record)
      }
    }
    return result
  }

  private func converted(
    _ conversion: Conversion, _ argument: EventDescription.Argument?, _ record: UnsafeRawBufferPointer
  ) -> String {
    switch argument {
    case .field(let index):
      let field = event.fields[index]
      if field.isText { return padded(field.text(in: record), conversion) }
      let value = field.number(in: record)
      if conversion.kind == "s" {
        let text = constantTexts[UInt64(bitPattern: value)]
        return padded(text ?? Self.hexadecimal(UInt64(bitPattern: value)), conversion)
      }
      let prefix = conversion.hasPrefix && conversion.kind == "x" ? "0x" : ""
      return padded(prefix + digits(of: value, field, conversion.kind), conversion)
    case .symbol(let index, let symbols):
      let field = event.fields[index]
      let value = field.number(in: record)
      let name = symbols.first { $0.value == value }?.name
      return padded(name ?? Self.hexadecimal(unsigned(value, field)), conversion)
    case nil: return ""
    }
  }

  private static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  private func unsigned(_ value: Int64, _ field: EventDescription.Field) -> UInt64 {
    let bits = UInt64(bitPattern: value)
    return field.size == 8 ? bits : bits & (1 << UInt64(field.size * 8) - 1)
  }

  private func digits(of value: Int64, _ field: EventDescription.Field, _ conversion: Character) -> String {
    switch conversion {
    case "x": return String(unsigned(value, field), radix: 16)
    case "X": return String(unsigned(value, field), radix: 16, uppercase: true)
    case "p":
      let text = String(UInt64(bitPattern: value), radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    case "u": return String(unsigned(value, field))
    case "c": return String(UnicodeScalar(UInt8(truncatingIfNeeded: value)))
    default: return field.isSigned ? String(value) : String(unsigned(value, field))
    }
  }

  private func padded(_ text: String, _ conversion: Conversion) -> String {
    guard text.count < conversion.width else { return text }
    let missing = conversion.width - text.count
    if conversion.isLeftAligned { return text + String(repeating: " ", count: missing) }
    return String(repeating: conversion.fillsWithZeros ? "0" : " ", count: missing) + text
  }
}
