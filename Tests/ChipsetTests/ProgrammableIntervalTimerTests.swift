import Bus
import Testing

@testable import Chipset

@Suite("8254 interval timer")
struct ProgrammableIntervalTimerTests {
  let clock = EventQueue()
  let controller = RecordingController()
  let timer: ProgrammableIntervalTimer

  init() { timer = ProgrammableIntervalTimer(interrupt: controller.line(0), clock: clock) }

  private func write(_ register: UInt16, _ bytes: UInt32...) {
    for byte in bytes { timer.writePort(register, width: .byte, value: byte) }
  }

  private func read(_ register: UInt16) -> UInt32 { timer.readPort(register, width: .byte) }

  private func readWord(_ register: UInt16) -> UInt32 { read(register) | read(register) << 8 }

  /// Moves the clock to the beginning of a period of the timer's crystal.
  private func advance(toTick tick: UInt64) {
    clock.advance(to: Oscillator(frequency: 1_193_182).time(of: tick))
  }

  /// Latches and reads a counter in mode 2, 3 or 4 after each of some ticks.
  private func counts(of register: UInt16, at ticks: [UInt64]) -> [UInt32] {
    ticks.map { tick in
      advance(toTick: tick)
      write(3, UInt32(register) << 6)
      return readWord(register)
    }
  }

  private var output2: Bool { read(4) & 0x20 != 0 }

  /// The output of counter 2 at each of some ticks.
  private func outputs2(_ ticks: ClosedRange<UInt64>) -> [Bool] {
    ticks.map { tick in
      advance(toTick: tick)
      return output2
    }
  }

  @Test func crystalsDoNotDrift() {
    let crystal = Oscillator(frequency: 1_193_182)
    #expect(crystal.count(at: 1_000_000_000) == 1_193_182)
    #expect(crystal.count(at: 3_600_000_000_000 - 1) == 3600 * 1_193_182 - 1)
    #expect(crystal.time(of: 1_193_182 * 86_400) == 86_400_000_000_000)
    #expect(crystal.count(at: crystal.time(of: 12_345_678)) == 12_345_678)
    #expect(crystal.count(at: crystal.time(of: 12_345_678) - 1) == 12_345_677)
    #expect(crystal.time(of: .max) == .max)
  }

  @Test func mode2InterruptsOncePerPeriod() {
    // 11932 ticks are what Linux calls 100 Hz.
    write(3, 0x34)
    write(0, 0x9C, 0x2E)
    advance(toTick: 11_932)
    #expect(controller.risingEdges == 1)
    clock.advance(to: 10_000_000_000)
    // The output is high from the start; each period ends in an edge.
    #expect(controller.risingEdges == 1 + 999)
    #expect(controller.asserted == [0])
  }

  @Test func mode2CountsFromNDownTo1() {
    write(3, 0x34)
    write(0, 4, 0)
    #expect(counts(of: 0, at: [1, 2, 3, 4, 5, 6]) == [4, 3, 2, 1, 4, 3])
  }

  @Test func mode2IsLowForTheLastPeriod() {
    write(4, 1)
    write(3, 0xB4)
    write(2, 4, 0)
    let levels = outputs2(1...9)
    #expect(levels == [true, true, true, false, true, true, true, false, true])
  }

  @Test func aNewCountInMode2WaitsForTheEndOfThePeriod() {
    write(3, 0x34)
    write(0, 4, 0)
    advance(toTick: 2)
    write(0, 6, 0)
    #expect(counts(of: 0, at: [3, 4, 5, 6, 10, 11]) == [2, 1, 6, 5, 1, 6])
    #expect(controller.risingEdges == 3)
  }

  @Test func mode3IsASquareWaveThatCountsByTwo() {
    write(4, 1)
    write(3, 0xB6)
    write(2, 5, 0)
    #expect(counts(of: 2, at: [1, 2, 3, 4, 5, 6]) == [4, 2, 0, 4, 2, 4])
    let levels = outputs2(6...15)
    #expect(levels == [true, true, true, false, false, true, true, true, false, false])
  }

  @Test func aNewCountInMode3WaitsForTheEndOfTheHalf() {
    write(4, 1)
    write(3, 0xB6)
    write(2, 8, 0)
    advance(toTick: 2)
    write(2, 4, 0)
    let levels = outputs2(3...10)
    #expect(levels == [true, true, false, false, true, true, false, false])
  }

  @Test func mode0GoesHighOnceAndCountsOn() {
    write(3, 0x30)
    #expect(controller.asserted.isEmpty)
    write(0, 100, 0)
    advance(toTick: 100)
    #expect(controller.asserted.isEmpty)
    advance(toTick: 101)
    #expect(controller.asserted == [0])
    #expect(counts(of: 0, at: [101, 102]) == [0, 0xFFFF])
    clock.advance(to: 1_000_000_000)
    #expect(controller.risingEdges == 1)
    #expect(clock.nextDeadline == .max)
  }

  @Test func zeroIsTheGreatestCount() {
    write(3, 0x30)
    write(0, 0, 0)
    advance(toTick: 65_536)
    #expect(controller.asserted.isEmpty)
    advance(toTick: 65_537)
    #expect(controller.asserted == [0])
  }

  @Test func theGateStopsMode0() {
    write(4, 1)
    write(3, 0xB0)
    write(2, 10, 0)
    advance(toTick: 5)
    write(4, 0)
    advance(toTick: 50)
    #expect(!output2)
    write(4, 1)
    advance(toTick: 55)
    #expect(!output2)
    advance(toTick: 56)
    #expect(output2)
  }

  @Test func theGateTriggersMode1() {
    write(3, 0xB2)
    write(2, 10, 0)
    advance(toTick: 20)
    #expect(output2)
    write(4, 1)
    advance(toTick: 21)
    #expect(!output2)
    advance(toTick: 30)
    #expect(!output2)
    advance(toTick: 31)
    #expect(output2)
    write(4, 0)
    write(4, 1)
    advance(toTick: 32)
    #expect(!output2)
  }

  @Test func mode4StrobesOnceForEachCountThatIsWritten() {
    write(3, 0x38)
    write(0, 100, 0)
    #expect(controller.asserted == [0])
    advance(toTick: 102)
    #expect(controller.risingEdges == 2)
    clock.advance(to: 1_000_000_000)
    #expect(controller.risingEdges == 2)
    write(0, 100, 0)
    clock.advance(to: 2_000_000_000)
    #expect(controller.risingEdges == 3)
  }

  @Test func mode5StrobesAfterTheGate() {
    write(3, 0xBA)
    write(2, 10, 0)
    write(4, 1)
    advance(toTick: 10)
    #expect(output2)
    advance(toTick: 11)
    #expect(!output2)
    advance(toTick: 12)
    #expect(output2)
  }

  @Test func aLatchHoldsTheCountUntilItIsRead() {
    write(3, 0x34)
    write(0, 0x00, 0x10)
    advance(toTick: 1)
    write(3, 0x00)
    advance(toTick: 11)
    write(3, 0x00)
    #expect(readWord(0) == 0x1000)
    #expect(readWord(0) == 0x1000 - 10)
  }

  @Test func readBackGivesTheStatusAndThenTheCount() {
    write(3, 0x34)
    write(3, 0xE2)
    #expect(read(0) == 0xF4)
    write(0, 0x00, 0x10)
    advance(toTick: 1)
    write(3, 0xC2)
    advance(toTick: 5)
    #expect(read(0) == 0xB4)
    #expect(readWord(0) == 0x1000)
    #expect(readWord(0) == 0x1000 - 4)
  }

  @Test func oneByteAccesses() {
    write(3, 0x14)
    write(0, 200)
    advance(toTick: 1)
    #expect(read(0) == 200)
    #expect(read(0) == 200)
    write(3, 0x24)
    write(0, 2)
    advance(toTick: 2)
    #expect(read(0) == 2)
  }

  @Test func decimalCounts() {
    write(3, 0x35)
    write(0, 0x00, 0x01)
    #expect(counts(of: 0, at: [1, 2, 100]) == [0x100, 0x99, 0x01])
    write(3, 0x31)
    write(0, 0x02, 0x00)
    #expect(counts(of: 0, at: [104]) == [0x9999])
  }

  @Test func modesAreEncodedTwice() {
    write(3, 0x3C)
    write(3, 0xE2)
    #expect(read(0) & 0x0E == 0x04)
    write(3, 0x3E)
    write(3, 0xE2)
    #expect(read(0) & 0x0E == 0x06)
  }

  @Test func theRefreshBitToggles() {
    let bits = (0..<4).map { period in
      advance(toTick: UInt64(period * 18))
      return read(4) >> 4 & 1
    }
    #expect(bits == [0, 1, 0, 1])
    write(4, 0xFF)
    #expect(read(4) & 0xCF == 0x0F)
  }

  @Test func aTimerWithoutItsLineIsSilent() {
    write(3, 0x34)
    write(0, 0x9C, 0x2E)
    timer.isInterruptConnected = false
    #expect(clock.nextDeadline == .max)
    clock.advance(to: 1_000_000_000)
    #expect(controller.asserted.isEmpty)
    timer.isInterruptConnected = true
    #expect(clock.nextDeadline != .max)
  }

  @Test func thePortsOfThePC() {
    #expect(timer.portRanges.map(\.first) == [0x40, 0x61])
    timer.portRanges[1].device.writePort(0, width: .byte, value: 3)
    #expect(read(4) & 3 == 3)
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    write(3, 0x34)
    write(0, 0x9C, 0x2E)
    write(3, 0xB6)
    write(2, 100, 0)
    advance(toTick: 1000)
    write(0, 0x34)
    var writer = StateWriter()
    timer.save(to: &writer)
    let other = ProgrammableIntervalTimer(interrupt: controller.line(1), clock: clock)
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    var again = StateWriter()
    other.save(to: &again)
    #expect(again.bytes == writer.bytes)
    advance(toTick: 11_933)
    #expect(controller.asserted.contains(1))
    var foreign = StateReader([UInt8](repeating: 9, count: writer.bytes.count))
    #expect(throws: StateError.invalid) { try other.restore(from: &foreign) }
  }
}
