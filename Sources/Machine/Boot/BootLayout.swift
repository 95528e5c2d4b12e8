import Bus

/// Where loaders put what they tell a kernel, in the RAM below 640 KiB.
///
/// Nothing here outlives the kernel's first steps; the memory map reports it as usable.
enum BootLayout {
  /// The descriptor table that the flat segments were loaded from.
  static let descriptorTable: UInt64 = 0x1000
  /// Linux's `boot_params`, the zero page.
  static let zeroPage: UInt64 = 0x7000
  /// Page tables, if they fit: they do for up to 62 GiB.
  static let pageTables: Range<UInt64> = 0x1_0000..<0x5_0000
  /// The command line and other strings.
  static let strings: Range<UInt64> = 0x5_0000..<0x8_0000
  /// A stack; it grows down from the end.
  static let stack: Range<UInt64> = 0x8_0000..<0x9_0000
  /// What other protocols tell a kernel, and Linux's `setup_data`.
  static let information: Range<UInt64> = 0x9_0000..<0x9_8000

  /// Where a segment of a kernel may lie: the rest belongs to loaders and firmware.
  ///
  /// Kernels are linked for 1 MiB and above, but linkers may put the ELF headers on a page before that; programs
  /// for real mode lie below.
  static let kernels: [Range<UInt64>] = [
    0x8000..<0x1_0000, AddressMap.acpiTables.upperBound..<GuestMemory.holeStart,
  ]
}
