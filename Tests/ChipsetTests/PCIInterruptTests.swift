import Bus
import Testing

@testable import Chipset

@Suite("PCI interrupts")
struct PCIInterruptTests {
  private typealias Message = PCIInterruptRecorder.Message
  private let fixture: PCIFixture
  private let busMaster: UInt64 = 1 << 2
  private let interruptDisable: UInt64 = 1 << 10

  init() throws { fixture = try #require(PCIFixture()) }

  // MARK: Pin

  @Test("the pin follows the pending bit unless Interrupt Disable is set; the status tells either way")
  func pin() throws {
    let probe = try fixture.attach(device: 1, pin: .intA)
    fixture.configure(1, PCIRegister.command, interruptDisable, .word)
    probe.endpoint.isInterruptPending = true
    #expect(fixture.configuration(1, PCIRegister.status, .word) == 1 << 3)
    #expect(fixture.recorder.lineChanges.isEmpty)
    fixture.configure(1, PCIRegister.command, 0, .word)
    #expect(fixture.recorder.lineChanges == [.init(line: 17, asserted: true)])
    fixture.configure(1, PCIRegister.command, interruptDisable, .word)
    #expect(fixture.recorder.lineChanges.last == .init(line: 17, asserted: false))
  }

  @Test("a reset lets go of the pin and clears the registers")
  func reset() throws {
    let probe = try fixture.attach(device: 1, pin: .intA)
    fixture.configure(1, PCIRegister.command, busMaster, .word)
    probe.endpoint.isInterruptPending = true
    probe.reset()
    #expect(fixture.recorder.lineChanges.last == .init(line: 17, asserted: false))
    #expect(fixture.configuration(1, PCIRegister.command) == 0)
    #expect(!probe.endpoint.busMaster.isEnabled)
  }

  // MARK: MSI

  private func enableMSI(multipleMessageEnable: UInt64 = 0) throws -> Int {
    let offset = try #require(fixture.capability(1, .messageSignaledInterrupts))
    fixture.configure(1, PCIRegister.command, busMaster, .word)
    fixture.configure(1, offset + 4, 0xFEE0_1000)
    fixture.configure(1, offset + 8, 0)
    fixture.configure(1, offset + 12, 0x4B, .word)
    fixture.configure(1, offset + 2, 1 | multipleMessageEnable << 4, .word)
    return offset
  }

  @Test("MSI replaces the pin and changes no more data bits than were allotted")
  func messages() throws {
    let probe = try fixture.attach(device: 1, pin: .intA) { $0.addMSI(vectorCount: 3) }
    probe.endpoint.isInterruptPending = true
    let offset = try enableMSI(multipleMessageEnable: 1)
    #expect(fixture.recorder.lineChanges.last == .init(line: 17, asserted: false))
    #expect(fixture.configuration(1, offset + 2, .word) == 0b1_1001_0101, "four vectors, two allotted")
    for vector in 0..<5 { probe.endpoint.signal(vector: vector) }
    #expect(fixture.recorder.messages.map(\.data) == [0x4A, 0x4B, 0x4A, 0x4B])
    #expect(fixture.recorder.messages.allSatisfy { $0.address == 0xFEE0_1000 })
  }

  @Test("a masked MSI vector is pending until it is unmasked")
  func maskedMessage() throws {
    let probe = try fixture.attach(device: 1) { $0.addMSI(vectorCount: 1) }
    let offset = try enableMSI()
    fixture.configure(1, offset + 16, 0xFFFF_FFFF)
    #expect(fixture.configuration(1, offset + 16) == 1, "one vector, one mask bit")
    probe.endpoint.signal(vector: 0)
    probe.endpoint.signal(vector: 0)
    #expect(fixture.recorder.messages.isEmpty)
    #expect(fixture.configuration(1, offset + 20) == 1)
    fixture.configure(1, offset + 16, 0)
    #expect(fixture.recorder.messages == [Message(address: 0xFEE0_1000, data: 0x4B)])
    #expect(fixture.configuration(1, offset + 20) == 0)
  }

  @Test("the short form of MSI has 32-bit addresses and no masks")
  func shortForm() throws {
    let probe = try fixture.attach(device: 1) {
      $0.addMSI(vectorCount: 1, addressing: .bits32, masking: .none)
    }
    let offset = try #require(fixture.capability(1, .messageSignaledInterrupts))
    fixture.configure(1, PCIRegister.command, busMaster, .word)
    fixture.configure(1, offset + 4, 0xFEE0_0003)
    fixture.configure(1, offset + 8, 0x1234, .word)
    fixture.configure(1, offset + 2, 1, .word)
    #expect(fixture.configuration(1, offset + 2, .word) == 1)
    probe.endpoint.signal(vector: 0)
    #expect(fixture.recorder.messages == [Message(address: 0xFEE0_0000, data: 0x1234)])
  }

  // MARK: MSI-X

  private static let tableAddress: UInt64 = 0xC000_0000

  private func attachWithTable() throws -> (ProbeFunction, capability: Int) {
    let probe = try fixture.attach(
      device: 1, pin: .intA, baseAddressRegisters: [2: BaseAddressRegister(.memory32, size: 0x1000)]
    ) {
      $0.addMSIX(
        vectorCount: 3,
        layout: MSIXCapability.Layout(baseAddressRegister: 2, tableOffset: 0x100, pendingOffset: 0x200))
    }
    fixture.host.assignResources()
    fixture.configure(1, PCIRegister.command, 0b110, .word)
    let offset = try #require(fixture.capability(1, .extendedMessageSignaledInterrupts))
    return (probe, offset)
  }

  private func writeEntry(_ vector: UInt64, data: UInt64, masked: UInt64) {
    let entry = Self.tableAddress + 0x100 + vector * 16
    #expect(fixture.host.write(physical: entry, width: .quadword, value: 0xFEE0_2000))
    #expect(fixture.host.write(physical: entry + 8, width: .doubleword, value: data))
    #expect(fixture.host.write(physical: entry + 12, width: .doubleword, value: masked))
  }

  @Test("the MSI-X capability tells where the table is, and vectors start masked")
  func table() throws {
    let (probe, capability) = try attachWithTable()
    #expect(fixture.configuration(1, capability + 2, .word) == 2)
    #expect(fixture.configuration(1, capability + 4) == 0x102)
    #expect(fixture.configuration(1, capability + 8) == 0x202)
    #expect(fixture.host.read(physical: Self.tableAddress + 0x10C, width: .doubleword) == 1)
    writeEntry(1, data: 0x31, masked: 0)
    #expect(fixture.host.read(physical: Self.tableAddress + 0x110, width: .quadword) == 0xFEE0_2000)
    #expect(fixture.host.read(physical: Self.tableAddress + 0x118, width: .quadword) == 0x31)
    // The table is the bus's; the function sees what is beside it.
    #expect(probe.writes.isEmpty)
    #expect(fixture.host.write(physical: Self.tableAddress + 0x130, width: .doubleword, value: 1))
    #expect(probe.writes.count == 1)
  }

  @Test("MSI-X sends the entry's message; masks of the vector and of the function hold it back")
  func tableMessages() throws {
    let (probe, capability) = try attachWithTable()
    writeEntry(0, data: 0x30, masked: 0)
    writeEntry(1, data: 0x31, masked: 1)
    probe.endpoint.signal(vector: 0)
    #expect(fixture.recorder.messages.isEmpty, "not enabled")
    fixture.configure(1, capability + 2, 1 << 15 | 1 << 14, .word)
    for vector in 0..<3 { probe.endpoint.signal(vector: vector) }
    probe.endpoint.signal(vector: 3)
    probe.endpoint.signal(vector: 0xFFFF)
    let pending = Self.tableAddress + 0x200
    #expect(fixture.host.read(physical: pending, width: .quadword) == 0b111)
    fixture.configure(1, capability + 2, 1 << 15, .word)
    #expect(fixture.recorder.messages == [Message(address: 0xFEE0_2000, data: 0x30)])
    #expect(fixture.host.read(physical: pending, width: .doubleword) == 0b110)
    #expect(
      fixture.host.write(physical: Self.tableAddress + 0x11C, width: .doubleword, value: 0))
    #expect(fixture.recorder.messages.last == Message(address: 0xFEE0_2000, data: 0x31))
    probe.endpoint.signal(vector: 1)
    #expect(fixture.recorder.messages.count == 3)
  }

  @Test("table and pending bits survive in the state, and a reset masks everything")
  func tableState() throws {
    let (probe, capability) = try attachWithTable()
    fixture.configure(1, capability + 2, 1 << 15, .word)
    writeEntry(2, data: 0x77, masked: 1)
    probe.endpoint.signal(vector: 2)
    var writer = StateWriter()
    probe.save(to: &writer)
    probe.reset()
    fixture.host.assignResources()
    #expect(fixture.host.read(physical: Self.tableAddress + 0x128, width: .doubleword) == 0)
    var reader = StateReader(writer.bytes)
    try probe.restore(from: &reader)
    #expect(
      fixture.host.write(physical: Self.tableAddress + 0x12C, width: .doubleword, value: 0))
    #expect(fixture.recorder.messages == [Message(address: 0xFEE0_2000, data: 0x77)])
  }

  // MARK: Bus master

  @Test("without Bus Master a function reaches neither memory nor the interrupt controller")
  func busMasterDisabled() throws {
    let (probe, capability) = try attachWithTable()
    writeEntry(0, data: 0x30, masked: 0)
    fixture.configure(1, capability + 2, 1 << 15, .word)
    let master = probe.endpoint.busMaster
    #expect(master.store(UInt32(7), at: 0x1000))
    #expect(master.load(0x1000, as: UInt32.self) == 7)
    fixture.configure(1, PCIRegister.command, 0b010, .word)
    #expect(!master.store(UInt32(8), at: 0x1000))
    #expect(master.load(0x1000, as: UInt32.self) == nil)
    probe.endpoint.signal(vector: 0)
    #expect(fixture.recorder.messages.isEmpty)
    #expect(fixture.memory.load(0x1000, as: UInt32.self) == 7)
  }

  @Test("a message outside the interrupt window is a store to memory")
  func messageToMemory() throws {
    let probe = try fixture.attach(device: 1)
    fixture.configure(1, PCIRegister.command, busMaster, .word)
    probe.endpoint.busMaster.send(PCIInterruptMessage(address: 0x2000, data: 0x1234_5678))
    probe.endpoint.busMaster.send(PCIInterruptMessage(address: 0x1_FEE0_0000, data: 1))
    #expect(fixture.memory.load(0x2000, as: UInt32.self) == 0x1234_5678)
    #expect(fixture.recorder.messages.isEmpty)
  }
}
