/// Channel 2 of the 8254, which can be read without an interrupt (Intel 8254; the gate is in port 61h).
public struct ProgrammableIntervalTimer: Sendable {
  /// Ticks in a second.
  public static let frequency: UInt64 = 1_193_182

  private static let channel2 = IOPort(0x42)
  private static let command = IOPort(0x43)
  private static let gate = IOPort(0x61)

  private static let gateEnable: UInt8 = 1 << 0
  private static let speakerEnable: UInt8 = 1 << 1
  private static let output: UInt8 = 1 << 5
  /// Channel 2, low byte then high byte, mode 0: the output rises when the count reaches zero.
  private static let countDownOnce: UInt8 = 0b10_11_000_0

  /// The timer at its usual ports.
  public init() {}

  /// Spins for at least that long.
  public func spin(microseconds: UInt64) {
    var ticks = microseconds * Self.frequency / 1_000_000 + 1
    while ticks > 0 {
      let count = min(ticks, 0xFFFF)
      spin(ticks: UInt16(count))
      ticks -= count
    }
  }

  private func spin(ticks: UInt16) {
    let others = Self.gate.read8() & ~(Self.gateEnable | Self.speakerEnable)
    Self.gate.write8(others | Self.gateEnable)
    Self.command.write8(Self.countDownOnce)
    Self.channel2.write8(UInt8(truncatingIfNeeded: ticks))
    Self.channel2.write8(UInt8(truncatingIfNeeded: ticks >> 8))
    while Self.gate.read8() & Self.output == 0 { ProcessorControl.spinHint() }
  }
}
