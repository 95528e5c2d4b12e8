import Bus
import Testing

@testable import Chipset

@Suite("ACPI fixed hardware")
struct PowerManagementTests {
  let clock = EventQueue()
  let controller = RecordingController()
  let power: PowerManagement

  init() { power = PowerManagement(interrupt: controller.line(9), clock: clock) }

  private func read(_ offset: UInt16, _ width: AccessWidth = .word) -> UInt32 {
    power.readPort(offset, width: width)
  }

  private func write(_ offset: UInt16, _ value: UInt32, _ width: AccessWidth = .word) {
    power.writePort(offset, width: width, value: value)
  }

  private var isInterrupting: Bool { controller.asserted.contains(9) }

  @Test func theTimerCountsAtItsFrequencyIn32Bits() {
    clock.now = 1_000_000_000
    #expect(read(0x08, .doubleword) == 3_579_545)
    clock.now = 1_200 * 1_000_000_000
    #expect(UInt64(read(0x08, .doubleword)) == 1_200 * 3_579_545 - 1 << 32)
    #expect(read(0x09, .byte) == read(0x08, .doubleword) >> 8 & 0xFF)
  }

  @Test func theTimersHighestBitIsAnEvent() {
    clock.advance(to: 599_000_000_000)
    #expect(read(0x00) & 1 == 0)
    clock.advance(to: 600_000_000_000)
    #expect(read(0x00) & 1 == 1)
    write(0x00, 1)
    #expect(read(0x00) & 1 == 0)
    write(0x02, 1)
    #expect(!isInterrupting)
    clock.advance(to: 1_200_000_000_000)
    #expect(isInterrupting)
    write(0x00, 1)
    #expect(!isInterrupting)
  }

  @Test func thePowerButtonInterruptsWhenItIsEnabled() {
    power.pressPowerButton()
    #expect(read(0x00) == 0x100)
    #expect(!isInterrupting)
    write(0x02, 0x100)
    #expect(isInterrupting)
    write(0x00, 0x01)
    #expect(isInterrupting)
    write(0x01, 0x01, .byte)
    #expect(!isInterrupting)
  }

  @Test func theMachineIsAlwaysInACPIMode() {
    #expect(read(0x04) == 1)
    write(0x04, 0)
    #expect(read(0x04) == 1)
  }

  @Test func softOffNeedsItsTypeAndTheEnable() {
    var count = 0
    power.powerOffRequested = { count += 1 }
    write(0x04, 5 << 10)
    #expect(read(0x04) == 5 << 10 | 1)
    write(0x04, 3 << 10 | 1 << 13)
    #expect(count == 0)
    write(0x04, 5 << 10 | 1 << 13)
    #expect(count == 1)
    // The enable is not stored.
    #expect(read(0x04) == 5 << 10 | 1)
  }

  @Test func generalPurposeEvents() {
    write(0x22, 0x0002)
    power.raiseGeneralPurposeEvent(1)
    power.raiseGeneralPurposeEvent(9)
    power.raiseGeneralPurposeEvent(16)
    #expect(read(0x20, .doubleword) == 0x0002_0202)
    #expect(isInterrupting)
    write(0x20, 0x0002)
    #expect(!isInterrupting)
    #expect(read(0x20) == 0x0200)
  }

  @Test func onlyEventsThatExistCanBeEnabled() {
    write(0x02, 0xFFFF)
    #expect(read(0x02) == 0x0721)
    write(0x10, 0xFFFF_FFFF, .doubleword)
    #expect(read(0x10, .doubleword) == 0)
  }

  @Test func resetForgetsEvents() {
    power.pressPowerButton()
    write(0x02, 0x100)
    power.reset()
    #expect(!isInterrupting)
    #expect(read(0x00, .doubleword) == 0)
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    write(0x02, 0x101)
    write(0x22, 0x0F)
    power.pressPowerButton()
    var writer = StateWriter()
    power.save(to: &writer)
    let other = PowerManagement(interrupt: controller.line(10), clock: clock)
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    var again = StateWriter()
    other.save(to: &again)
    #expect(again.bytes == writer.bytes)
  }

  @Test func resetControlResetsWhenItsBitIsSet() {
    let control = ResetControl()
    var kinds: [ResetKind] = []
    control.resetRequested = { kinds.append($0) }
    control.writePort(0, width: .byte, value: 0x02)
    #expect(kinds.isEmpty)
    control.writePort(0, width: .byte, value: 0x06)
    control.writePort(0, width: .byte, value: 0x06)
    #expect(kinds == [.machine])
    #expect(control.readPort(0, width: .byte) == 0x06)
    control.writePort(0, width: .byte, value: 0x00)
    control.writePort(0, width: .byte, value: 0x04)
    #expect(kinds == [.machine, .processors])
  }
}
