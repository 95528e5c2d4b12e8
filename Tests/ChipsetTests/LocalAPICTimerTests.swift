import Bus
import Testing

@testable import Chipset

@Suite("Local APIC: timer")
struct LocalAPICTimerTests {
  let machine = InterruptFixture()
  var local: LocalAPIC { machine.local }

  /// Takes and ends every interrupt that waits.
  private func drain() -> [UInt8] {
    var vectors: [UInt8] = []
    while let vector = local.acknowledge() {
      vectors.append(vector)
      local.write(0xB0, 0)
    }
    return vectors
  }

  @Test func oneShotCountsDownOnceAtABillionthOfASecond() {
    local.write(0x3E0, 0b1011)
    local.write(0x320, 0x30)
    local.write(0x380, 500)
    machine.advance(to: 499)
    #expect(local.read(0x390) == 1)
    #expect(drain().isEmpty)
    machine.advance(to: 500)
    #expect(local.read(0x390) == 0)
    #expect(drain() == [0x30])
    machine.advance(to: 5000)
    #expect(drain().isEmpty)
    #expect(local.read(0x380) == 500)
  }

  @Test(arguments: [
    (0b0000, 2), (0b0001, 4), (0b0010, 8), (0b0011, 16), (0b1000, 32), (0b1001, 64), (0b1010, 128),
    (0b1011, 1),
  ])
  func divider(configuration: UInt32, factor: UInt64) {
    local.write(0x3E0, configuration)
    local.write(0x320, 0x30)
    local.write(0x380, 100)
    machine.advance(to: 100 * factor - 1)
    #expect(drain().isEmpty)
    machine.advance(to: 100 * factor)
    #expect(drain() == [0x30])
  }

  @Test func periodicReloadsWithoutDrift() {
    local.write(0x3E0, 0b1011)
    local.write(0x320, 0x2_0030)
    local.write(0x380, 1000)
    machine.advance(to: 1000)
    // The alarm rings late: the next period is not delayed by that.
    machine.clock.now = 2300
    machine.clock.ringDueAlarms()
    #expect(machine.clock.nextDeadline == 3000)
    #expect(local.read(0x390) == 700)
    #expect(drain() == [0x30])
  }

  @Test func aMaskedTimerCountsButIsSilent() {
    local.write(0x3E0, 0b1011)
    local.write(0x320, 0x3_0030)
    local.write(0x380, 1000)
    machine.advance(to: 2500)
    #expect(drain().isEmpty)
    #expect(local.read(0x390) == 500)
    local.write(0x320, 0x2_0030)
    machine.advance(to: 3000)
    #expect(drain() == [0x30])
  }

  @Test func writingZeroStops() {
    local.write(0x320, 0x30)
    local.write(0x380, 10)
    local.write(0x380, 0)
    machine.advance(to: 1000)
    #expect(drain().isEmpty)
    #expect(machine.clock.nextDeadline == .max)
  }

  @Test func changingTheDividerKeepsTheCount() {
    local.write(0x3E0, 0b1011)
    local.write(0x320, 0x30)
    local.write(0x380, 1000)
    machine.advance(to: 400)
    local.write(0x3E0, 0b0000)
    #expect(local.read(0x390) == 600)
    machine.advance(to: 1599)
    #expect(drain().isEmpty)
    machine.advance(to: 1600)
    #expect(drain() == [0x30])
  }

  @Test func anExpiredOneShotStandsWhenMadePeriodic() {
    local.write(0x3E0, 0b1011)
    local.write(0x320, 0x30)
    local.write(0x380, 100)
    machine.advance(to: 200)
    #expect(drain() == [0x30])
    local.write(0x320, 0x2_0030)
    machine.advance(to: 1000)
    #expect(drain().isEmpty)
  }

  @Test func anInterruptThatIsDueIsNotLostToANewCount() {
    local.write(0x3E0, 0b1011)
    local.write(0x320, 0x30)
    local.write(0x380, 100)
    machine.clock.now = 150
    local.write(0x380, 1_000_000)
    #expect(drain() == [0x30])
  }

  @Test func deadlineIsInTicksOfTheTimeStampCounter() {
    local.timeStampCounterOffset = 10_000
    local.write(0x320, 0x4_0030)
    #expect(local.writeMSR(0x6E0, 10_700))
    #expect(local.readMSR(0x6E0) == 10_700)
    machine.advance(to: 699)
    #expect(drain().isEmpty)
    machine.advance(to: 700)
    #expect(drain() == [0x30])
    #expect(local.readMSR(0x6E0) == 0)
  }

  @Test func aDeadlineThatPassedInterruptsAtOnce() {
    machine.clock.now = 1000
    local.write(0x320, 0x4_0030)
    #expect(local.writeMSR(0x6E0, 1000))
    #expect(drain() == [0x30])
  }

  @Test func changingTheTimeStampCounterMovesTheDeadline() {
    local.write(0x320, 0x4_0030)
    local.timeStampCounterDeadline = 5000
    local.timeStampCounterOffset = 4000
    machine.advance(to: 1000)
    #expect(drain() == [0x30])
  }

  @Test func writingZeroDisarmsTheDeadline() {
    local.write(0x320, 0x4_0030)
    local.timeStampCounterDeadline = 5000
    local.timeStampCounterDeadline = 0
    machine.advance(to: 10_000)
    #expect(drain().isEmpty)
  }

  @Test func theDeadlineExistsInItsModeOnlyAndTheCountOutsideOfIt() {
    local.write(0x320, 0x30)
    #expect(local.writeMSR(0x6E0, 5000))
    #expect(local.readMSR(0x6E0) == 0)
    local.write(0x320, 0x4_0030)
    local.write(0x380, 100)
    #expect(local.read(0x390) == 0)
    #expect(local.read(0x380) == 0)
    local.timeStampCounterDeadline = 5000
    local.write(0x320, 0x30)
    #expect(local.readMSR(0x6E0) == 0)
    machine.advance(to: 10_000)
    #expect(drain().isEmpty)
  }

  @Test func aDeadlineBeyondTheEndOfTimeNeverComes() {
    machine.clock.now = 1000
    local.write(0x320, 0x4_0030)
    local.timeStampCounterOffset = 0 &- 900
    local.timeStampCounterDeadline = .max
    #expect(machine.clock.nextDeadline == .max)
    #expect(local.timeStampCounterDeadline == .max)
  }
}
