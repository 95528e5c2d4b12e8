/// The processor's source of random numbers.
public enum RandomNumber {
  /// A number from RDRAND, or nil if the source had none to give in ten attempts.
  ///
  /// Raises #UD if the processor lacks `ProcessorFeature.randomNumbers`.
  public static func draw() -> UInt64? {
    var value: UInt64 = 0
    for _ in 0..<10 where rdrand(&value) == 1 { return value }
    return nil
  }
}
