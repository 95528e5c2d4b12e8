import Testing

@testable import Chipset

@Suite("Interrupt router: destinations and commands")
struct InterruptRouterTests {
  @Test func physicalDestinations() {
    let machine = InterruptFixture()
    machine.local.sendCommand(0x40, destination: 2)
    #expect(machine.requested(0x40) == [2])
    machine.local.sendCommand(0x41, destination: 0xFF)
    #expect(machine.requested(0x41) == [0, 1, 2, 3])
    machine.local.sendCommand(0x42, destination: 9)
    #expect(machine.requested(0x42).isEmpty)
  }

  @Test func shorthands() {
    let machine = InterruptFixture()
    let sender = machine.localAPICs[1]
    sender.sendCommand(0x4_0040)
    #expect(machine.requested(0x40) == [1])
    sender.sendCommand(0x8_0041)
    #expect(machine.requested(0x41) == [0, 1, 2, 3])
    sender.sendCommand(0xC_0042)
    #expect(machine.requested(0x42) == [0, 2, 3])
  }

  @Test func onlyFixedInterruptsGoToTheSenderByShorthand() {
    let machine = InterruptFixture()
    machine.local.sendCommand(0x4_0400)
    machine.local.sendCommand(0x8_0500)
    #expect(machine.processors.allSatisfy { $0.events.isEmpty })
  }

  @Test func flatLogicalDestinationsAreSets() {
    let machine = InterruptFixture()
    for (index, local) in machine.localAPICs.enumerated() { local.write(0xD0, 1 << (24 + UInt32(index))) }
    machine.local.sendCommand(0x840, destination: 0b1010)
    #expect(machine.requested(0x40) == [1, 3])
  }

  @Test func clusterDestinationsAreSetsWithinACluster() {
    let machine = InterruptFixture()
    for (local, logicalID) in zip(machine.localAPICs, [0x11, 0x12, 0x21, 0x22] as [UInt32]) {
      local.write(0xE0, 0)
      local.write(0xD0, logicalID << 24)
      #expect(local.read(0xE0) == 0x0FFF_FFFF)
    }
    machine.local.sendCommand(0x840, destination: 0x23)
    #expect(machine.requested(0x40) == [2, 3])
    machine.local.sendCommand(0x841, destination: 0xFF)
    #expect(machine.requested(0x41) == [0, 1, 2, 3])
  }

  @Test func wideLogicalDestinationsFollowFromTheIDs() {
    let machine = InterruptFixture(identifiers: [0, 1, 0x10, 0x11], x2APIC: true)
    #expect(machine.local.writeMSR(0x830, 0x0001_0003 << 32 | 0x840))
    #expect(machine.requested(0x40) == [0x10, 0x11])
    #expect(machine.local.writeMSR(0x830, 0xFFFF_FFFF << 32 | 0x41))
    #expect(machine.requested(0x41) == [0, 1, 0x10, 0x11])
  }

  @Test func lowestPriorityGoesToTheLeastBusyAndThenToTheFirst() {
    let machine = InterruptFixture()
    for (local, priority) in zip(machine.localAPICs, [0x50, 0x20, 0x20, 0x30] as [UInt32]) {
      local.write(0xD0, 0x0100_0000)
      local.write(0x80, priority)
    }
    machine.local.sendCommand(0x940, destination: 1)
    #expect(machine.requested(0x40) == [1])
    // The request that waits there counts in the next arbitration.
    machine.local.sendCommand(0x941, destination: 1)
    #expect(machine.requested(0x41) == [2])
  }

  @Test func theOtherDeliveryModesReachTheProcessor() {
    let machine = InterruptFixture()
    machine.local.sendCommand(0x4200, destination: 1)
    machine.local.sendCommand(0x4400, destination: 1)
    machine.local.sendCommand(0xC500, destination: 1)
    machine.local.sendCommand(0x469A, destination: 1)
    #expect(
      machine.processors[1].events == [.systemManagement, .nonMaskable, .initialisation, .startup(0x9A)])
  }

  @Test func takingInitBackHasNoEffect() {
    let machine = InterruptFixture()
    machine.local.sendCommand(0x8500, destination: 1)
    #expect(machine.processors[1].events.isEmpty)
  }

  @Test func theDeliveryStatusIsAlwaysIdleAndTheDestinationReadsBack() {
    let machine = InterruptFixture()
    machine.local.sendCommand(0x1040, destination: 1)
    #expect(machine.local.read(0x300) == 0x40)
    #expect(machine.local.read(0x310) == 1 << 24)
  }

  @Test func sendingAnIllegalVectorIsAnErrorOfTheSender() {
    let machine = InterruptFixture()
    machine.local.sendCommand(0x0F, destination: 1)
    for local in machine.localAPICs { local.write(0x280, 0) }
    #expect(machine.local.read(0x280) == 0x20)
    #expect(machine.localAPICs[1].read(0x280) == 0)
  }

  @Test func aDisabledLocalAPICTakesNoMessages() {
    let machine = InterruptFixture()
    #expect(machine.localAPICs[1].writeMSR(0x1B, 0xFEE0_0000))
    machine.local.sendCommand(0x4500, destination: 1)
    #expect(machine.processors[1].events.isEmpty)
  }

  @Test func messageSignalledInterruptsCarryDestinationAndMode() {
    let machine = InterruptFixture()
    machine.router.deliver(address: 0xFEE0_2000, data: 0x44)
    #expect(machine.requested(0x44) == [2])
    machine.router.deliver(address: 0xFEE0_1000, data: 0x400)
    #expect(machine.processors[1].events == [.nonMaskable])
    machine.router.deliver(address: 0xFEF0_1000, data: 0x45)
    machine.router.deliver(address: 0x1_FEE0_1000, data: 0x45)
    machine.router.deliver(address: 0xFEE0_1000, data: 0x345)
    #expect(machine.requested(0x45).isEmpty)
  }

  @Test func theRedirectionHintChoosesOneOfALogicalDestination() {
    let machine = InterruptFixture()
    for local in machine.localAPICs { local.write(0xD0, 0x0300_0000) }
    machine.local.write(0x80, 0x20)
    machine.router.deliver(address: 0xFEE0_300C, data: 0x44)
    #expect(machine.requested(0x44) == [1])
    machine.router.deliver(address: 0xFEE0_3004, data: 0x45)
    #expect(machine.requested(0x45) == [0, 1, 2, 3])
  }

  @Test func narrowDestinationsReachX2APICs() {
    let machine = InterruptFixture(x2APIC: true)
    machine.router.deliver(address: 0xFEE0_3000, data: 0x44)
    #expect(machine.requested(0x44) == [3])
    machine.router.deliver(address: 0xFEEF_F000, data: 0x45)
    #expect(machine.requested(0x45) == [0, 1, 2, 3])
    machine.router.deliver(address: 0xFEE0_6004, data: 0x46)
    #expect(machine.requested(0x46) == [1, 2])
  }
}
