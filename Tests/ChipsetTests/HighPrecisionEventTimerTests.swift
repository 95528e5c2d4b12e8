import Bus
import Testing

@testable import Chipset

@Suite("HPET")
struct HighPrecisionEventTimerTests {
  let clock = EventQueue()
  let ioapic = RecordingController()
  let isa = RecordingController()
  let hpet: HighPrecisionEventTimer

  init() {
    hpet = HighPrecisionEventTimer(
      inputs: ioapic, routes: 0x00F0_0000, legacyTimer: isa.line(0), legacyClock: isa.line(8), clock: clock)
  }

  private func read(_ offset: UInt64) -> UInt64 { hpet.readRegister(offset, width: .quadword) }

  private func write(_ offset: UInt64, _ value: UInt64) {
    hpet.writeRegister(offset, width: .quadword, value: value)
  }

  private func write32(_ offset: UInt64, _ value: UInt64) {
    hpet.writeRegister(offset, width: .doubleword, value: value)
  }

  @Test func capabilities() {
    #expect(read(0x000) == 0x0098_9680_1022_A201)
    #expect(hpet.readRegister(0x004, width: .doubleword) == 10_000_000)
    #expect(read(0x100) == 0x00F0_0000_0000_0030)
    #expect(read(0x108) == .max)
    #expect(read(0x160) == 0)
  }

  @Test func theCounterRunsWhileItIsEnabled() {
    clock.now = 1000
    #expect(read(0x0F0) == 0)
    write(0x010, 1)
    clock.now = 3000
    #expect(read(0x0F0) == 200)
    write(0x010, 0)
    clock.now = 9000
    #expect(read(0x0F0) == 200)
    write(0x0F0, 0xFFFF_FFFF_FFFF_FFFF)
    write(0x010, 1)
    clock.now = 9010
    #expect(read(0x0F0) == 0)
  }

  @Test func halvesOfTheCounter() {
    write(0x0F0, 0x1122_3344_5566_7788)
    #expect(hpet.readRegister(0x0F4, width: .doubleword) == 0x1122_3344)
    write32(0x0F0, 0x99)
    #expect(read(0x0F0) == 0x1122_3344_0000_0099)
    hpet.writeRegister(0x0F0, width: .word, value: 0)
    hpet.writeRegister(0x0F2, width: .doubleword, value: 0)
    #expect(read(0x0F0) == 0x1122_3344_0000_0099)
  }

  @Test func oneShotInterruptsOnce() {
    write(0x010, 1)
    write(0x100, 20 << 9 | 4)
    write(0x108, 500)
    clock.advance(to: 4999)
    #expect(ioapic.asserted.isEmpty)
    clock.advance(to: 5000)
    #expect(ioapic.asserted == [20])
    clock.advance(to: 1_000_000)
    #expect(ioapic.risingEdges == 1)
    write(0x108, 200_000)
    clock.advance(to: 2_000_000)
    #expect(ioapic.risingEdges == 2)
  }

  @Test func aComparatorThatWasPassedDoesNotMatch() {
    write(0x010, 1)
    clock.advance(to: 10_000)
    write(0x100, 20 << 9 | 4)
    write(0x108, 1000)
    #expect(clock.nextDeadline == .max)
    #expect(ioapic.asserted.isEmpty)
  }

  @Test func thirtyTwoBitTimersMatchAgainAfterATurn() {
    write(0x010, 1)
    write(0x100, 1 << 8 | 20 << 9 | 4)
    write(0x108, 0x1_0000_0064)
    #expect(read(0x108) == 0x64)
    clock.advance(to: 1000)
    #expect(ioapic.risingEdges == 1)
    clock.advance(to: 1000 + 10 << 32)
    #expect(ioapic.risingEdges == 2)
  }

  /// The order in which Linux sets a periodic timer up.
  @Test func theFirstComparatorAndThePeriodOfAPeriodicTimerAreSetApart() {
    write32(0x100, 1 << 8 | 20 << 9 | 0x4C)
    write32(0x108, 300)
    #expect(read(0x100) & 0x40 == 0)
    write32(0x108, 1000)
    #expect(read(0x108) == 300)
    write(0x010, 1)
    clock.advance(to: 3000)
    #expect(ioapic.risingEdges == 1)
    #expect(read(0x108) == 1300)
    clock.advance(to: 3000 + 10_000 * 100)
    #expect(ioapic.risingEdges == 101)
  }

  @Test func aPeriodicTimerThatNobodyHearsMovesOn() {
    write(0x100, 0x48)
    write(0x108, 1000)
    write(0x010, 1)
    #expect(clock.nextDeadline == .max)
    clock.now = 25_000
    #expect(read(0x108) == 3000)
    #expect(ioapic.risingEdges == 0)
  }

  @Test func levelTriggeredTimersWaitForTheirStatusToBeCleared() {
    write(0x120, 21 << 9 | 6)
    write(0x128, 100)
    write(0x010, 1)
    clock.advance(to: 1000)
    #expect(read(0x020) == 2)
    #expect(ioapic.asserted == [21])
    write(0x020, 1)
    #expect(ioapic.asserted == [21])
    write(0x020, 2)
    #expect(ioapic.asserted.isEmpty)
  }

  @Test func statusIsNotedWithoutTheInterrupt() {
    write(0x120, 2)
    write(0x128, 100)
    write(0x010, 1)
    clock.now = 1000
    #expect(read(0x020) == 2)
    #expect(ioapic.risingEdges == 0)
    write(0x120, 21 << 9 | 6)
    #expect(ioapic.asserted == [21])
  }

  @Test func legacyReplacementTakesTheISALines() {
    var states: [Bool] = []
    hpet.legacyReplacementChanged = { states.append($0) }
    write(0x010, 3)
    #expect(states == [true])
    write(0x100, 20 << 9 | 4)
    write(0x108, 100)
    write(0x120, 4)
    write(0x128, 200)
    write(0x140, 22 << 9 | 4)
    write(0x148, 300)
    clock.advance(to: 3000)
    #expect(isa.asserted == [0, 8])
    #expect(ioapic.asserted == [22])
    write(0x010, 1)
    #expect(states == [true, false])
    #expect(isa.asserted.isEmpty)
  }

  @Test func routesThatAreNotAllowedLeadNowhere() {
    write(0x100, 5 << 9 | 4)
    write(0x108, 100)
    write(0x010, 1)
    clock.advance(to: 1000)
    #expect(ioapic.risingEdges == 0)
    #expect(isa.risingEdges == 0)
  }

  @Test func disablingDropsTheLine() {
    write(0x100, 20 << 9 | 4)
    write(0x108, 100)
    write(0x010, 1)
    clock.advance(to: 1000)
    write(0x100, 20 << 9)
    #expect(ioapic.asserted.isEmpty)
  }

  @Test func distancesBeyondTheEndOfTimeDoNotMatch() {
    write(0x010, 1)
    write(0x100, 20 << 9 | 0x4C)
    write(0x108, .max)
    #expect(clock.nextDeadline == .max)
    write(0x100, 20 << 9 | 0x4C)
    write(0x108, 1)
    write(0x108, .max)
    clock.advance(to: 1_000_000)
    #expect(ioapic.risingEdges == 1)
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    write32(0x100, 1 << 8 | 20 << 9 | 0x4C)
    write32(0x108, 300)
    write(0x010, 1)
    clock.advance(to: 4000)
    var writer = StateWriter()
    hpet.save(to: &writer)
    let other = HighPrecisionEventTimer(
      inputs: isa, routes: 0x00F0_0000, legacyTimer: isa.line(0), legacyClock: isa.line(8), clock: clock)
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    var again = StateWriter()
    other.save(to: &again)
    #expect(again.bytes == writer.bytes)
    clock.advance(to: 6000)
    #expect(isa.asserted == [20])
  }
}
