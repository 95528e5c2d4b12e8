import Bus

/// A run of I/O ports and the device that answers there.
public struct PortRange {
  /// The number of the first port.
  public let first: UInt16
  /// How many ports there are.
  public let count: UInt16
  /// What answers; its offsets count from ``first``.
  public let device: any PortDevice

  /// The ports from `first` on, `count` of them.
  public init(first: UInt16, count: UInt16, device: any PortDevice) {
    self.first = first
    self.count = count
    self.device = device
  }
}

/// A part of a device's registers that has an address range of its own.
///
/// The PC scatters some devices over the port space. Such a device numbers its registers in one sequence, and
/// each window shows a part of the sequence at the ports where the PC has it. A window has no state.
final class PortWindow: PortDevice {
  private let device: any PortDevice
  private let start: UInt16

  /// Shows the registers of `device` from number `start` on.
  init(onto device: any PortDevice, start: UInt16) {
    self.device = device
    self.start = start
  }

  var name: String { device.name }

  func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    device.readPort(start &+ offset, width: width)
  }

  func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    device.writePort(start &+ offset, width: width, value: value)
  }

  func reset() {}
  func save(to writer: inout StateWriter) {}
  func restore(from reader: inout StateReader) throws(StateError) {}
}

extension AccessWidth {
  /// What a read gives when nothing answers: all ones.
  var floatingBus: UInt32 { UInt32(truncatingIfNeeded: mask) }
}
