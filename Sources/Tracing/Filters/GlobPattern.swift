/// Patterns of ftrace: `*` stands for any characters, `?` for one, `[abc]` and `[a-z]` for one of several (Linux,
/// lib/glob.c).
enum GlobPattern {
  /// Whether a pattern stands for the whole text.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    Array(pattern.utf8).withUnsafeBytes { pattern in
      Array(text.utf8).withUnsafeBytes { matches(pattern, $0) }
    }
  }

  /// The same for texts in UTF-8.
  static func matches(_ pattern: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Bool {
    var (patternIndex, textIndex) = (0, 0)
    // Where to go on if what follows the last star does not match.
    var retry: (pattern: Int, text: Int)?
    while textIndex < text.count {
      if patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") {
        patternIndex += 1
        retry = (patternIndex, textIndex)
      } else if let next = oneMatches(pattern, patternIndex, text[textIndex]) {
        patternIndex = next
        textIndex += 1
      } else if let again = retry {
        retry = (again.pattern, again.text + 1)
        (patternIndex, textIndex) = (again.pattern, again.text + 1)
      } else {
        return false
      }
    }
    return pattern[patternIndex...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// The index behind the element of a pattern that stands for a character; `nil` if it does not.
  private static func oneMatches(_ pattern: UnsafeRawBufferPointer, _ index: Int, _ character: UInt8) -> Int?
  {
    guard index < pattern.count else { return nil }
    switch pattern[index] {
    case UInt8(ascii: "?"): return index + 1
    case UInt8(ascii: "["):
      guard let end = pattern[(index + 1)...].dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
        return character == pattern[index] ? index + 1 : nil
      }
      return setContains(pattern[(index + 1)..<end], character) ? end + 1 : nil
    case UInt8(ascii: "\\") where index + 1 < pattern.count:
      return pattern[index + 1] == character ? index + 2 : nil
    default: return pattern[index] == character ? index + 1 : nil
    }
  }

  private static func setContains(_ set: Slice<UnsafeRawBufferPointer>, _ character: UInt8) -> Bool {
    var members = set
    let isInverted = members.first == UInt8(ascii: "!")
    if isInverted { members = members.dropFirst() }
    var isMember = false
    var index = members.startIndex
    while index < members.endIndex {
      if index + 2 < members.endIndex, members[index + 1] == UInt8(ascii: "-") {
        if members[index] <= character, character <= members[index + 2] { isMember = true }
        index += 3
      } else {
        if members[index] == character { isMember = true }
        index += 1
      }
    }
    return isMember != isInverted
  }
}
