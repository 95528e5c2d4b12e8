/// A place in a text that a parser reads.
struct TextScanner {
  let characters: [Character]
  /// The index of the next character.
  var position = 0

  init(_ text: String) { characters = Array(text) }

  /// Nothing is left.
  var isAtEnd: Bool { position >= characters.count }

  /// The next character; `nil` at the end.
  var next: Character? { isAtEnd ? nil : characters[position] }

  mutating func skipSpace() {
    while let next, next.isWhitespace { position += 1 }
  }

  /// Whether a word comes next.
  func startsWith(_ word: String) -> Bool { characters[position...].starts(with: word) }

  /// Steps over space, a word and more space, if the word is there.
  mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard startsWith(word) else { return false }
    position += word.count
    skipSpace()
    return true
  }

  /// Steps over letters, digits and underscores.
  mutating func takeName() -> String {
    let start = position
    while let next, Self.isOfName(next) { position += 1 }
    return String(characters[start..<position])
  }

  /// Steps over a number: digits, or hexadecimal ones behind `0x`, with the suffixes that C allows.
  mutating func takeNumber() -> UInt64? {
    let digits = takeName().lowercased()
    let number = digits.prefix { !"ul".contains($0) }
    return number.hasPrefix("0x") ? UInt64(number.dropFirst(2), radix: 16) : UInt64(number)
  }

  static func isOfName(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }
}
