/// A conversion of `printf`, with the kernel's kinds of pointers (Linux, Documentation/core-api/printk-formats.rst).
struct PrintConversion {
  /// A width or a precision.
  enum Count: Equatable {
    case fixed(Int)
    /// The argument before the value says it.
    case argument
  }

  /// What a value becomes.
  enum Kind: Equatable {
    case decimal(IntegerType)
    case hexadecimal(IntegerType, uppercase: Bool)
    case octal(IntegerType)
    case character
    case text
    case pointer
    /// The symbol that a code address lies behind, with the distance or without.
    case symbol(withOffset: Bool)
    /// Bytes of an array: a network address or a dump.
    case bytes(separator: String, decimal: Bool)
    /// An identifier of 16 bytes, of which the first parts may be little-endian.
    case identifier(littleEndian: Bool, uppercase: Bool)
  }

  var isLeftAligned = false
  var fillsWithZeros = false
  /// Hexadecimal numbers have their prefix.
  var hasPrefix = false
  var width = Count.fixed(0)
  var precision: Count?
  var kind = Kind.decimal(IntegerType(size: 4, isSigned: true))
  /// The conversion as it stands in the format.
  private(set) var specification = "%"

  /// A format in pieces.
  enum Piece {
    case text([UInt8])
    case conversion(PrintConversion)
  }

  /// Takes a format apart.
  static func pieces(of format: String) -> [Piece] {
    var pieces: [Piece] = []
    var (text, rest): ([UInt8], Substring) = ([], Substring(format))
    while let character = rest.popFirst() {
      guard character == "%" else {
        text += String(character).utf8
        continue
      }
      if rest.first == "%" {
        text += String(rest.removeFirst()).utf8
        continue
      }
      if !text.isEmpty { pieces.append(.text(text)) }
      text = []
      pieces.append(.conversion(PrintConversion(&rest)))
    }
    if !text.isEmpty { pieces.append(.text(text)) }
    return pieces
  }

  /// No text has a field wider than this.
  static let longestWidth = 1024

  /// Takes the arguments of the conversion from the front of a list.
  ///
  /// - Returns: the one for the value, behind those for width and precision.
  func takeValue(of arguments: inout ArraySlice<PrintExpression>) -> PrintExpression? {
    if width == .argument { arguments = arguments.dropFirst() }
    if precision == .argument { arguments = arguments.dropFirst() }
    return arguments.popFirst()
  }

  /// Takes a conversion from behind its `%`.
  private init(_ rest: inout Substring) {
    let start = rest
    while let flag = rest.first, "-0#+ ".contains(flag) {
      switch flag {
      case "-": isLeftAligned = true
      case "0": fillsWithZeros = true
      case "#": hasPrefix = true
      default: break
      }
      rest.removeFirst()
    }
    width = Self.count(&rest) ?? .fixed(0)
    if rest.first == "." {
      rest.removeFirst()
      precision = Self.count(&rest) ?? .fixed(0)
    }
    var size = 4
    while let modifier = rest.first, "lhzjtLZ".contains(modifier) {
      size = modifier == "h" ? max(size / 2, 1) : 8
      rest.removeFirst()
    }
    kind = Self.kind(&rest, size: size)
    specification += start[..<rest.startIndex]
  }

  private static func count(_ rest: inout Substring) -> Count? {
    if rest.first == "*" {
      rest.removeFirst()
      return .argument
    }
    var count: Int?
    while let digit = rest.first?.wholeNumberValue {
      count = min((count ?? 0) * 10 + digit, longestWidth)
      rest.removeFirst()
    }
    return count.map { .fixed($0) }
  }

  private static func kind(_ rest: inout Substring, size: Int) -> Kind {
    let unsigned = IntegerType(size: size, isSigned: false)
    switch rest.popFirst() {
    case "u": return .decimal(unsigned)
    case "x": return .hexadecimal(unsigned, uppercase: false)
    case "X": return .hexadecimal(unsigned, uppercase: true)
    case "o": return .octal(unsigned)
    case "c": return .character
    case "s": return .text
    case "p": return pointer(&rest)
    default: return .decimal(IntegerType(size: size, isSigned: true))
    }
  }

  /// What a letter behind `%p` makes of it.
  private static func pointer(_ rest: inout Substring) -> Kind {
    let kinds: [(letters: String, kind: Kind)] = [
      ("I4", .bytes(separator: ".", decimal: true)), ("i4", .bytes(separator: ".", decimal: true)),
      ("MF", .bytes(separator: "-", decimal: false)), ("M", .bytes(separator: ":", decimal: false)),
      ("m", .bytes(separator: "", decimal: false)), ("hC", .bytes(separator: ":", decimal: false)),
      ("hD", .bytes(separator: "-", decimal: false)), ("hN", .bytes(separator: "", decimal: false)),
      ("h", .bytes(separator: " ", decimal: false)), ("S", .symbol(withOffset: true)),
      ("F", .symbol(withOffset: true)), ("B", .symbol(withOffset: true)), ("s", .symbol(withOffset: false)),
      ("f", .symbol(withOffset: false)), ("UL", .identifier(littleEndian: true, uppercase: true)),
      ("Ul", .identifier(littleEndian: true, uppercase: false)),
      ("UB", .identifier(littleEndian: false, uppercase: true)),
      ("Ub", .identifier(littleEndian: false, uppercase: false)),
      ("U", .identifier(littleEndian: false, uppercase: false)), ("x", .pointer), ("K", .pointer),
    ]
    guard let found = kinds.first(where: { rest.hasPrefix($0.letters) }) else {
      // Letters with another meaning: shown are the bytes.
      let letters = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
      rest.removeFirst(letters.count)
      return letters.isEmpty ? .pointer : .bytes(separator: "", decimal: false)
    }
    rest.removeFirst(found.letters.count)
    return found.kind
  }
}
