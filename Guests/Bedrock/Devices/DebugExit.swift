/// QEMU's `isa-debug-exit` at its usual port: a byte written ends the machine.
///
/// The emulator's exit code is twice the byte plus one: 33 for success, 35 for failure.
public enum DebugExit {
  private static let port = IOPort(0xF4)
  private static let successByte: UInt8 = 0x10
  private static let failureByte: UInt8 = 0x11

  /// Ends the machine; returns if it has no such device.
  public static func leave(_ status: ExitStatus) {
    port.write8(status == .success ? successByte : failureByte)
  }
}
