/// Where the PCI host answers in the machine's address spaces. The ACPI tables tell the same ranges.
public struct PCIHostLayout: Equatable, Sendable {
  /// The first address of the memory-mapped configuration space (ECAM).
  public let configurationBase: UInt64
  /// The I/O ports that base address registers may be put at.
  public let portWindow: Range<UInt64>
  /// The addresses below 4 GiB that base address registers may be put at.
  public let lowWindow: Range<UInt64>
  /// The addresses above RAM that wide base address registers may be put at.
  public let highWindow: Range<UInt64>

  /// The size of the memory-mapped configuration space: 256 buses of 1 MiB.
  public static let configurationSize: UInt64 = 256 << 20

  /// The alignment and the size of the window above RAM.
  private static let highWindowSize: UInt64 = 64 << 30

  /// The layout for a machine whose RAM ends at the physical address `endOfRAM`.
  public init(endOfRAM: UInt64, configurationBase: UInt64 = 0xE000_0000) {
    self.configurationBase = configurationBase
    portWindow = 0xC000..<0x1_0000
    lowWindow = 0xC000_0000..<configurationBase
    let end = min(max(endOfRAM, 1 << 32), 1 << 47)
    let start = (end + Self.highWindowSize - 1) & ~(Self.highWindowSize - 1)
    highWindow = start..<start + Self.highWindowSize
  }

  /// The addresses of the memory-mapped configuration space.
  public var configurationWindow: Range<UInt64> {
    configurationBase..<configurationBase + Self.configurationSize
  }
}
