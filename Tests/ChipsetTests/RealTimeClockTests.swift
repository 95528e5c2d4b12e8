import Bus
import Testing

@testable import Chipset

@Suite("Real-time clock")
struct RealTimeClockTests {
  static let second: UInt64 = 1_000_000_000

  let clock = EventQueue()
  let controller = RecordingController()
  let rtc: RealTimeClock

  init() { rtc = RealTimeClock(interrupt: controller.line(8), clock: clock) }

  private func read(_ register: UInt8) -> UInt8 {
    rtc.writePort(0, width: .byte, value: UInt32(register))
    return UInt8(truncatingIfNeeded: rtc.readPort(1, width: .byte))
  }

  private func write(_ register: UInt8, _ value: UInt8) {
    rtc.writePort(0, width: .byte, value: UInt32(register))
    rtc.writePort(1, width: .byte, value: UInt32(value))
  }

  private func advance(seconds: Double) { clock.advance(to: UInt64(seconds * 1e9)) }

  /// Century, year, month, day, hours, minutes, seconds.
  private var shown: [UInt8] { [0x32, 0x09, 0x08, 0x07, 0x04, 0x02, 0x00].map(read) }

  @Test func itStartsInBCDOnTheFirstOfJanuary2026() {
    #expect(shown == [0x20, 0x26, 0x01, 0x01, 0x00, 0x00, 0x00])
    #expect(read(0x06) == 5)
    #expect(read(0x0A) == 0x26)
    #expect(read(0x0B) == 0x02)
    #expect(read(0x0D) == 0x80)
  }

  @Test(
    arguments: [
      (951_782_400, [2000, 2, 29], 3), (-1, [1969, 12, 31], 4), (4_107_542_400, [2100, 3, 1], 2),
      (1_735_689_599, [2024, 12, 31], 3),
    ] as [(Int64, [Int64], Int64)])
  func calendar(seconds: Int64, date: [Int64], dayOfWeek: Int64) {
    let time = CalendarTime(secondsSince1970: seconds)
    #expect([time.year, time.month, time.day] == date)
    #expect(time.secondsSince1970 == seconds)
    #expect(CalendarTime.dayOfWeek(daysSince1970: seconds.flooredQuotient(by: 86_400)) == dayOfWeek)
  }

  @Test func itRunsWithTheMachine() {
    advance(seconds: 31 * 86_400 + 3600 * 13 + 60 * 59 + 58)
    #expect(shown == [0x20, 0x26, 0x02, 0x01, 0x13, 0x59, 0x58])
  }

  @Test func binaryAndTwelveHours() {
    advance(seconds: 13 * 3600 + 30 * 60)
    write(0x0B, 0x04)
    #expect(shown == [20, 26, 1, 1, 0x81, 30, 0])
    write(0x0B, 0x00)
    #expect(read(0x04) == 0x81)
    advance(seconds: 24 * 3600)
    #expect(read(0x04) == 0x12)
    advance(seconds: 36 * 3600)
    #expect(read(0x04) == 0x92)
  }

  @Test func settingTheTimeKeepsTheDividersPhase() {
    advance(seconds: 0.7)
    write(0x0B, 0x82)
    advance(seconds: 5.2)
    for (register, value) in zip(
      [0x32, 0x09, 0x08, 0x07, 0x04, 0x02, 0x00], [0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59])
    { write(UInt8(register), UInt8(value)) }
    #expect(shown == [0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59])
    write(0x0B, 0x02)
    advance(seconds: 5.9)
    #expect(read(0x00) == 0x59)
    advance(seconds: 6)
    #expect(shown == [0x20, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00])
  }

  @Test func theFirstSecondEndsHalfASecondAfterTheDividerIsLetGo() {
    write(0x0A, 0x76)
    advance(seconds: 10.9)
    #expect(read(0x00) == 0)
    write(0x0A, 0x26)
    advance(seconds: 11.3)
    #expect(read(0x00) == 0)
    advance(seconds: 11.4)
    #expect(read(0x00) == 1)
  }

  @Test func theDayOfTheWeekIsWhatSoftwareSaysItIs() {
    write(0x06, 1)
    #expect(read(0x06) == 1)
    advance(seconds: 86_400 * 6)
    #expect(read(0x06) == 7)
  }

  @Test func updateInProgressAnnouncesTheNextSecond() {
    advance(seconds: 0.9977)
    #expect(read(0x0A) & 0x80 == 0)
    advance(seconds: 0.9978)
    #expect(read(0x0A) & 0x80 != 0)
    advance(seconds: 1)
    #expect(read(0x0A) & 0x80 == 0)
    write(0x0B, 0x82)
    advance(seconds: 1.9999)
    #expect(read(0x0A) & 0x80 == 0)
  }

  @Test func updateInterruptsComeEachSecond() {
    write(0x0B, 0x12)
    clock.advance(to: Self.second - 1)
    #expect(controller.asserted.isEmpty)
    clock.advance(to: Self.second)
    #expect(controller.asserted == [8])
    #expect(read(0x0C) == 0xD0)
    #expect(read(0x0C) == 0x00)
    #expect(controller.asserted.isEmpty)
    advance(seconds: 2)
    #expect(controller.risingEdges == 2)
  }

  @Test func eventsAreNotedWithoutTheirInterrupts() {
    advance(seconds: 1.5)
    #expect(read(0x0C) == 0x50)
    #expect(controller.risingEdges == 0)
    #expect(clock.nextDeadline == .max)
  }

  @Test(
    arguments: [(0x26, 976_563), (0x21, 3_906_250), (0x22, 7_812_500), (0x23, 122_071), (0x2F, 500_000_000)]
      as [(UInt8, UInt64)])
  func periodicInterrupts(registerA: UInt8, period: UInt64) {
    write(0x0A, registerA)
    write(0x0B, 0x42)
    clock.advance(to: period - 1)
    #expect(controller.asserted.isEmpty)
    clock.advance(to: period)
    #expect(read(0x0C) == 0xC0)
  }

  @Test func alarmsRingAtTheirTimeOfDay() {
    write(0x01, 0x30)
    write(0x03, 0x15)
    write(0x05, 0x06)
    write(0x0B, 0x22)
    clock.advance(to: (6 * 3600 + 15 * 60 + 30) * Self.second - 1)
    #expect(controller.asserted.isEmpty)
    clock.advance(to: (6 * 3600 + 15 * 60 + 30) * Self.second)
    #expect(read(0x0C) == 0xF0)
    clock.advance(to: 48 * 3600 * Self.second)
    #expect(controller.risingEdges == 2)
  }

  @Test func alarmFieldsMayBeAnything() {
    write(0x01, 0x05)
    write(0x03, 0xFF)
    write(0x05, 0xC0)
    write(0x0B, 0x22)
    for minute in 0..<3 as Range<UInt64> {
      clock.advance(to: (minute * 60 + 5) * Self.second)
      #expect(read(0x0C) & 0x20 != 0)
    }
  }

  @Test func anAlarmAtATimeThatDoesNotExistNeverRings() {
    write(0x01, 0x75)
    write(0x0B, 0x22)
    #expect(clock.nextDeadline == .max)
  }

  @Test func theIndexMasksNonMaskableInterrupts() {
    rtc.writePort(0, width: .byte, value: 0x8D)
    #expect(rtc.masksNonMaskableInterrupts)
    #expect(rtc.readPort(1, width: .byte) == 0x80)
    rtc.writePort(0, width: .byte, value: 0x0D)
    #expect(!rtc.masksNonMaskableInterrupts)
  }

  @Test func memoryOutlivesAResetAndInterruptsDoNot() {
    write(0x40, 0xA5)
    write(0x0B, 0x52)
    advance(seconds: 3)
    rtc.reset()
    #expect(controller.asserted.isEmpty)
    #expect(read(0x40) == 0xA5)
    #expect(read(0x0B) == 0x02)
    #expect(read(0x00) == 0x03)
  }

  @Test func memorySizes() {
    rtc.setMemorySize(low: 3 << 30, high: 5 << 30)
    #expect([0x15, 0x16, 0x17, 0x18, 0x30, 0x31].map(read) == [0x80, 0x02, 0xFF, 0xFF, 0xFF, 0xFF])
    #expect([0x34, 0x35].map(read) == [0x00, 0xBF])
    #expect([0x5B, 0x5C, 0x5D].map(read) == [0x00, 0x40, 0x01])
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    write(0x0B, 0x12)
    advance(seconds: 100.5)
    _ = read(0x0C)
    var writer = StateWriter()
    rtc.save(to: &writer)
    let other = RealTimeClock(start: 0, interrupt: controller.line(9), clock: clock)
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    var again = StateWriter()
    other.save(to: &again)
    #expect(again.bytes == writer.bytes)
    advance(seconds: 101)
    #expect(controller.asserted.contains(9))
  }
}
