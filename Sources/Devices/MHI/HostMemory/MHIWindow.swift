import Bus

/// A range of addresses that the host lets the device use; it has at least one byte.
struct MHIWindow: Equatable {
  /// The first address.
  var first: UInt64 = 0
  /// The last address.
  var last: UInt64 = 0

  /// All `count` bytes from an address on are in the range.
  func contains(_ address: UInt64, count: Int) -> Bool {
    guard count > 0 else { return true }
    let (end, overflows) = address.addingReportingOverflow(UInt64(count - 1))
    return !overflows && address >= first && end <= last
  }
}

extension MHIWindow {
  func save(to writer: inout StateWriter) {
    writer.write(first)
    writer.write(last)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    first = try reader.read()
    last = try reader.read()
  }
}
