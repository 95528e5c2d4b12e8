/// A function on the PCI bus.
public protocol PCIFunction: Device {
  /// What the PCI specification describes of the function.
  var endpoint: PCIEndpoint { get }

  /// Reads configuration space at `offset`, 0 to 4095, at most four bytes. The default asks the endpoint.
  func readConfiguration(_ offset: Int, width: AccessWidth) -> UInt32

  /// Writes configuration space at `offset`, 0 to 4095, at most four bytes. The default tells the endpoint.
  func writeConfiguration(_ offset: Int, width: AccessWidth, value: UInt32)

  /// Reads a register of the function's own at `offset` behind base address register `index`.
  func readBAR(_ index: Int, offset: UInt64, width: AccessWidth) -> UInt64

  /// Writes a register of the function's own at `offset` behind base address register `index`.
  func writeBAR(_ index: Int, offset: UInt64, width: AccessWidth, value: UInt64)
}

extension PCIFunction {
  /// Reads from the endpoint's registers.
  public func readConfiguration(_ offset: Int, width: AccessWidth) -> UInt32 {
    endpoint.readConfiguration(offset, width: width)
  }

  /// Writes to the endpoint's registers.
  public func writeConfiguration(_ offset: Int, width: AccessWidth, value: UInt32) {
    endpoint.writeConfiguration(offset, width: width, value: value)
  }

  /// Answers a read that the bus decoded: by the message table if that is there, else by the function itself.
  public func readRegion(_ index: Int, offset: UInt64, width: AccessWidth) -> UInt64 {
    endpoint.readMessageTable(index, offset: offset, width: width)
      ?? readBAR(index, offset: offset, width: width) & width.mask
  }

  /// Takes a write that the bus decoded: by the message table if that is there, else by the function itself.
  public func writeRegion(_ index: Int, offset: UInt64, width: AccessWidth, value: UInt64) {
    let value = value & width.mask
    guard !endpoint.writeMessageTable(index, offset: offset, width: width, value: value) else { return }
    writeBAR(index, offset: offset, width: width, value: value)
  }
}
