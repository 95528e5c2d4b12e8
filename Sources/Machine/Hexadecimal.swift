/// Numbers as reports show them.
enum Hexadecimal {
  /// A number with leading zeros, without a prefix.
  static func padded(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// Bytes with spaces between them.
  static func bytes(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { padded(UInt64($0), digits: 2) }.joined(separator: " ")
  }
}
