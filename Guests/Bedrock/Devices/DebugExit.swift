/// QEMU's `isa-debug-exit` at its usual port: a byte written ends the machine.
///
/// The emulator's exit code is twice the byte plus one: 33 for success, 35 for failure, 37 if the computer
/// lacks what the guest is for.
public enum DebugExit {
  private static let port = IOPort(0xF4)
  private static let successByte: UInt8 = 0x10
  private static let failureByte: UInt8 = 0x11
  private static let unsuitableByte: UInt8 = 0x12

  /// Ends the machine; returns if it has no such device.
  public static func leave(_ status: ExitStatus) {
    switch status {
    case .success: port.write8(successByte)
    case .failure: port.write8(failureByte)
    case .unsuitable: port.write8(unsuitableByte)
    }
  }
}
