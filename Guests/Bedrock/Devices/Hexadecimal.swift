/// A number in hexadecimal, with leading zeros up to `digits`.
public func hexadecimal(_ value: some FixedWidthInteger & UnsignedInteger, digits: Int = 1) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
