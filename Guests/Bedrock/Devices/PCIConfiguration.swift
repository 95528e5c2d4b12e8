/// Where a PCI function sits.
public struct PCIFunctionAddress: Sendable {
  /// 0 to 255.
  public let bus: UInt8
  /// 0 to 31.
  public let device: UInt8
  /// 0 to 7.
  public let function: UInt8
}

/// PCI configuration space through ports CF8h and CFCh (PCI 3.0, section 3.2.2.3.2).
///
/// Only one processor may use it at a time.
public enum PCIConfiguration {
  private static let addressPort = IOPort(0xCF8)
  private static let dataPort = IOPort(0xCFC)
  private static let enable: UInt32 = 1 << 31

  /// Reads the double word at `offset`, a multiple of 4 below 256. All ones if the function is absent.
  public static func read32(_ address: PCIFunctionAddress, _ offset: UInt8) -> UInt32 {
    select(address, offset)
    return dataPort.read32()
  }

  /// Writes the double word at `offset`, a multiple of 4 below 256.
  public static func write32(_ address: PCIFunctionAddress, _ offset: UInt8, _ value: UInt32) {
    select(address, offset)
    dataPort.write32(value)
  }

  private static func select(_ address: PCIFunctionAddress, _ offset: UInt8) {
    let position = UInt32(address.bus) << 16 | UInt32(address.device) << 11 | UInt32(address.function) << 8
    addressPort.write32(enable | position | UInt32(offset & 0xFC))
  }
}
