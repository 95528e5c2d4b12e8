import Bus

/// The counter of the local APIC's timer (APM volume 2, 16.4.1), as a function of the machine's time.
///
/// The counter is not stepped: it follows from the time at which it first reaches zero.
struct LocalAPICTimer {
  /// What the timer does when it reaches its end.
  enum Mode: UInt8 {
    case oneShot = 0
    case periodic = 1
    case timeStampCounterDeadline = 2
  }

  /// The value that software wrote last.
  private(set) var initialCount: UInt32 = 0
  /// The divide configuration register: bits 3, 1 and 0.
  private(set) var divideConfiguration: UInt32 = 0
  /// When the counter first reaches zero; `nil` while it stands.
  private var firstZero: UInt64?

  static let divideConfigurationBits: UInt32 = 0b1011

  /// The binary logarithm of nanoseconds for each count. Encoding 7 divides by one.
  private var divideShift: UInt64 {
    let encoding = UInt64(divideConfiguration >> 1 & 4 | divideConfiguration & 3)
    return encoding == 7 ? 0 : encoding + 1
  }

  private var period: UInt64 { UInt64(initialCount) << divideShift }

  /// Starts to count down from `count`; 0 stops the timer.
  mutating func start(count: UInt32, now: UInt64) {
    initialCount = count
    firstZero = count == 0 ? nil : now &+ period
  }

  mutating func stop() {
    initialCount = 0
    firstZero = nil
  }

  /// Changes the divider; the counter keeps its value.
  mutating func divide(by configuration: UInt32, mode: Mode, now: UInt64) {
    let count = currentCount(mode: mode, now: now)
    divideConfiguration = configuration & Self.divideConfigurationBits
    firstZero = count == 0 ? nil : now &+ UInt64(count) << divideShift
  }

  /// Changes between one-shot and periodic; a counter that runs goes on to its next zero.
  mutating func change(from old: Mode, now: UInt64) { firstZero = nextZero(mode: old, after: now) }

  /// The counter's value.
  func currentCount(mode: Mode, now: UInt64) -> UInt32 {
    guard let zero = nextZero(mode: mode, after: now) else { return 0 }
    let roundingUp = UInt64(1) << divideShift - 1
    return UInt32(truncatingIfNeeded: (zero - now + roundingUp) >> divideShift)
  }

  /// The next time after `now` at which the counter reaches zero; `nil` if it will not.
  func nextZero(mode: Mode, after now: UInt64) -> UInt64? {
    guard let firstZero else { return nil }
    if now < firstZero { return firstZero }
    guard mode == .periodic, period > 0 else { return nil }
    return firstZero &+ ((now - firstZero) / period + 1) &* period
  }

  func save(to writer: inout StateWriter) {
    writer.write(initialCount)
    writer.write(divideConfiguration)
    writer.write(firstZero ?? .max)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    initialCount = try reader.read()
    divideConfiguration = try reader.read()
    let zero: UInt64 = try reader.read()
    guard divideConfiguration & ~Self.divideConfigurationBits == 0,
      zero == .max || zero < 2 * EventQueue.endOfTime
    else { throw .invalid }
    firstZero = zero == .max ? nil : zero
  }
}
