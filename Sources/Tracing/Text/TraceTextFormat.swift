import Interfaces

/// Writes the text of a record by its event's format, as the kernel does.
struct TraceTextFormat {
  private let event: TraceEvent
  private let layout: TraceLayout
  private let pieces: [Piece]
  /// The texts that fields of type `const char *` point to.
  private let constantTexts: [UInt64: String]

  private enum Piece {
    case text(String)
    case conversion(Conversion, TraceArgument?)
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

  init(_ event: TraceEvent, constantTexts: [UInt64: String] = [:]) {
    self.event = event
    layout = TraceLayout(event)
    self.constantTexts = constantTexts
    pieces = Self.pieces(of: "\(event.format)", event.arguments)
  }

  private static func pieces(of format: String, _ arguments: [TraceArgument]) -> [Piece] {
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
    _ conversion: Conversion, _ argument: TraceArgument?, _ record: UnsafeRawBufferPointer
  ) -> String {
    switch argument {
    case .field(let index):
      if event.fields[index].kind == .text { return padded(text(index, record), conversion) }
      let value = number(index, record)
      if conversion.kind == "s" {
        let text = constantTexts[UInt64(bitPattern: value)]
        return padded(text ?? Self.hexadecimal(UInt64(bitPattern: value)), conversion)
      }
      let prefix = conversion.hasPrefix && conversion.kind == "x" ? "0x" : ""
      return padded(prefix + digits(of: value, event.fields[index].kind, conversion.kind), conversion)
    case .symbol(let index, let symbols):
      let value = number(index, record)
      let name = symbols.first { $0.value == value }.map { "\($0.name)" }
      return padded(name ?? Self.hexadecimal(unsigned(value, event.fields[index].kind)), conversion)
    case nil: return ""
    }
  }

  private static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  private func unsigned(_ value: Int64, _ kind: TraceField.Kind) -> UInt64 {
    let bits = UInt64(bitPattern: value)
    return kind.size == 8 ? bits : bits & (1 << UInt64(kind.size * 8) - 1)
  }

  private func digits(of value: Int64, _ kind: TraceField.Kind, _ conversion: Character) -> String {
    switch conversion {
    case "x": return String(unsigned(value, kind), radix: 16)
    case "X": return String(unsigned(value, kind), radix: 16, uppercase: true)
    case "p":
      let text = String(UInt64(bitPattern: value), radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    case "u": return String(unsigned(value, kind))
    case "c": return String(UnicodeScalar(UInt8(truncatingIfNeeded: value)))
    default: return kind.isSigned ? String(value) : String(unsigned(value, kind))
    }
  }

  private func padded(_ text: String, _ conversion: Conversion) -> String {
    guard text.count < conversion.width else { return text }
    let missing = conversion.width - text.count
    if conversion.isLeftAligned { return text + String(repeating: " ", count: missing) }
    return String(repeating: conversion.fillsWithZeros ? "0" : " ", count: missing) + text
  }

  // MARK: Fields

  /// The value of a field with a number; 0 if the record is too short.
  func number(_ index: Int, _ record: UnsafeRawBufferPointer) -> Int64 {
    let kind = event.fields[index].kind
    let offset = layout.offsets[index]
    guard offset + kind.size <= record.count, let start = record.baseAddress else { return 0 }
    return TraceFilter.FieldReference(
      offset: offset, size: kind.size, isSigned: kind.isSigned, isText: false
    ).number(in: start)
  }

  /// The text of a field; empty if it does not lie in the record.
  func text(_ index: Int, _ record: UnsafeRawBufferPointer) -> String {
    let place = UInt32(truncatingIfNeeded: number(index, record))
    let (start, count) = (Int(place & 0xFFFF), Int(place >> 16))
    guard count > 1, start + count <= record.count else { return "" }
    return String(decoding: record[start..<(start + count - 1)], as: UTF8.self)
  }
}
