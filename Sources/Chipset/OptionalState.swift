import Bus

extension StateWriter {
  /// Writes whether there is a value, and then the value.
  mutating func writeOptional<Number: FixedWidthInteger>(_ value: Number?) {
    write(value != nil)
    if let value { write(value) }
  }
}

extension StateReader {
  /// Reads what ``StateWriter/writeOptional(_:)`` wrote.
  mutating func readOptional<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(StateError) -> Number? {
    guard try readBool() else { return nil }
    return try read(type)
  }
}
