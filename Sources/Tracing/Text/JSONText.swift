/// Texts of JSON (RFC 8259).
public enum JSONText {
  /// A text in quotes.
  public static func quoted(_ text: String) -> String {
    var buffer = TextBuffer()
    buffer.put(quoted: text)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }
}

extension TextBuffer {
  /// A text in JSON's quotes.
  mutating func put(quoted text: String) {
    put("\"")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): put("\\\"")
      case UInt8(ascii: "\\"): put("\\\\")
      case UInt8(ascii: "\n"): put("\\n")
      case UInt8(ascii: "\r"): put("\\r")
      case UInt8(ascii: "\t"): put("\\t")
      case ..<0x20:
        put("\\u")
        put(UInt64(byte), radix: 16, width: 4)
      default: put(byte: byte)
      }
    }
    put("\"")
  }
}
