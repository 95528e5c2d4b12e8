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
  /// Pages that are zero already are only read, so that the host need not provide them.
  ///
  /// - Throws: `BootError.segmentOutsideMemory` if a part is not RAM.
  func clear(_ range: Range<UInt64>) throws(BootError) {
    let zeroes = [UInt8](repeating: 0, count: Self.pageSize)
    var page = zeroes
    var start = range.lowerBound
    while start < range.upperBound {
      let length = Int(min(UInt64(Self.pageSize), range.upperBound - start))
      let isRead = page.withUnsafeMutableBytes {
        read(start, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<length]))
      }
      guard isRead else { throw .segmentOutsideMemory(start: range.lowerBound, end: range.upperBound) }
      if page[..<length] != zeroes[..<length] { try place(zeroes[..<length], at: start) }
      start += UInt64(length)
    }
  }
}
