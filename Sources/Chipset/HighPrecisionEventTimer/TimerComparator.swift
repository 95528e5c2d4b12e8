import Bus

/// One timer of the HPET: compares the main counter with a value, which a periodic timer then moves on.
struct TimerComparator: Equatable {
  private static let tick = HighPrecisionEventTimerCapabilities.nanosecondsPerTick

  var configuration: TimerConfiguration
  private var comparator: UInt64 = .max
  private var period: UInt64 = 0
  /// When the main counter reaches the comparator; `nil` if it does not.
  private(set) var matchTime: UInt64?

  /// A timer that is not set; `routes` has a bit for each IOAPIC input that it may use.
  init(routes: UInt32) { configuration = TimerConfiguration(routes: routes) }

  /// How many values the part of the counter has that is compared; `nil` for all 64 bits.
  private var range: UInt64? { configuration.is32Bits ? 1 << 32 : nil }

  /// The comparator as software reads it.
  var value: UInt64 { comparator & mask }

  private var mask: UInt64 { configuration.is32Bits ? 0xFFFF_FFFF : .max }

  /// Stores the bits of `value` that `written` has.
  mutating func write(_ value: UInt64, written: UInt64) {
    func merged(with old: UInt64) -> UInt64 { (old & ~written | value & written) & mask }
    if configuration.isPeriodic { period = merged(with: period) }
    if !configuration.isPeriodic || configuration.comparatorIsSetNext {
      comparator = merged(with: comparator)
    }
    configuration.comparatorIsSetNext = false
  }

  /// Works out when the counter reaches the comparator. Called whenever one of the two was set.
  mutating func findMatch(_ counter: MainCounter, now: UInt64) {
    var distance = (comparator &- counter.value(at: now)) & mask
    if distance == 0 {
      // The counter has reached it already: it comes again after a whole turn.
      guard let range else { return matchTime = nil }
      distance = range
    }
    matchTime = counter.time(ofDistance: distance, now: now)
  }

  /// Moves on past the matches up to `now`; `false` if there was none.
  mutating func passMatches(now: UInt64) -> Bool {
    guard let first = matchTime, first <= now else { return false }
    let isMoving = configuration.isPeriodic && period > 0
    guard let step = isMoving ? period : range, step < EventQueue.endOfTime / Self.tick else {
      matchTime = nil
      return true
    }
    let passed = (now - first) / (step * Self.tick) + 1
    if isMoving { comparator = (comparator &+ passed &* period) & mask }
    matchTime = first + passed * (step * Self.tick)
    return true
  }

  func save(to writer: inout StateWriter) {
    writer.write(configuration.rawValue)
    writer.write(comparator)
    writer.write(period)
    writer.writeOptional(matchTime)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    guard configuration.restore(try reader.read()) else { throw .invalid }
    comparator = try reader.read()
    period = try reader.read()
    matchTime = try reader.readOptional()
    if let matchTime, matchTime > 2 * EventQueue.endOfTime { throw .invalid }
  }
}
