import Bus

/// The function 00:00.0 that stands for the host itself. It decodes nothing; its class is what software
/// recognises a working bus by.
final class PCIHostBridge: PCIFunction {
  /// A generic bridge to which no system attaches workarounds for a real chip set: Red Hat's PCIe host bridge.
  private static let identity = PCIIdentity(
    vendor: 0x1B36, device: 0x0008, revision: 0, classCode: 0x06_00_00)

  let name = "pci-host-bridge"
  let endpoint: PCIEndpoint

  init(slot: PCISlot) {
    endpoint = PCIEndpoint(slot: slot, identity: Self.identity)
  }

  func readBAR(_ index: Int, offset: UInt64, width: AccessWidth) -> UInt64 { width.mask }
  func writeBAR(_ index: Int, offset: UInt64, width: AccessWidth, value: UInt64) {}

  func reset() { endpoint.reset() }
  func save(to writer: inout StateWriter) { endpoint.save(to: &writer) }
  func restore(from reader: inout StateReader) throws(StateError) { try endpoint.restore(from: &reader) }
}
