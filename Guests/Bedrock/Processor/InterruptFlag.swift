/// Whether this processor accepts maskable interrupts: RFLAGS.IF.
public enum InterruptFlag {
  private static let bit: UInt64 = 1 << 9

  /// Whether maskable interrupts are accepted now.
  public static var isSet: Bool { readFlags() & bit != 0 }

  /// Accepts maskable interrupts from the instruction after next.
  public static func set() { sti() }

  /// Holds maskable interrupts back.
  public static func clear() { cli() }

  /// Runs `body` with maskable interrupts held back, then restores the flag.
  public static func withInterruptsHeldBack<Result>(_ body: () -> Result) -> Result {
    let wasSet = isSet
    clear()
    defer { if wasSet { set() } }
    return body()
  }
}
