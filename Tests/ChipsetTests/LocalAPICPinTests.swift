import Testing

@testable import Chipset

@Suite("Local APIC: pins")
struct LocalAPICPinTests {
  let machine = InterruptFixture()
  var local: LocalAPIC { machine.local }

  @Test func externalInterruptsPassThePrioritiesAndAreNotInService() {
    local.write(0x350, 0x700)
    local.acknowledgeExternalInterrupt = { [local] in
      local.setLine(0, asserted: false)
      return 0x08
    }
    local.taskPriority = 15
    local.setLine(0, asserted: true)
    #expect(local.hasDeliverableInterrupt)
    #expect(local.acknowledge() == 0x08)
    #expect(!local.hasDeliverableInterrupt)
    #expect(local.read(0x100) == 0)
  }

  @Test func aMaskedPinWaitsAsLongAsItIsAsserted() {
    local.write(0x350, 0x1_0700)
    local.setLine(0, asserted: true)
    #expect(!local.hasDeliverableInterrupt)
    local.write(0x350, 0x700)
    #expect(local.hasDeliverableInterrupt)
    local.setLine(0, asserted: false)
    #expect(!local.hasDeliverableInterrupt)
  }

  @Test func nonMaskableInterruptsComeOnTheRisingEdge() {
    local.write(0x360, 0x400)
    local.setLine(1, asserted: true)
    local.setLine(1, asserted: true)
    local.setLine(1, asserted: false)
    #expect(machine.processors[0].events == [.nonMaskable])
  }

  @Test func aLevelTriggeredPinAsksAgainAfterTheEnd() {
    local.write(0x350, 0x8050)
    local.setLine(0, asserted: true)
    #expect(local.read(0x350) == 0xC050)
    #expect(local.acknowledge() == 0x50)
    #expect(local.read(0x1A0) == 1 << 16)
    local.write(0xB0, 0)
    #expect(local.acknowledge() == 0x50)
    local.setLine(0, asserted: false)
    local.write(0xB0, 0)
    #expect(local.read(0x350) == 0x8050)
    #expect(local.acknowledge() == nil)
  }

  @Test func withoutTheLocalAPICThePinsAreTheProcessors() {
    local.acknowledgeExternalInterrupt = { 0x21 }
    #expect(local.writeMSR(0x1B, 0xFEE0_0000))
    local.setLine(0, asserted: true)
    local.setLine(1, asserted: true)
    #expect(local.acknowledge() == 0x21)
    #expect(machine.processors[0].events.contains(.nonMaskable))
  }

  @Test func virtualWireModeLetsThe8259Through() {
    local.reset()
    local.enterVirtualWireMode()
    local.acknowledgeExternalInterrupt = { 0x30 }
    local.setLine(0, asserted: true)
    #expect(local.acknowledge() == 0x30)
    #expect(local.read(0xF0) == 0x1FF)
    #expect(local.read(0x360) == 0x400)
  }

  @Test func anExternalMessageIsTakenOnce() {
    local.acknowledgeExternalInterrupt = { 0x30 }
    local.accept(.external, vector: 0, triggerMode: .edge)
    #expect(local.acknowledge() == 0x30)
    #expect(local.acknowledge() == nil)
  }

  @Test func performanceCountersUseTheirEntry() {
    local.raisePerformanceCounterInterrupt()
    #expect(machine.processors[0].events.isEmpty)
    local.write(0x340, 0x400)
    local.raisePerformanceCounterInterrupt()
    #expect(machine.processors[0].events == [.nonMaskable])
  }
}
