/// The machine's time, which passes as instructions retire.
///
/// Processors take turns on one host thread but stand for processors that run side by side: while several have
/// work, an instruction of each is worth its share of the time that it takes alone. So time goes forwards for
/// all of them together, a turn after the other, and no processor can see another's clock ahead of its own.
struct MachineClock {
  /// Picoseconds since power-on at the start of the current slice.
  private(set) var picoseconds: UInt64 = 0
  /// What an instruction of the current slice is worth, in picoseconds.
  private(set) var picosecondsPerInstruction = soloInstruction

  /// What an instruction is worth while only one processor has work: 10 ns.
  ///
  /// A larger value makes delay loops cheaper and timers tick more often for the same work.
  static let soloInstruction: UInt64 = 10_000
  static let picosecondsPerNanosecond: UInt64 = 1_000

  var nanoseconds: UInt64 { picoseconds / Self.picosecondsPerNanosecond }

  /// The time after `instructions` more of the current slice, in nanoseconds.
  func nanoseconds(after instructions: UInt64) -> UInt64 {
    (picoseconds &+ instructions &* picosecondsPerInstruction) / Self.picosecondsPerNanosecond
  }

  /// Shares time among the processors that have work.
  mutating func share(among processors: Int) {
    picosecondsPerInstruction = Self.soloInstruction / UInt64(max(processors, 1))
  }

  /// Lets the time of retired instructions pass.
  mutating func advance(instructions: UInt64) {
    picoseconds &+= instructions &* picosecondsPerInstruction
  }

  /// Jumps forward, because nobody has work before then.
  mutating func skip(toNanoseconds time: UInt64) {
    picoseconds = max(
      picoseconds, time.multipliedReportingOverflow(by: Self.picosecondsPerNanosecond).partialValue)
  }

  /// How many instructions retire before a time, at least 1.
  func instructions(untilNanoseconds time: UInt64) -> UInt64 {
    let (target, overflow) = time.multipliedReportingOverflow(by: Self.picosecondsPerNanosecond)
    if overflow { return .max }
    guard target > picoseconds else { return 1 }
    return (target - picoseconds + picosecondsPerInstruction - 1) / picosecondsPerInstruction
  }
}
