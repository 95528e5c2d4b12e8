import Bus
import Testing

@testable import Chipset

@Suite("PCI host")
struct PCIHostTests {
  private let fixture: PCIFixture

  init() throws { fixture = try #require(PCIFixture()) }

  private func select(_ device: UInt32, _ function: UInt32, _ register: UInt32) {
    let address = 1 << 31 | device << 11 | function << 8 | register
    #expect(fixture.host.writePort(0xCF8, width: .doubleword, value: address))
  }

  // MARK: Configuration mechanisms

  @Test("both mechanisms show the same registers at every width")
  func mechanismsAgree() throws {
    _ = try fixture.attach(device: 3)
    for register in 0..<UInt32(64) {
      select(3, 0, register & ~3)
      let lane = UInt16(register & 3)
      let byte = fixture.host.readPort(0xCFC + lane, width: .byte)
      #expect(byte.map(UInt64.init) == fixture.configuration(3, Int(register), .byte))
      guard register % 2 == 0 else { continue }
      let word = fixture.host.readPort(0xCFC + lane, width: .word)
      #expect(word.map(UInt64.init) == fixture.configuration(3, Int(register), .word))
    }
    #expect(fixture.configuration(3, 0) == 0x5678_1234)
  }

  @Test("a write through the ports is seen through memory, lane by lane")
  func portWrites() throws {
    _ = try fixture.attach(device: 3, pin: .intA)
    select(3, 0, UInt32(PCIRegister.interruptLine))
    #expect(fixture.host.writePort(0xCFC, width: .byte, value: 0x5A))
    #expect(fixture.configuration(3, PCIRegister.interruptLine, .byte) == 0x5A)
    #expect(fixture.configuration(3, PCIRegister.interruptPin, .byte) == 1)
    select(3, 0, UInt32(PCIRegister.command))
    #expect(fixture.host.writePort(0xCFC, width: .word, value: 0xFFFF))
    // No base address register: neither space can be enabled.
    #expect(fixture.configuration(3, PCIRegister.command, .word) == 0x0544)
  }

  @Test("absent functions, other buses and a disabled address read ones")
  func absent() throws {
    select(5, 0, 0)
    #expect(fixture.host.readPort(0xCFC, width: .doubleword) == 0xFFFF_FFFF)
    #expect(fixture.configuration(5, 0) == 0xFFFF_FFFF)
    #expect(fixture.host.read(physical: 0xE000_0000 + 1 << 20, width: .word) == 0xFFFF)
    #expect(fixture.host.writePort(0xCF8, width: .doubleword, value: 1 << 31 | 1 << 16))
    #expect(fixture.host.readPort(0xCFC, width: .doubleword) == 0xFFFF_FFFF)
    #expect(fixture.host.writePort(0xCF8, width: .doubleword, value: 0))
    #expect(fixture.host.readPort(0xCFC, width: .word) == 0xFFFF)
  }

  @Test("the address register answers 32-bit accesses only and leaves port 0xCF9 to others")
  func addressRegister() {
    #expect(fixture.host.writePort(0xCF8, width: .doubleword, value: 0xFFFF_FFFF))
    #expect(fixture.host.readPort(0xCF8, width: .doubleword) == 0x8FFF_FFFC)
    #expect(!fixture.host.writePort(0xCF9, width: .byte, value: 6))
    #expect(!fixture.host.writePort(0xCFB, width: .byte, value: 1))
    #expect(fixture.host.readPort(0xCF8, width: .byte) == nil)
    #expect(fixture.host.readPort(0xCF8, width: .doubleword) == 0x8FFF_FFFC)
    #expect(fixture.host.readPort(0xCFF, width: .word) == nil)
  }

  @Test("extended registers are reached through memory and through the address bits 27 to 24")
  func extendedRegisters() throws {
    _ = try fixture.attach(device: 4, extent: .express) {
      _ = $0.define { $0.appendExtendedCapability(0x000B, version: 1, length: 16) }
    }
    #expect(fixture.configuration(4, 0x100) == 0x0001_000B)
    #expect(fixture.host.writePort(0xCF8, width: .doubleword, value: 1 << 31 | 1 << 24 | 4 << 11))
    #expect(fixture.host.readPort(0xCFC, width: .doubleword) == 0x0001_000B)
    // The bridge has conventional registers only.
    #expect(fixture.configuration(0, 0x100) == 0xFFFF_FFFF)
  }

  @Test("an eight-byte read of configuration space is two registers; one that leaves the function is none")
  func quadwords() {
    #expect(fixture.configuration(0, 0, .quadword) == 0x0000_0000_0008_1B36)
    #expect(fixture.configuration(0, 0xFFC, .quadword) == UInt64.max)
  }

  @Test("software that looks for a host bridge finds one at 00:00.0")
  func hostBridge() {
    #expect(fixture.configuration(0, 0x0A, .word) == 0x0600)
    #expect(fixture.configuration(0, PCIRegister.headerType, .byte) == 0)
  }

  // MARK: Functions

  @Test("a place takes one function, and function 0 tells of the others")
  func places() throws {
    let first = try fixture.attach(device: 2)
    #expect(fixture.configuration(2, PCIRegister.headerType, .byte) == 0)
    _ = try fixture.attach(device: 2, function: 5)
    #expect(fixture.configuration(2, PCIRegister.headerType, .byte) == 0x80)
    #expect(fixture.host.read(physical: fixture.enhanced(2, 5, 0), width: .word) == 0x1234)
    #expect(throws: PCIHostError.occupied(first.endpoint.address)) { try fixture.host.attach(first) }
    #expect(fixture.host.functions.map(\.endpoint.address.description) == ["00:00.0", "00:02.0", "00:02.5"])
  }

  // MARK: Decoding

  @Test("resources are aligned, apart, and inside the windows")
  func assignment() throws {
    for device in 1...20 {
      _ = try fixture.attach(
        device: device,
        baseAddressRegisters: [
          0: BaseAddressRegister(.memory32, size: 0x1000 << UInt64(device % 5)),
          1: BaseAddressRegister(.io, size: 16 << UInt64(device % 3)),
          2: BaseAddressRegister(.memory64Prefetchable, size: 1 << 20),
          4: BaseAddressRegister(.memory64, size: 0x100),
        ])
    }
    fixture.host.assignResources()
    var ends: [Bool: UInt64] = [:]
    let regions = fixture.host.functions.flatMap(\.endpoint.decodedRegions)
    #expect(regions.count == 80)
    let layout = fixture.host.layout
    for region in regions.sorted(by: { $0.base < $1.base }) {
      #expect(region.base % region.size == 0)
      #expect(region.base >= ends[region.isIO] ?? 0)
      ends[region.isIO] = region.base + region.size
      let window =
        region.isIO
        ? layout.portWindow : region.baseAddressRegister == 2 ? layout.highWindow : layout.lowWindow
      #expect(window.contains(region.base) && region.base + region.size <= window.upperBound)
    }
  }

  @Test("an access reaches the function, the register and the offset; the last bytes count")
  func decoding() throws {
    let probe = try fixture.attach(
      device: 1,
      baseAddressRegisters: [
        1: BaseAddressRegister(.memory32, size: 0x1000), 3: BaseAddressRegister(.io, size: 16),
      ])
    fixture.configure(1, 0x14, 0xC123_4000)
    fixture.configure(1, 0x1C, 0xD000)
    #expect(fixture.host.read(physical: 0xC123_4010, width: .doubleword) == nil, "decoding is off")
    fixture.configure(1, PCIRegister.command, 0b11, .word)
    #expect(fixture.host.read(physical: 0xC123_4010, width: .doubleword) == 0x0100_0010)
    #expect(fixture.host.read(physical: 0xC123_4010, width: .byte) == 0x10)
    #expect(fixture.host.read(physical: 0xC123_4FFC, width: .doubleword) == 0x0100_0FFC)
    #expect(fixture.host.read(physical: 0xC123_4FFD, width: .doubleword) == nil)
    #expect(fixture.host.read(physical: 0xC123_5000, width: .byte) == nil)
    #expect(fixture.host.write(physical: 0xC123_4020, width: .word, value: 0x12_3456))
    #expect(fixture.host.writePort(0xD004, width: .byte, value: 7))
    #expect(
      probe.writes == [
        ProbeFunction.Access(register: 1, offset: 0x20, value: 0x3456),
        ProbeFunction.Access(register: 3, offset: 4, value: 7),
      ])
  }

  @Test("a register that is moved answers at the new place at once")
  func moving() throws {
    _ = try fixture.attach(
      device: 1, baseAddressRegisters: [0: BaseAddressRegister(.memory64, size: 0x1000)])
    fixture.host.assignResources()
    #expect(fixture.host.read(physical: 0xC000_0008, width: .byte) == 8)
    let high = fixture.host.layout.highWindow.lowerBound + 0x7000
    fixture.configure(1, 0x10, high & 0xFFFF_FFFF)
    fixture.configure(1, 0x14, high >> 32)
    #expect(fixture.host.read(physical: 0xC000_0008, width: .byte) == nil)
    #expect(fixture.host.read(physical: high + 8, width: .byte) == 8)
  }

  @Test("what is outside the windows is not decoded, such as a register while it is being sized")
  func outsideWindows() throws {
    _ = try fixture.attach(
      device: 1, baseAddressRegisters: [0: BaseAddressRegister(.memory32, size: 0x1000)])
    fixture.configure(1, PCIRegister.command, 0b10, .word)
    for address: UInt64 in [0xFFFF_F000, 0xFEE0_0000, 0, 0xE000_0000] {
      fixture.configure(1, 0x10, address)
      #expect(fixture.host.memoryTarget(for: address, width: .doubleword) == nil)
    }
  }

  @Test("of overlapping functions the one that starts lower answers, and the other where it sticks out")
  func overlap() throws {
    let first = try fixture.attach(
      device: 1, baseAddressRegisters: [0: BaseAddressRegister(.memory32, size: 0x1000)])
    let second = try fixture.attach(
      device: 2, baseAddressRegisters: [0: BaseAddressRegister(.memory32, size: 0x2000)])
    for device in [1, 2] {
      fixture.configure(device, 0x10, 0xC000_0000)
      fixture.configure(device, PCIRegister.command, 0b10, .word)
    }
    let shared = fixture.host.memoryTarget(for: 0xC000_0FFF, width: .byte)
    #expect(shared?.function === first)
    let alone = fixture.host.memoryTarget(for: 0xC000_1004, width: .doubleword)
    #expect(alone?.function === second)
    #expect(alone?.offset == 0x1004)
  }

  @Test("what finds no room is left without an address")
  func fullWindow() throws {
    let probe = try fixture.attach(
      device: 1,
      baseAddressRegisters: [
        0: BaseAddressRegister(.memory32, size: 1 << 29), 1: BaseAddressRegister(.memory32, size: 1 << 29),
      ])
    fixture.host.assignResources()
    #expect(probe.endpoint.decodedRegions.map(\.base) == [0xC000_0000, 0])
    #expect(fixture.host.memoryTarget(for: 0, width: .byte) == nil)
  }

  // MARK: Interrupt pins

  @Test("pins are swizzled over the interrupts 16 to 23 and the Interrupt Line register tells which")
  func routing() throws {
    #expect(PCIInterruptRouting.globalSystemInterrupt(device: 0, pin: .intA) == 16)
    #expect(PCIInterruptRouting.globalSystemInterrupt(device: 7, pin: .intB) == 16)
    #expect(PCIInterruptRouting.globalSystemInterrupt(device: 31, pin: .intD) == 18)
    _ = try fixture.attach(device: 6, pin: .intC)
    fixture.host.assignResources()
    #expect(fixture.configuration(6, PCIRegister.interruptLine, .byte) == 16)
  }

  @Test("a shared wire stays asserted until the last pin lets go")
  func sharedWire() throws {
    let first = try fixture.attach(device: 1, pin: .intA)
    let second = try fixture.attach(device: 9, pin: .intA)
    first.endpoint.isInterruptPending = true
    second.endpoint.isInterruptPending = true
    first.endpoint.isInterruptPending = false
    #expect(fixture.recorder.lineChanges == [.init(line: 17, asserted: true)])
    second.endpoint.isInterruptPending = false
    #expect(fixture.recorder.lineChanges.last == .init(line: 17, asserted: false))
  }

  @Test("the state of wires and of the address register survives")
  func state() throws {
    let probe = try fixture.attach(device: 1, pin: .intA)
    probe.endpoint.isInterruptPending = true
    select(1, 0, 0x3C)
    var writer = StateWriter()
    fixture.host.save(to: &writer)
    probe.save(to: &writer)

    let copy = try #require(PCIFixture())
    let twin = try copy.attach(device: 1, pin: .intA)
    var reader = StateReader(writer.bytes)
    try copy.host.restore(from: &reader)
    try twin.restore(from: &reader)
    #expect(copy.host.readPort(0xCF8, width: .doubleword) == 0x8000_083C)
    #expect(copy.recorder.lineChanges.isEmpty)
    twin.endpoint.isInterruptPending = false
    #expect(copy.recorder.lineChanges == [.init(line: 17, asserted: false)])
  }
}
