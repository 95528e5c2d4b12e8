import Bus

/// The descriptor table of a processor that starts with flat segments (SDM volume 3, 3.4.5).
///
/// The selectors are those that the Linux boot protocol prescribes; the other protocols leave the choice.
enum FlatDescriptorTable: UInt64 {
  /// The code segment's descriptor: execute and read, accessed, 32-bit, 4 GiB.
  case protected = 0x00CF_9B00_0000_FFFF
  /// The code segment's descriptor: execute and read, accessed, 64-bit, 4 GiB.
  case long = 0x00AF_9B00_0000_FFFF

  /// Linux's `__BOOT_CS`.
  private static let codeSelector: UInt16 = 0x10
  /// Linux's `__BOOT_DS`.
  private static let dataSelector: UInt16 = 0x18
  /// Read and write, accessed, 32-bit, 4 GiB.
  private static let dataDescriptor: UInt64 = 0x00CF_9300_0000_FFFF

  /// Writes the table, and says how to load the segments from it.
  func write(to memory: GuestMemory) throws(BootError) -> BootState.FlatSegments {
    var table = [UInt8](repeating: 0, count: Int(Self.dataSelector) + 8)
    table.put(rawValue, at: Int(Self.codeSelector))
    table.put(Self.dataDescriptor, at: Int(Self.dataSelector))
    try memory.place(table, at: BootLayout.descriptorTable)
    return BootState.FlatSegments(
      codeSelector: Self.codeSelector, dataSelector: Self.dataSelector,
      descriptorTableBase: BootLayout.descriptorTable, descriptorTableLimit: UInt16(table.count - 1))
  }
}
