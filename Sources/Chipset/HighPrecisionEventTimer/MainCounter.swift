import Bus

/// The counter of the HPET that its timers compare with: it goes up with the machine's time while it is enabled.
struct MainCounter: Equatable {
  private static let tick = HighPrecisionEventTimerCapabilities.nanosecondsPerTick

  private(set) var isRunning = false
  /// The value at ``reference``.
  private var base: UInt64 = 0
  /// The machine's time since which the counter runs.
  private var reference: UInt64 = 0

  func value(at now: UInt64) -> UInt64 {
    isRunning ? base &+ (now &- reference) / Self.tick : base
  }

  mutating func setRunning(_ isRunning: Bool, now: UInt64) {
    guard isRunning != self.isRunning else { return }
    set(value(at: now), now: now)
    self.isRunning = isRunning
  }

  mutating func set(_ value: UInt64, now: UInt64) {
    base = value
    reference = now
  }

  /// When the counter, as it is at `now`, has gone `distance` ticks further; `nil` if that is never.
  func time(ofDistance distance: UInt64, now: UInt64) -> UInt64? {
    guard isRunning else { return nil }
    let elapsed = (now &- reference) / Self.tick
    let (ticks, isTooFar) = elapsed.addingReportingOverflow(distance)
    guard !isTooFar, ticks < EventQueue.endOfTime / Self.tick else { return nil }
    return reference &+ ticks * Self.tick
  }

  func save(to writer: inout StateWriter) {
    writer.write(isRunning)
    writer.write(base)
    writer.write(reference)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    isRunning = try reader.readBool()
    base = try reader.read()
    reference = try reader.read()
    guard reference < EventQueue.endOfTime else { throw .invalid }
  }
}
