import Bus
import Testing

@testable import Chipset

@Suite("IOAPIC")
struct IOAPICTests {
  let machine = InterruptFixture()
  let ioapic: IOAPIC

  init() { ioapic = IOAPIC(router: machine.router, identifier: 5) }

  private func read(_ index: UInt8) -> UInt32 {
    ioapic.writeRegister(0, width: .doubleword, value: UInt64(index))
    return UInt32(truncatingIfNeeded: ioapic.readRegister(0x10, width: .doubleword))
  }

  private func write(_ index: UInt8, _ value: UInt32) {
    ioapic.writeRegister(0, width: .doubleword, value: UInt64(index))
    ioapic.writeRegister(0x10, width: .doubleword, value: UInt64(value))
  }

  private func program(_ input: UInt8, _ low: UInt32, destination: UInt32 = 0) {
    write(0x11 + input * 2, destination << 24)
    write(0x10 + input * 2, low)
  }

  @Test func identityVersionAndResetState() {
    #expect(read(0) == 5 << 24)
    #expect(read(1) == 0x0017_0020)
    #expect(read(2) == 5 << 24)
    #expect(read(0x10) == 0x1_0000)
    #expect(read(0x3F) == 0)
    #expect(read(0x40) == 0)
    write(0, 0xFFFF_FFFF)
    #expect(read(0) == 0x0F00_0000)
    write(1, 0)
    #expect(read(1) == 0x0017_0020)
  }

  @Test func statusBitsAreReadOnly() {
    program(3, 0xFFFF_FFFF, destination: 0xAB)
    #expect(read(0x16) == 0x1_AFFF)
    #expect(read(0x17) == 0xAB00_0000)
  }

  @Test func anEdgeIsOneInterrupt() {
    program(4, 0x34, destination: 2)
    ioapic.setLine(4, asserted: true)
    ioapic.setLine(4, asserted: true)
    #expect(machine.requested(0x34) == [2])
    #expect(machine.localAPICs[2].acknowledge() == 0x34)
    machine.localAPICs[2].write(0xB0, 0)
    #expect(machine.requested(0x34).isEmpty)
    ioapic.setLine(4, asserted: false)
    ioapic.setLine(4, asserted: true)
    #expect(machine.requested(0x34) == [2])
  }

  @Test func anEdgeAtAMaskedInputIsLost() {
    program(4, 0x1_0034)
    ioapic.setLine(4, asserted: true)
    program(4, 0x34)
    #expect(machine.requested(0x34).isEmpty)
  }

  @Test func aLevelIsRequestedAgainAfterTheEndOfInterrupt() {
    program(10, 0x8051)
    ioapic.setLine(10, asserted: true)
    #expect(read(0x24) == 0xC051)
    #expect(machine.local.acknowledge() == 0x51)
    #expect(machine.requested(0x51).isEmpty)
    machine.local.write(0xB0, 0)
    #expect(machine.requested(0x51) == [0])
    #expect(machine.local.acknowledge() == 0x51)
    ioapic.setLine(10, asserted: false)
    machine.local.write(0xB0, 0)
    #expect(machine.requested(0x51).isEmpty)
    #expect(read(0x24) == 0x8051)
  }

  @Test func aLevelAtAMaskedInputWaits() {
    program(10, 0x1_8051)
    ioapic.setLine(10, asserted: true)
    #expect(machine.requested(0x51).isEmpty)
    program(10, 0x8051)
    #expect(machine.requested(0x51) == [0])
  }

  @Test func theEndOfInterruptRegisterEndsByVector() {
    program(10, 0x8051)
    ioapic.setLine(10, asserted: true)
    ioapic.setLine(10, asserted: false)
    ioapic.writeRegister(0x40, width: .doubleword, value: 0x52)
    #expect(read(0x24) == 0xC051)
    ioapic.writeRegister(0x40, width: .doubleword, value: 0x51)
    #expect(read(0x24) == 0x8051)
  }

  @Test func changingToEdgeForgetsTheRemoteRequest() {
    program(10, 0x8051)
    ioapic.setLine(10, asserted: true)
    program(10, 0x1_0051)
    #expect(read(0x24) == 0x1_0051)
  }

  @Test func logicalLowestPriority() {
    for local in machine.localAPICs { local.write(0xD0, 0x0300_0000) }
    machine.local.write(0x80, 0x20)
    program(1, 0x0933, destination: 3)
    ioapic.setLine(1, asserted: true)
    #expect(machine.requested(0x33) == [1])
  }

  @Test func externalModeTakesTheVectorFromThe8259() {
    machine.local.acknowledgeExternalInterrupt = { 0x77 }
    program(0, 0x700)
    ioapic.setLine(0, asserted: true)
    #expect(machine.local.acknowledge() == 0x77)
  }

  @Test func inputsBeyondTheTableLeadNowhere() {
    ioapic.setLine(24, asserted: true)
    ioapic.setLine(-1, asserted: true)
    #expect(machine.local.acknowledge() == nil)
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    program(10, 0x8051, destination: 1)
    ioapic.setLine(10, asserted: true)
    var writer = StateWriter()
    ioapic.save(to: &writer)
    let other = IOAPIC(router: machine.router)
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    var again = StateWriter()
    other.save(to: &again)
    #expect(again.bytes == writer.bytes)
    var foreign = StateReader([UInt8](repeating: 0xFF, count: writer.bytes.count))
    #expect(throws: StateError.invalid) { try other.restore(from: &foreign) }
  }
}
