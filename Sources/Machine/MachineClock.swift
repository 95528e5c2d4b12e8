/// The machine's time, which passes as instructions retire.
///
/// Processors take turns on one host thread but stand for processors that run side by side: while several have
/// work, an instruction of each is worth its share of the time that it takes alone. So time goes forwards for
/// all of them together, a turn after the other, and no processor can see another's clock ahead of its own.
struct MachineClock {
  /// Nanoseconds since power-on, at the start of the current slice.
  private(set) var nanoseconds: UInt64 = 0
  /// The part of a nanosecond that has passed besides, in picoseconds.
  private var fraction: UInt64 = 0
  /// What an instruction of the current slice is worth, in picoseconds.
  private(set) var picosecondsPerInstruction = soloInstruction

  /// What an instruction is worth while only one processor has work: 10 ns.
  ///
  /// A larger value makes delay loops cheaper and timers tick more often for the same work.
  static let soloInstruction: UInt64 = 10_000
  private static let picosecondsPerNanosecond: UInt64 = 1_000

  /// The time after `instructions` more of the current slice, in nanoseconds.
  func nanoseconds(after instructions: UInt64) -> UInt64 {
    var later = self
    later.advance(instructions: instructions)
    return later.nanoseconds
  }

  /// Shares time among the processors that have work.
  mutating func share(among processors: Int) {
    picosecondsPerInstruction = Self.soloInstruction / UInt64(max(processors, 1))
  }

  /// Lets the time of retired instructions pass.
  mutating func advance(instructions: UInt64) {
    let passed = instructions &* picosecondsPerInstruction &+ fraction
    nanoseconds &+= passed / Self.picosecondsPerNanosecond
    fraction = passed % Self.picosecondsPerNanosecond
  }

  /// Jumps forward to a time in nanoseconds, because nobody has work before then.
  mutating func skip(to time: UInt64) {
    guard time > nanoseconds else { return }
    nanoseconds = time
    fraction = 0
  }

  /// How many instructions retire before a time in nanoseconds, at least 1. Times more than an hour ahead are
  /// taken as an hour, which is longer than any slice.
  func instructions(until time: UInt64) -> UInt64 {
    guard time > nanoseconds else { return 1 }
    let distance = min(time - nanoseconds, Self.farAway) * Self.picosecondsPerNanosecond - fraction
    return max((distance + picosecondsPerInstruction - 1) / picosecondsPerInstruction, 1)
  }

  private static let farAway: UInt64 = 3600 * 1_000_000_000
}
