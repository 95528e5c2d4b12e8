import Bus

extension GuestMemory {
  /// Copies `bytes` to a physical address.
  ///
  /// - Throws: `BootError.segmentOutsideMemory` if a part is not RAM.
  func place(_ bytes: some Collection<UInt8>, at address: UInt64) throws(BootError) {
    let placed =
      bytes.withContiguousStorageIfAvailable { write(address, from: UnsafeRawBufferPointer($0)) }
      ?? [UInt8](bytes).withUnsafeBytes { write(address, from: $0) }
    guard placed else {
      throw .segmentOutsideMemory(start: address, end: address &+ UInt64(bytes.count))
    }
  }

  /// Makes a range of RAM zero.
  ///
  /// - Throws: `BootError.segmentOutsideMemory` if a part is not RAM.
  func clear(_ range: Range<UInt64>) throws(BootError) {
    guard let count = Int(exactly: range.upperBound - range.lowerBound),
      clear(range.lowerBound, count: count)
    else { throw .segmentOutsideMemory(start: range.lowerBound, end: range.upperBound) }
  }
}
