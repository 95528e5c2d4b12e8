/// Collects text as bytes.
struct TextBuffer {
  private(set) var bytes: [UInt8] = []

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func put(_ text: String) { bytes += text.utf8 }

  mutating func put(byte: UInt8) { bytes.append(byte) }

  mutating func put(_ more: [UInt8]) { bytes += more }

  mutating func put(spaces count: Int) {
    if count > 0 { bytes += repeatElement(UInt8(ascii: " "), count: count) }
  }

  /// A number, with zeros before it up to a width.
  mutating func put(_ number: UInt64, radix: UInt64 = 10, uppercase: Bool = false, width: Int = 1) {
    let start = bytes.count
    var rest = number
    while rest != 0 || bytes.count - start < width {
      let digit = UInt8(truncatingIfNeeded: rest % radix)
      bytes.append(digit < 10 ? 0x30 + digit : (uppercase ? 0x41 : 0x61) + digit - 10)
      rest /= radix
    }
    bytes[start...].reverse()
  }

  /// A number in decimal, with zeros behind its sign up to a width.
  mutating func put(signed number: Int64, width: Int = 1) {
    if number < 0 { put(byte: UInt8(ascii: "-")) }
    put(number.magnitude, width: number < 0 ? width - 1 : width)
  }

  /// Bytes in hexadecimal.
  mutating func putBytes(_ more: some Sequence<UInt8>, separator: String) {
    for (index, byte) in more.enumerated() {
      if index > 0 { put(separator) }
      put(UInt64(byte), radix: 16, width: 2)
    }
  }

  /// A text that comes from a guest or a file: what could move a terminal's cursor is replaced.
  mutating func put(foreign text: UnsafeRawBufferPointer) {
    guard text.allSatisfy({ 0x20..<0x7F ~= $0 || $0 == 0x09 }) else {
      for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
        let isControl = scalar.value < 0x20 && scalar.value != 9 || 0x7F...0x9F ~= scalar.value
        bytes += String(isControl ? "\u{FFFD}" : Character(scalar)).utf8
      }
      return
    }
    bytes += text
  }

  /// A text that comes from a guest or a file.
  mutating func put(foreign text: String) {
    var text = text
    text.withUTF8 { put(foreign: UnsafeRawBufferPointer($0)) }
  }

  /// Puts what stands from a place on into a field of a width.
  mutating func pad(from start: Int, to width: Int, atEnd: Bool = false) {
    let missing = width - (bytes.count - start)
    guard missing > 0 else { return }
    bytes.insert(
      contentsOf: repeatElement(UInt8(ascii: " "), count: missing), at: atEnd ? bytes.count : start)
  }
}
