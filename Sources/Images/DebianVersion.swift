/// A version of a Debian package, ordered as Debian orders them.
///
/// The order is that of Debian Policy section 5.6.12: epoch, upstream version, revision; within the latter
/// two, runs of non-digits by their characters (`~` before the end, letters before the rest) in turn with
/// runs of digits by their value.
public struct DebianVersion: Comparable, Sendable, CustomStringConvertible {
  /// The version as Debian writes it, such as `6.12.117-1~deb12u1`.
  public let description: String

  private let epoch: Substring
  private let upstream: Substring
  private let revision: Substring

  /// Reads a version. Every text has a place in the order, so nothing is refused.
  public init(_ text: String) {
    description = text
    var rest = text[...]
    if let colon = rest.firstIndex(of: ":") {
      epoch = rest[..<colon]
      rest = rest[rest.index(after: colon)...]
    } else {
      epoch = ""
    }
    if let hyphen = rest.lastIndex(of: "-") {
      upstream = rest[..<hyphen]
      revision = rest[rest.index(after: hyphen)...]
    } else {
      upstream = rest
      revision = ""
    }
  }

  /// Whether `left` is the older one.
  public static func < (left: DebianVersion, right: DebianVersion) -> Bool {
    left.compared(to: right) < 0
  }

  /// Whether neither is older: `1.0` and `1.00` are the same version.
  public static func == (left: DebianVersion, right: DebianVersion) -> Bool {
    left.compared(to: right) == 0
  }

  private func compared(to other: DebianVersion) -> Int {
    for (mine, theirs) in [(epoch, other.epoch), (upstream, other.upstream), (revision, other.revision)] {
      let order = Self.compare(Array(mine.utf8)[...], Array(theirs.utf8)[...])
      if order != 0 { return order }
    }
    return 0
  }

  private static func compare(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
    var left = left
    var right = right
    while !left.isEmpty || !right.isEmpty {
      while left.first.map({ !isDigit($0) }) ?? false || right.first.map({ !isDigit($0) }) ?? false {
        let difference = weight(left.first) - weight(right.first)
        if difference != 0 { return difference }
        left = left.dropFirst()
        right = right.dropFirst()
      }
      let leftNumber = takeNumber(&left)
      let rightNumber = takeNumber(&right)
      if leftNumber.count != rightNumber.count { return leftNumber.count - rightNumber.count }
      if leftNumber.lexicographicallyPrecedes(rightNumber) { return -1 }
      if rightNumber.lexicographicallyPrecedes(leftNumber) { return 1 }
    }
    return 0
  }

  /// Removes a run of digits from the front and gives it without its leading zeros.
  private static func takeNumber(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = text.prefix(while: isDigit)
    text = text.dropFirst(digits.count)
    return digits.drop { $0 == UInt8(ascii: "0") }
  }

  /// Where a byte, or the end of a run of non-digits, stands in the order.
  private static func weight(_ byte: UInt8?) -> Int {
    switch byte {
    case UInt8(ascii: "~"): -1
    case nil: 0
    case .some(let digit) where isDigit(digit): 0
    case .some(let letter) where isLetter(letter): Int(letter)
    case .some(let other): Int(other) + 256
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }
}
