import X86

// Elements of masked moves and of gathers, which raise no #AC wherever they lie (observed on Zen 4).

extension Core {
  /// Reads 4 or 8 bytes.
  @inline(__always)
  func readElement(at address: UInt64, size: Int) throws(Fault) -> UInt64 {
    guard isAlignmentChecked else { return try readInteger(at: address, width: UInt16(size)) }
    var value: UInt64 = 0
    for index in 0..<UInt64(size) {
      value |= UInt64(try read(UInt8.self, at: address &+ index)) << (8 * index)
    }
    return value
  }

  /// Checks that an element could be written.
  func checkElementWritable(_ address: UInt64, size: Int) throws(Fault) {
    guard isAlignmentChecked else { return try checkWritable(address, size: size, operandPrivilege) }
    for index in 0..<UInt64(size) { try checkWritable(address &+ index, size: 1, operandPrivilege) }
  }

  /// Writes 4 or 8 bytes.
  @inline(__always)
  func writeElement(_ value: UInt64, at address: UInt64, size: Int) throws(Fault) {
    guard isAlignmentChecked else { return try writeInteger(value, at: address, width: UInt16(size)) }
    for index in 0..<UInt64(size) {
      try write(UInt8(truncatingIfNeeded: value >> (8 * index)), at: address &+ index)
    }
  }
}
