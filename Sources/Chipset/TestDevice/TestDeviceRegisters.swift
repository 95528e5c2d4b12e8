/// The numbers of the test device's port registers.
enum TestDeviceRegister {
  /// Four bytes that keep what is written.
  static let value: Range<UInt16> = 0..<4
  /// A physical page of which the host's mapping is to be renewed.
  static let flush: Range<UInt16> = 4..<8
  /// The same four bytes.
  static let valueByBytes: Range<UInt16> = 8..<12
  /// A register for each interrupt line.
  static let interrupts: Range<UInt16> = 12..<36
}
