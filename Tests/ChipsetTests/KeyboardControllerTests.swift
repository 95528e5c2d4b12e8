import Bus
import Testing

@testable import Chipset

@Suite("Keyboard controller")
struct KeyboardControllerTests {
  let controller = RecordingController()
  let keyboard: KeyboardController

  init() { keyboard = KeyboardController(interrupt: controller.line(1)) }

  private func read(_ register: UInt16) -> UInt32 { keyboard.readPort(register, width: .byte) }

  private func write(_ register: UInt16, _ value: UInt32) {
    keyboard.writePort(register, width: .byte, value: value)
  }

  /// Gives a command and takes its answer.
  private func ask(_ command: UInt32) -> UInt32? {
    write(1, command)
    return read(1) & 1 != 0 ? read(0) : nil
  }

  @Test func theSelfTestPasses() {
    #expect(read(1) & 0x07 == 0)
    #expect(ask(0xAA) == 0x55)
    #expect(read(1) & 0x0D == 0x0C)
    #expect(ask(0xAB) == 0)
  }

  @Test func theConfigurationReadsBack() {
    #expect(ask(0x20) == 0x30)
    write(1, 0x60)
    write(0, 0x65)
    #expect(ask(0x20) == 0x65)
    _ = ask(0xAD)
    #expect(ask(0x20) == 0x75)
    _ = ask(0xAE)
    #expect(ask(0x20) == 0x65)
  }

  @Test func nothingIsPluggedIn() {
    write(1, 0x60)
    write(0, 0x01)
    write(0, 0xF2)
    #expect(controller.asserted == [1])
    #expect(read(1) & 0x41 == 0x41)
    #expect(read(0) == 0xFE)
    #expect(controller.asserted.isEmpty)
    #expect(read(1) & 0x41 == 0)
  }

  @Test func anUnknownCommandHasNoAnswer() { #expect(ask(0xD3) == nil) }

  @Test func resets() {
    var count = 0
    keyboard.resetRequested = { kind in
      #expect(kind == .processors)
      count += 1
    }
    write(1, 0xFE)
    #expect(count == 1)
    write(1, 0xFF)
    #expect(count == 1)
    write(1, 0xD1)
    write(0, 0x02)
    #expect(count == 2)
    write(2, 0x02)
    #expect(count == 2)
    write(2, 0x03)
    #expect(count == 3)
  }

  @Test func addressLine20HasThreeSwitches() {
    var changes: [Bool] = []
    keyboard.addressLine20Changed = { changes.append($0) }
    #expect(keyboard.isAddressLine20Enabled)
    _ = ask(0xDD)
    #expect(ask(0xD0) == 0x01)
    #expect(read(2) == 0)
    write(1, 0xD1)
    write(0, 0x03)
    #expect(read(2) == 2)
    write(2, 0)
    write(2, 2)
    #expect(changes == [false, true, false, true])
  }

  @Test func thePortsOfThePC() {
    let ranges = keyboard.portRanges
    #expect(ranges.map(\.first) == [0x60, 0x64, 0x92])
    ranges[1].device.writePort(0, width: .byte, value: 0xAA)
    #expect(ranges[0].device.readPort(0, width: .byte) == 0x55)
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    write(1, 0xDD)
    write(1, 0xAA)
    var writer = StateWriter()
    keyboard.save(to: &writer)
    let other = KeyboardController(interrupt: controller.line(2))
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    #expect(!other.isAddressLine20Enabled)
    #expect(other.readPort(0, width: .byte) == 0x55)
  }
}
