import Bus
import Testing

@testable import Chipset

@Suite("Local APIC: priorities")
struct LocalAPICPriorityTests {
  let machine = InterruptFixture()
  var local: LocalAPIC { machine.local }

  private func request(_ vector: UInt8, level: Bool = false) {
    local.accept(.fixed, vector: vector, triggerMode: level ? .level : .edge)
  }

  @Test func resetValues() {
    let fresh = LocalAPIC(
      identifier: 5, isBootstrapProcessor: false, router: machine.router, clock: machine.clock)
    #expect(fresh.read(0x20) == 5 << 24)
    #expect(fresh.read(0x30) == 0x0005_0014)
    #expect(fresh.read(0xD0) == 0)
    #expect(fresh.read(0xE0) == 0xFFFF_FFFF)
    #expect(fresh.read(0xF0) == 0xFF)
    for offset: UInt64 in [0x320, 0x330, 0x340, 0x350, 0x360, 0x370] {
      #expect(fresh.read(offset) == 0x1_0000)
    }
    #expect(fresh.readMSR(0x1B) == 0xFEE0_0800)
    #expect(local.readMSR(0x1B) == 0xFEE0_0900)
  }

  @Test func theHighestVectorIsAcknowledgedFirst() {
    request(0x31)
    request(0xF0)
    request(0x80)
    #expect(local.acknowledge() == 0xF0)
    #expect(local.read(0x270) == 0)
    #expect(local.read(0x170) == 1 << 16)
    #expect(local.acknowledge() == nil)
    local.write(0xB0, 0)
    #expect(local.acknowledge() == 0x80)
    local.write(0xB0, 0)
    #expect(local.acknowledge() == 0x31)
  }

  @Test func onlyAHigherClassInterruptsAnInterrupt() {
    request(0x41)
    #expect(local.acknowledge() == 0x41)
    request(0x4F)
    #expect(!local.hasDeliverableInterrupt)
    request(0x50)
    #expect(local.acknowledge() == 0x50)
    #expect(local.read(0xA0) == 0x50)
    local.write(0xB0, 0)
    #expect(local.read(0xA0) == 0x40)
    #expect(!local.hasDeliverableInterrupt)
    local.write(0xB0, 0)
    #expect(local.acknowledge() == 0x4F)
  }

  @Test func taskPriorityHoldsBackItsClassAndBelow() {
    local.write(0x80, 0x45)
    #expect(local.taskPriority == 4)
    #expect(local.read(0xA0) == 0x45)
    request(0x4F)
    #expect(!local.hasDeliverableInterrupt)
    local.taskPriority = 3
    #expect(local.read(0x80) == 0x30)
    #expect(local.hasDeliverableInterrupt)
  }

  @Test func theProcessorIsToldOnceForEachChange() {
    request(0x40)
    request(0x41)
    #expect(machine.processors[0].events == [.requestChanged])
    local.taskPriority = 15
    #expect(machine.processors[0].events == [.requestChanged, .requestChanged])
    #expect(!local.hasDeliverableInterrupt)
  }

  @Test func aVectorInServiceCanBeRequestedAgain() {
    request(0x40)
    #expect(local.acknowledge() == 0x40)
    request(0x40)
    request(0x40)
    local.write(0xB0, 0)
    #expect(local.acknowledge() == 0x40)
    local.write(0xB0, 0)
    #expect(local.acknowledge() == nil)
  }

  @Test func endOfInterruptWithoutServiceDoesNothing() {
    local.write(0xB0, 0)
    request(0x40)
    #expect(local.acknowledge() == 0x40)
  }

  @Test func illegalVectorsAreErrorsAndNotRequests() {
    local.write(0x370, 0xFE)
    request(0x0F)
    #expect(local.read(0x200) == 0)
    #expect(local.acknowledge() == 0xFE)
    #expect(local.read(0x280) == 0)
    local.write(0x280, 0)
    #expect(local.read(0x280) == 0x40)
    local.write(0x280, 0)
    #expect(local.read(0x280) == 0)
  }

  @Test func anErrorInterruptWithAnIllegalVectorDoesNotRecur() {
    local.write(0x370, 0x05)
    request(0x03)
    local.write(0x280, 0)
    #expect(local.read(0x280) == 0x40)
  }

  @Test func absentRegistersAreErrors() {
    #expect(local.read(0x40) == 0)
    local.write(0x280, 0)
    #expect(local.read(0x280) == 0x80)
    local.write(0x3F0, 0x55)
    local.write(0x280, 0)
    #expect(local.read(0x280) == 0x80)
    #expect(local.read(0x220) == 0)
  }

  @Test func softwareDisabledRefusesFixedAndMasksItsSources() {
    request(0x40)
    local.write(0x350, 0x50)
    local.write(0xF0, 0xFF)
    #expect(local.read(0x350) == 0x1_0050)
    local.write(0x350, 0x50)
    #expect(local.read(0x350) == 0x1_0050)
    request(0x90)
    // What was requested before is still delivered.
    #expect(local.acknowledge() == 0x40)
    local.write(0xB0, 0)
    #expect(local.acknowledge() == nil)
    local.accept(.nonMaskable, vector: 0, triggerMode: .edge)
    #expect(machine.processors[0].events.contains(.nonMaskable))
  }

  @Test func onlyAlignedDoublewordsAreWritten() {
    local.writeRegister(0x80, width: .byte, value: 0x70)
    local.writeRegister(0x84, width: .doubleword, value: 0x70)
    #expect(local.read(0x80) == 0)
    local.write(0xF0, 0x1A5)
    #expect(local.readRegister(0xF1, width: .byte) == 1)
    #expect(local.readRegister(0xF4, width: .doubleword) == 0)
  }

  @Test func initialisationKeepsIdentityAndMode() {
    let machine = InterruptFixture(identifiers: [7], x2APIC: true)
    #expect(machine.local.writeMSR(0x808, 0x50))
    machine.local.initialise()
    #expect(machine.local.mode == .x2APIC)
    #expect(machine.local.readMSR(0x802) == 7)
    #expect(machine.local.readMSR(0x808) == 0)
    #expect(machine.local.readMSR(0x80F) == 0xFF)
    machine.local.reset()
    #expect(machine.local.mode == .xAPIC)
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    request(0x45, level: true)
    request(0x93)
    _ = local.acknowledge()
    local.write(0x320, 0x2_0030)
    local.write(0x3E0, 0xB)
    local.write(0x380, 1000)
    machine.advance(to: 300)
    var writer = StateWriter()
    local.save(to: &writer)

    let other = InterruptFixture()
    other.clock.now = 300
    var reader = StateReader(writer.bytes)
    try other.local.restore(from: &reader)
    var again = StateWriter()
    other.local.save(to: &again)
    #expect(again.bytes == writer.bytes)
    #expect(other.local.read(0x390) == 700)
    other.local.write(0xB0, 0)
    #expect(other.local.acknowledge() == 0x45)

    var short = StateReader(Array(writer.bytes.dropLast()))
    #expect(throws: StateError.truncated) { try other.local.restore(from: &short) }
  }
}
