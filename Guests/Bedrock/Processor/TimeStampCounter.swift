/// The processor's time-stamp counter.
public enum TimeStampCounter {
  /// Ticks since reset, unless software has set the counter.
  public static var value: UInt64 { rdtsc() }
}
