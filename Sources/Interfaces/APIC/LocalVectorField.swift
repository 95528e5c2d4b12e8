/// Fields of an entry of the local vector table (APM volume 2, 16.4). No entry has all of them.
public enum LocalVectorField {
  /// The vector.
  public static let vector: UInt32 = 0xFF
  /// See ``DeliveryMode``.
  public static let deliveryMode: UInt32 = 7 << 8
  /// Reads as zero: messages arrive at once.
  public static let deliveryStatus: UInt32 = 1 << 12
  /// The pin is active when low.
  public static let polarity: UInt32 = 1 << 13
  /// A level-triggered interrupt was accepted and its end has not come.
  public static let remoteRequest: UInt32 = 1 << 14
  /// The interrupt lasts as long as its pin is active.
  public static let levelTriggered: UInt32 = 1 << 15
  /// The entry sends nothing.
  public static let mask: UInt32 = 1 << 16
  /// How the timer counts: ``periodicTimer``, ``deadlineTimer`` or, with neither bit, once.
  public static let timerMode: UInt32 = 3 << 17
  /// The timer counts again and again.
  public static let periodicTimer: UInt32 = 1 << 17
  /// The timer waits for a value of the TSC (Intel SDM volume 3, 11.5.4.1).
  public static let deadlineTimer: UInt32 = 2 << 17
}
