import Interfaces

/// The frequencies, in hertz, of counters that do not tell them.
public struct Clocks: Sendable {
  /// How long a measurement takes.
  private static let window: UInt64 = 10_000

  /// The time-stamp counter. Nil without a clock to compare with.
  public let timeStampCounter: UInt64?
  /// The timer of the first processor's local APIC, divided by 16. Nil without a clock to compare with.
  public let localAPICTimer: UInt64?

  /// Measures for some ten milliseconds. The vector is named to the local APIC, but no interrupt comes of it.
  public init(measuredOn computer: Computer, timerVector: UInt8) {
    guard let timer = computer.fixedDescription?.timer else {
      timeStampCounter = nil
      localAPICTimer = nil
      return
    }
    timeStampCounter = timer.measure(microseconds: Self.window) { TimeStampCounter.value }

    let localAPIC = Processor.current.localAPIC
    localAPIC.startTimer(.oneShot, vector: timerVector, count: .max)
    localAPICTimer = timer.measure(microseconds: Self.window) {
      UInt64(UInt32.max - localAPIC[.timerCurrentCount])
    }
    localAPIC.stopTimer()
  }

  /// A count for the local APIC's timer that lasts about that long; a guess if it could not be measured.
  public func localAPICCount(microseconds: UInt64) -> UInt32 {
    let frequency = localAPICTimer ?? 10_000_000
    return UInt32(clamping: max(frequency * microseconds / 1_000_000, 1))
  }
}
