import Testing

@testable import Chipset

@Suite("Local APIC: APIC base and x2APIC mode")
struct X2APICTests {
  let machine = InterruptFixture(identifiers: [0, 0x25], x2APIC: true)
  var local: LocalAPIC { machine.localAPICs[1] }

  @Test func identityIs32BitsWideAndNamesTheLogicalDestination() {
    #expect(local.readMSR(0x802) == 0x25)
    #expect(local.readMSR(0x80D) == 0x0002_0020)
  }

  @Test func modesChangeOnlyAlongTheArrowsOfTheManual() {
    let local = InterruptFixture().local
    #expect(!local.writeMSR(0x1B, 0xFEE0_0400))
    #expect(local.writeMSR(0x1B, 0xFEE0_0C00))
    #expect(local.readMSR(0x1B) == 0xFEE0_0D00)
    #expect(!local.writeMSR(0x1B, 0xFEE0_0800))
    #expect(local.writeMSR(0x1B, 0xFEE0_0000))
    #expect(local.mode == .disabled)
    #expect(!local.writeMSR(0x1B, 0xFEE0_0C00))
    #expect(local.writeMSR(0x1B, 0xFEE0_0800))
    #expect(local.read(0xF0) == 0xFF)
  }

  @Test func softwareNamesLocalAPICsAnewInMemoryMode() {
    let fixture = InterruptFixture()
    fixture.localAPICs[1].write(0x20, 0x5000_0000)
    fixture.localAPICs[2].write(0x20, 0x5000_0000)
    #expect(fixture.localAPICs[1].read(0x20) == 0x5000_0000)
    fixture.router.send(
      InterruptMessage(
        destination: .physical(0x50), deliveryMode: .nonMaskable, vector: 0, triggerMode: .edge))
    fixture.router.send(
      InterruptMessage(destination: .physical(1), deliveryMode: .nonMaskable, vector: 0, triggerMode: .edge))
    #expect(fixture.processors.map { $0.events == [.nonMaskable] } == [false, true, true, false])
    #expect(fixture.localAPICs[1].writeMSR(0x1B, 0xFEE0_0000))
    #expect(fixture.localAPICs[1].writeMSR(0x1B, 0xFEE0_0800))
    #expect(fixture.localAPICs[1].read(0x20) == 0x0100_0000)
  }

  @Test func whatCPUIDDoesNotOfferIsRefused() {
    let fixture = InterruptFixture()
    let local = LocalAPIC(
      identifier: 9, isBootstrapProcessor: false, router: fixture.router, clock: fixture.clock, features: [])
    #expect(!local.writeMSR(0x1B, 0xFEE0_0C00))
    #expect(local.mode == .xAPIC)
    #expect(local.readMSR(0x6E0) == nil)
    #expect(!local.writeMSR(0x6E0, 1))
  }

  @Test func theBaseMovesAndItsReservedBitsAreRefused() {
    let local = InterruptFixture().local
    #expect(local.writeMSR(0x1B, 0xC000_0800))
    #expect(local.registerPage == 0xC000_0000)
    #expect(!local.writeMSR(0x1B, 0xC000_0801))
    #expect(!local.writeMSR(0x1B, 1 << 48 | 0x800))
    #expect(self.local.registerPage == nil)
  }

  @Test func registersAreMSRsInThisModeOnly() {
    let local = InterruptFixture().local
    #expect(local.readMSR(0x802) == nil)
    #expect(!local.writeMSR(0x80B, 0))
    #expect(self.local.readRegister(0x20, width: .doubleword) == 0)
    #expect(LocalAPIC.ownsMSR(0x8FF) && LocalAPIC.ownsMSR(0x6E0) && !LocalAPIC.ownsMSR(0x900))
  }

  @Test(arguments: [0x802, 0x803, 0x80A, 0x80D, 0x80E, 0x810, 0x827, 0x82F, 0x831, 0x839, 0x840] as [UInt32])
  func readOnlyAndAbsentRegistersRefuseWrites(number: UInt32) {
    #expect(!local.writeMSR(number, 0))
  }

  @Test(arguments: [0x800, 0x809, 0x80B, 0x80E, 0x82F, 0x831, 0x83F, 0x8FF] as [UInt32])
  func writeOnlyAndAbsentRegistersRefuseReads(number: UInt32) {
    #expect(local.readMSR(number) == nil)
  }

  @Test(
    arguments: [
      (0x808, 0x100), (0x80B, 1), (0x80F, 0x1000), (0x828, 1), (0x830, 1 << 13), (0x830, 1 << 20),
      (0x832, 1 << 14), (0x837, 1 << 8), (0x838, 1 << 32), (0x83E, 4), (0x83F, 0x100),
    ] as [(UInt32, UInt64)])
  func reservedBitsAreRefused(number: UInt32, value: UInt64) {
    #expect(!local.writeMSR(number, value))
  }

  @Test func theCommandRegisterIsOneWriteOf64Bits() {
    #expect(machine.local.writeMSR(0x830, 0x25 << 32 | 0x41))
    #expect(machine.requested(0x41) == [0x25])
    #expect(machine.local.readMSR(0x830) == 0x25 << 32 | 0x41)
  }

  @Test func selfInterrupts() {
    #expect(local.writeMSR(0x83F, 0x66))
    #expect(machine.requested(0x66) == [0x25])
    #expect(local.writeMSR(0x83F, 0x06))
    #expect(local.writeMSR(0x828, 0))
    #expect(local.readMSR(0x828) == 0x20)
  }

  @Test func endOfInterrupt() {
    #expect(local.writeMSR(0x83F, 0x66))
    #expect(local.acknowledge() == 0x66)
    #expect(local.readMSR(0x813) == 1 << 6)
    #expect(local.writeMSR(0x80B, 0))
    #expect(local.readMSR(0x813) == 0)
  }
}
