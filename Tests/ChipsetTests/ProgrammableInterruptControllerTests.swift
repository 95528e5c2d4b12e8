import Bus
import Testing

@testable import Chipset

@Suite("8259A pair")
struct ProgrammableInterruptControllerTests {
  let pic = ProgrammableInterruptController()

  /// Vectors 0x20 and 0x28, edge-triggered, 8086 mode, nothing masked.
  init() { initialise(word4: 0x01) }

  private func initialise(word4: UInt8) {
    write(0, [0x11])
    write(1, [0x20, 0x04, word4])
    write(2, [0x11])
    write(3, [0x28, 0x02, word4])
  }

  private func write(_ register: UInt16, _ bytes: [UInt8]) {
    for byte in bytes { pic.writePort(register, width: .byte, value: UInt32(byte)) }
  }

  private func read(_ register: UInt16) -> UInt32 { pic.readPort(register, width: .byte) }

  private func inService(_ command: UInt16) -> UInt32 {
    write(command, [0x0B])
    return read(command)
  }

  @Test func nothingIsAskedForBeforeInitialisation() {
    let pic = ProgrammableInterruptController()
    pic.setLine(3, asserted: true)
    #expect(!pic.isOutputAsserted)
  }

  @Test func lowerInputsHavePriorityAndInterruptHigherOnes() {
    pic.setLine(5, asserted: true)
    #expect(pic.acknowledge() == 0x25)
    pic.setLine(6, asserted: true)
    #expect(!pic.isOutputAsserted)
    pic.setLine(1, asserted: true)
    #expect(pic.acknowledge() == 0x21)
    #expect(inService(0) == 0b10_0010)
    write(0, [0x20])
    #expect(inService(0) == 0b10_0000)
    write(0, [0x20])
    #expect(pic.acknowledge() == 0x26)
  }

  @Test func theSecondaryHangsAtInput2() {
    pic.setLine(12, asserted: true)
    #expect(read(0) == 0b100)
    #expect(pic.acknowledge() == 0x2C)
    #expect(inService(0) == 0b100)
    #expect(inService(2) == 0b1_0000)
    pic.setLine(8, asserted: true)
    // Without special fully nested mode the secondary waits for the primary's end.
    #expect(!pic.isOutputAsserted)
    write(2, [0x20])
    write(0, [0x20])
    #expect(pic.acknowledge() == 0x28)
  }

  @Test func specialFullyNestedModeLetsTheSecondaryNest() {
    initialise(word4: 0x11)
    pic.setLine(12, asserted: true)
    #expect(pic.acknowledge() == 0x2C)
    pic.setLine(8, asserted: true)
    #expect(pic.acknowledge() == 0x28)
  }

  @Test func anEdgeIsOneInterruptAndALevelAsManyAsItLasts() {
    pic.setLine(5, asserted: true)
    #expect(pic.acknowledge() == 0x25)
    write(0, [0x20])
    #expect(!pic.isOutputAsserted)
    pic.setLine(5, asserted: false)

    write(4, [0xFF])
    #expect(read(4) == 0xF8)
    write(5, [0xFF])
    #expect(read(5) == 0xDE)
    pic.setLine(5, asserted: true)
    #expect(pic.acknowledge() == 0x25)
    write(0, [0x20])
    #expect(pic.acknowledge() == 0x25)
  }

  @Test func aRequestThatGoesAwayIsSpurious() {
    pic.setLine(3, asserted: true)
    pic.setLine(3, asserted: false)
    #expect(pic.acknowledge() == 0x27)
    #expect(inService(0) == 0)
  }

  @Test func aSpuriousInterruptOfTheSecondaryIsInServiceAtThePrimary() {
    pic.setLine(12, asserted: true)
    write(3, [0x10])
    #expect(!pic.isOutputAsserted)
    #expect(pic.acknowledge() == 0x27)
    write(3, [0x00])
    #expect(pic.acknowledge() == 0x2C)
  }

  @Test func masksHoldRequestsBack() {
    write(1, [0b1000])
    #expect(read(1) == 0b1000)
    pic.setLine(3, asserted: true)
    #expect(!pic.isOutputAsserted)
    write(0, [0x0A])
    #expect(read(0) == 0b1000)
    write(1, [0])
    #expect(pic.isOutputAsserted)
  }

  @Test func theOutputIsToldWhenItChanges() {
    var levels: [Bool] = []
    pic.outputChanged = { levels.append($0) }
    pic.setLine(3, asserted: true)
    pic.setLine(4, asserted: true)
    _ = pic.acknowledge()
    #expect(levels == [true, false])
  }

  @Test func specificEndOfInterrupt() {
    pic.setLine(5, asserted: true)
    _ = pic.acknowledge()
    pic.setLine(1, asserted: true)
    _ = pic.acknowledge()
    write(0, [0x65])
    #expect(inService(0) == 0b10)
  }

  @Test func rotationPutsTheServicedInputLast() {
    for input in 3...5 { pic.setLine(input, asserted: true) }
    #expect(pic.acknowledge() == 0x23)
    write(0, [0xA0])
    pic.setLine(3, asserted: false)
    pic.setLine(3, asserted: true)
    #expect(pic.acknowledge() == 0x24)
    write(0, [0xE4])
    #expect(pic.acknowledge() == 0x25)
    write(0, [0x20, 0xC2])
    #expect(pic.acknowledge() == 0x23)
  }

  @Test func automaticEndLeavesNothingInServiceAndMayRotate() {
    initialise(word4: 0x03)
    write(0, [0x80])
    pic.setLine(1, asserted: true)
    pic.setLine(4, asserted: true)
    #expect(pic.acknowledge() == 0x21)
    #expect(inService(0) == 0)
    pic.setLine(1, asserted: false)
    pic.setLine(1, asserted: true)
    #expect(pic.acknowledge() == 0x24)
  }

  @Test func automaticEndDoesNotLoseTheSecondarysNextInterrupt() {
    initialise(word4: 0x03)
    pic.setLine(9, asserted: true)
    pic.setLine(10, asserted: true)
    #expect(pic.acknowledge() == 0x29)
    #expect(pic.acknowledge() == 0x2A)
  }

  @Test func specialMaskModeLetsLowerPrioritiesIn() {
    pic.setLine(3, asserted: true)
    _ = pic.acknowledge()
    pic.setLine(6, asserted: true)
    #expect(!pic.isOutputAsserted)
    write(1, [0b1000])
    #expect(!pic.isOutputAsserted)
    write(0, [0x68])
    #expect(pic.acknowledge() == 0x26)
    // The masked interrupt is not what an unspecific end is about.
    write(0, [0x20])
    #expect(inService(0) == 0b1000)
    write(0, [0x48])
    #expect(!pic.isOutputAsserted)
  }

  @Test func aPollAcknowledges() {
    write(0, [0x0C])
    #expect(read(0) == 0)
    pic.setLine(6, asserted: true)
    write(0, [0x0C])
    #expect(read(0) == 0x86)
    #expect(inService(0) == 0b100_0000)
  }

  @Test func initialisationClearsMasksAndForgetsEdges() {
    write(1, [0xFF])
    pic.setLine(3, asserted: true)
    write(0, [0x11])
    write(1, [0x40, 0x04, 0x01])
    #expect(read(1) == 0)
    #expect(!pic.isOutputAsserted)
    pic.setLine(3, asserted: false)
    pic.setLine(3, asserted: true)
    #expect(pic.acknowledge() == 0x43)
  }

  @Test func thePortsOfThePC() {
    let ranges = pic.portRanges
    #expect(ranges.map(\.first) == [0x20, 0xA0, 0x4D0])
    ranges[1].device.writePort(1, width: .byte, value: 0x5A)
    #expect(read(3) == 0x5A)
    ranges[2].device.writePort(0, width: .byte, value: 0x20)
    #expect(read(4) == 0x20)
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    pic.setLine(12, asserted: true)
    pic.setLine(5, asserted: true)
    _ = pic.acknowledge()
    var writer = StateWriter()
    pic.save(to: &writer)
    let other = ProgrammableInterruptController()
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    write(2, [0x20])
    write(0, [0x20])
    other.writePort(2, width: .byte, value: 0x20)
    other.writePort(0, width: .byte, value: 0x20)
    #expect(other.acknowledge() == pic.acknowledge())
  }
}
