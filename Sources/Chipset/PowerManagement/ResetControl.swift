import Bus

/// The reset control register of the PCI chip sets, port 0xCF9 (ICH data sheet, "RST_CNT").
public final class ResetControl: PortDevice {
  /// The machine is reset, and not only the processors.
  private static let systemReset: UInt8 = 1 << 1
  /// Resets when it changes from zero to one.
  private static let resetProcessor: UInt8 = 1 << 2
  /// The reset turns the power off and on.
  private static let fullReset: UInt8 = 1 << 3
  private static let writable = systemReset | resetProcessor | fullReset

  /// Names the device on the board.
  public let name = "reset-control"
  /// Called when the guest resets the machine.
  public var resetRequested: ((ResetKind) -> Void)?

  private var register: UInt8 = 0

  /// A register that asks for nothing.
  public init() {}

  /// Clears the register.
  public func reset() { register = 0 }

  /// Reads the register.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 { UInt32(register) }

  /// Writes the register.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    let old = register
    register = UInt8(truncatingIfNeeded: value) & Self.writable
    guard register & ~old & Self.resetProcessor != 0 else { return }
    resetRequested?(register & Self.systemReset != 0 ? .machine : .processors)
  }

  /// Writes the register.
  public func save(to writer: inout StateWriter) { writer.write(register) }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    register = try reader.read()
    guard register & ~Self.writable == 0 else { throw .invalid }
  }
}
