/// The two 8259 interrupt controllers, which a computer with an I/O APIC leaves unused.
public enum LegacyInterruptController {
  private static let firstMask = IOPort(0x21)
  private static let secondMask = IOPort(0xA1)

  /// Masks every line.
  public static func disable() {
    firstMask.write8(0xFF)
    secondMask.write8(0xFF)
  }
}
