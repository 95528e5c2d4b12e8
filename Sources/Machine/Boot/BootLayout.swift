import Bus

/// Where loaders put what they tell a kernel, in the RAM below 640 KiB.
///
/// Nothing here outlives the kernel's first steps; the memory map reports it as usable.
enum BootLayout {
  /// The descriptor table that the flat segments were loaded from.
  static let descriptorTable: UInt64 = 0x1000
  /// Linux's `boot_params`, the zero page.
  static let zeroPage: UInt64 = 0x7000
  /// What other protocols tell a kernel, and Linux's `setup_data`.
  static let information: Range<UInt64> = 0x8000..<0x1_0000
  /// Page tables for the first 4 GiB.
  static let pageTables: Range<UInt64> = 0x1_0000..<0x2_0000
  /// The command line and other strings.
  static let strings: Range<UInt64> = 0x2_0000..<0x8_0000
  /// A stack; it grows down from the end.
  static let stack: Range<UInt64> = 0x8_0000..<0x9_0000
  /// Where kernels may lie: whatever is below belongs to loaders and firmware.
  static let kernelStart = AddressMap.extendedMemoryStart
}

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
}

extension UInt64 {
  /// The least multiple of a power of two that is not less than this; `nil` if it overflows.
  func roundedUp(toMultipleOf alignment: UInt64) -> UInt64? {
    let (sum, overflow) = addingReportingOverflow(alignment &- 1)
    return overflow ? nil : sum & ~(alignment &- 1)
  }
}

/// Hands out pieces of a region of guest memory in turn, and fills them.
struct BootArea {
  private var free: Range<UInt64>

  init(_ region: Range<UInt64>) {
    free = region
  }

  /// Copies `bytes` to the next address that is a multiple of 8, and returns it.
  ///
  /// - Throws: `BootError.tablesTooLarge` if the region is full.
  mutating func place(_ bytes: [UInt8], in memory: GuestMemory) throws(BootError) -> UInt64 {
    let start = free.lowerBound
    guard let end = (start + UInt64(bytes.count)).roundedUp(toMultipleOf: 8), end <= free.upperBound else {
      throw .tablesTooLarge(size: bytes.count, limit: Int(free.upperBound - free.lowerBound))
    }
    try memory.place(bytes, at: start)
    free = end..<free.upperBound
    return start
  }
}
