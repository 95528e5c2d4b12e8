/// Something on the board that has state of its own.
///
/// A device is a function of its state, its input and the machine's clock; nothing else may influence it.
public protocol Device: AnyObject {
  /// A short name that is unique on the board, such as `ioapic` or `virtio-block0`; keys the statistics.
  var name: String { get }

  /// Puts every register to its power-on value.
  func reset()

  /// Writes the whole state, in a fixed order.
  func save(to writer: inout StateWriter)

  /// Reads back what ``save(to:)`` wrote.
  func restore(from reader: inout StateReader) throws(StateError)
}

/// A device with registers in the I/O port space.
public protocol PortDevice: Device {
  /// Reads the register at `offset` ports from the start of the range that was claimed.
  func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32

  /// Writes the register at `offset` ports from the start of the range that was claimed.
  func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32)
}

/// A device with registers in the physical address space.
public protocol MemoryMappedDevice: Device {
  /// Reads the register at `offset` bytes from the start of the range that was claimed.
  func readRegister(_ offset: UInt64, width: AccessWidth) -> UInt64

  /// Writes the register at `offset` bytes from the start of the range that was claimed.
  func writeRegister(_ offset: UInt64, width: AccessWidth, value: UInt64)
}
