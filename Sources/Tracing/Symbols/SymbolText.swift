/// Lines `ADDRESS TYPE NAME`, with the name of a module in brackets behind some: System.map and `/proc/kallsyms`.
enum SymbolText {
  /// The types of symbols that are code (nm(1)).
  private static let codeTypes = Set("tTwW".utf8)

  /// The functions in a text; lines that are something else are passed over.
  static func functions(in text: [UInt8]) -> [(address: UInt64, name: String)] {
    text.split(whereSeparator: { $0 == 0x0A || $0 == 0 }).compactMap { line in
      let parts = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
      guard 3...4 ~= parts.count, parts[0].count <= 16, parts[1].count == 1,
        codeTypes.contains(parts[1][parts[1].startIndex]), let address = hexadecimal(parts[0])
      else { return nil }
      return (address, String(decoding: parts[2], as: UTF8.self))
    }
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: number = number << 4 | UInt64(digit - 0x30)
      case 0x41...0x46, 0x61...0x66: number = number << 4 | UInt64(digit & 0xF + 9)
      default: return nil
      }
    }
    return number
  }

  /// The lines for a table.
  static func text(of table: SymbolTable) -> [UInt8] {
    var text = TextBuffer()
    table.forEach { address, name in
      text.put(address, radix: 16, width: 16)
      text.put(" T ")
      text.put(name)
      text.put("\n")
    }
    return text.bytes
  }
}
