/// Ways for the current processor to wait.
public enum ProcessorControl {
  /// Tells the processor that this is a spin loop (PAUSE).
  public static func spinHint() { pause() }

  /// Accepts interrupts and sleeps until one has been handled.
  ///
  /// The caller checks what it waits for with interrupts held back, so that no wake-up is lost.
  public static func waitForInterrupt() { enableInterruptsAndHalt() }

  /// Sleeps for good: maskable interrupts stay held back.
  public static func haltForever() -> Never {
    while true {
      cli()
      halt()
    }
  }
}
