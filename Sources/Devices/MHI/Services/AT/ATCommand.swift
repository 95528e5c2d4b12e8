/// One value of an extended command (ITU-T V.250, 5.4.2).
enum ATValue: Equatable {
  /// Nothing between two commas.
  case omitted
  case number(Int)
  case text(String)
}

/// One command of a line.
struct ATCommand: Equatable {
  /// How it was given (V.250, 5.3 and 5.4).
  enum Form: Equatable {
    /// `+CSQ`, or a basic command with its number, as in `E0`.
    case execute
    /// `+CSQ?`
    case read
    /// `+CSQ=?`
    case test
    /// `+CSQ=1,"a"`
    case set([ATValue])
  }

  /// In capitals: `+CSQ`, `&F`, `E`.
  var name: String
  var form: Form
}

/// Takes a command line apart (V.250, 5.2.1).
struct ATLineParser {
  private let characters: [UInt8]
  private var position = 0

  init(_ line: [UInt8]) {
    // Spaces mean something only within quotes.
    var isQuoted = false
    characters = line.filter {
      if $0 == UInt8(ascii: "\"") { isQuoted.toggle() }
      return isQuoted || $0 != UInt8(ascii: " ")
    }
  }

  private var next: UInt8? { position < characters.count ? characters[position] : nil }

  /// The next command; `nil` at the end of the line.
  mutating func nextCommand() throws(ATError) -> ATCommand? {
    while next == UInt8(ascii: ";") { position += 1 }
    guard let first = next else { return nil }
    switch first {
    case UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: "$"), UInt8(ascii: "*"), UInt8(ascii: "!"):
      return try extendedCommand()
    default: return try basicCommand()
    }
  }

  // MARK: Basic commands

  private mutating func basicCommand() throws(ATError) -> ATCommand {
    var name = try letter()
    if name == "D" { return dialCommand() }
    if name == "&" { name += try letter() }
    if name == "S" { return try registerCommand() }
    let number = try number()
    return ATCommand(name: name, form: .set([.number(number ?? 0)]))
  }

  /// `D` and everything behind it.
  private mutating func dialCommand() -> ATCommand {
    let text = String(decoding: characters[position...], as: UTF8.self)
    position = characters.count
    return ATCommand(name: "D", form: .set([.text(text)]))
  }

  /// `S3?` or `S3=13` (V.250, 5.3.2).
  private mutating func registerCommand() throws(ATError) -> ATCommand {
    guard let register = try number() else { throw .syntax }
    switch next {
    case UInt8(ascii: "?"):
      position += 1
      return ATCommand(name: "S\(register)", form: .read)
    case UInt8(ascii: "="):
      position += 1
      return ATCommand(name: "S\(register)", form: .set([.number(try number() ?? 0)]))
    default: return ATCommand(name: "S\(register)", form: .execute)
    }
  }

  private mutating func letter() throws(ATError) -> String {
    guard let character = next, character < 0x80 else { throw .syntax }
    position += 1
    return String(UnicodeScalar(character)).uppercased()
  }

  /// A decimal number that is not absurdly long; `nil` where there is no digit.
  private mutating func number() throws(ATError) -> Int? {
    let start = position
    var value = 0
    while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
      guard position - start < 9 else { throw .syntax }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
      position += 1
    }
    return position > start ? value : nil
  }

  // MARK: Extended commands

  private mutating func extendedCommand() throws(ATError) -> ATCommand {
    var name = try letter()
    while let character = next, Self.isNamed(character) { name += try letter() }
    let form: ATCommand.Form
    switch next {
    case UInt8(ascii: "?"):
      position += 1
      form = .read
    case UInt8(ascii: "="):
      position += 1
      if next == UInt8(ascii: "?") {
        position += 1
        form = .test
      } else {
        form = .set(try values())
      }
    default: form = .execute
    }
    guard next == nil || next == UInt8(ascii: ";") else { throw .syntax }
    return ATCommand(name: name, form: form)
  }

  /// What may be in a name behind its first character (V.250, 5.4.1), as far as anybody uses it.
  private static func isNamed(_ character: UInt8) -> Bool {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private mutating func values() throws(ATError) -> [ATValue] {
    var values: [ATValue] = []
    while true {
      values.append(try value())
      guard next == UInt8(ascii: ",") else { return values }
      position += 1
    }
  }

  private mutating func value() throws(ATError) -> ATValue {
    switch next {
    case UInt8(ascii: "\""): return .text(try quotedText())
    case UInt8(ascii: ","), UInt8(ascii: ";"), nil: return .omitted
    default:
      guard let number = try number() else { throw .syntax }
      return .number(number)
    }
  }

  private mutating func quotedText() throws(ATError) -> String {
    let start = position + 1
    guard let end = characters[start...].firstIndex(of: UInt8(ascii: "\"")) else { throw .syntax }
    position = end + 1
    return String(decoding: characters[start..<end], as: UTF8.self)
  }
}
