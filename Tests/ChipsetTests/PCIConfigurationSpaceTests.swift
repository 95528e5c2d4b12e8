import Bus
import Testing

@testable import Chipset

@Suite("PCI configuration space")
struct PCIConfigurationSpaceTests {
  @Test("software changes writable bits only and clears bits by writing ones")
  func masks() {
    var space = ConfigurationSpace(.conventional)
    space.define(0x40, value: UInt32(0xAABB_CCDD), writable: 0x0000_FF00, clearable: 0xFF00_0000)
    space.write(0x40, width: .doubleword, value: 0x0F00_11FF)
    #expect(space.read(0x40, width: .doubleword) == 0xA0BB_11DD)
    // A byte write leaves the other lanes alone, and so does not clear their bits.
    space.write(0x41, width: .byte, value: 0x22)
    #expect(space.read(0x40, width: .doubleword) == 0xA0BB_22DD)
    space.reset()
    #expect(space.read(0x40, width: .doubleword) == 0xAABB_CCDD)
  }

  @Test("accesses that are not wholly inside read ones and change nothing")
  func outside() {
    var space = ConfigurationSpace(.conventional)
    space.define(0xFC, value: UInt32(0), writable: ~0)
    space.write(0xFE, width: .doubleword, value: ~0)
    space.write(-1, width: .byte, value: ~0)
    space.write(Int.max, width: .doubleword, value: ~0)
    #expect(space.read(0xFE, width: .doubleword) == 0xFFFF_FFFF)
    #expect(space.read(0x100, width: .word) == 0xFFFF)
    #expect(space.read(Int.max, width: .byte) == 0xFF)
    #expect(space.read(0xFC, width: .doubleword) == 0)
  }

  @Test("capabilities form a list in the order of their addition")
  func capabilityList() {
    var space = ConfigurationSpace(.conventional)
    #expect(space.read(PCIRegister.status, width: .word) & 1 << 4 == 0)
    let first = space.appendCapability(.vendorSpecific, length: 5)
    let second = space.appendCapability(.express, length: 4)
    #expect(space.read(PCIRegister.status, width: .word) & 1 << 4 != 0)
    #expect(space.read(PCIRegister.capabilitiesPointer, width: .byte) == 0x40)
    #expect(first == 0x40)
    #expect(second == 0x48)
    #expect(space.read(first, width: .word) == 0x4809)
    #expect(space.read(second, width: .word) == 0x0010)
  }

  @Test("extended capabilities form a list from 0x100 on")
  func extendedCapabilityList() {
    var space = ConfigurationSpace(.express)
    #expect(space.read(0x100, width: .doubleword) == 0)
    _ = space.appendExtendedCapability(0x0001, version: 2, length: 0x48)
    let second = space.appendExtendedCapability(0x0003, version: 1, length: 12)
    #expect(second == 0x148)
    #expect(space.read(0x100, width: .doubleword) == 0x1482_0001)
    #expect(space.read(second, width: .doubleword) == 0x0001_0003)
  }

  @Test(
    "writing ones to a base address register shows its size",
    arguments: [
      (BaseAddressRegister(.memory32, size: 0x1000), UInt32(0xFFFF_F000), UInt32(0)),
      (BaseAddressRegister(.memory32Prefetchable, size: 0x1001), 0xFFFF_E008, 0),
      (BaseAddressRegister(.memory32, size: 1), 0xFFFF_FFF0, 0),
      (BaseAddressRegister(.memory64, size: 0x4000), 0xFFFF_C004, 0xFFFF_FFFF),
      (BaseAddressRegister(.memory64Prefetchable, size: 1 << 33), 0x0000_000C, 0xFFFF_FFFE),
      (BaseAddressRegister(.io, size: 32), 0xFFFF_FFE1, 0),
    ])
  func sizing(register: BaseAddressRegister, low: UInt32, high: UInt32) {
    var space = ConfigurationSpace(.conventional)
    space.define(register, at: 0)
    space.write(PCIRegister.baseAddress0, width: .doubleword, value: ~0)
    space.write(PCIRegister.baseAddress0 + 4, width: .doubleword, value: ~0)
    #expect(space.read(PCIRegister.baseAddress0, width: .doubleword) == low)
    #expect(space.read(PCIRegister.baseAddress0 + 4, width: .doubleword) == high)
  }

  @Test("a state of another function, or a short one, is refused")
  func foreignState() throws {
    var space = ConfigurationSpace(.conventional)
    space.define(PCIRegister.vendorID, value: UInt32(0x1234_5678))
    space.define(0x40, value: UInt8(0), writable: ~0)
    space.write(0x40, width: .byte, value: 0x5A)
    var writer = StateWriter()
    space.save(to: &writer)

    space.reset()
    var reader = StateReader(writer.bytes)
    try space.restore(from: &reader)
    #expect(space.read(0x40, width: .byte) == 0x5A)

    var other = ConfigurationSpace(.conventional)
    #expect(throws: StateError.invalid) {
      var reader = StateReader(writer.bytes)
      try other.restore(from: &reader)
    }
    #expect(throws: StateError.truncated) {
      var reader = StateReader(Array(writer.bytes.dropLast()))
      try other.restore(from: &reader)
    }
  }

  @Test("the express capability is that of a root complex integrated endpoint, version 2")
  func express() {
    var space = ConfigurationSpace(.express)
    let offset = ExpressCapability.append(to: &space, type: .rootComplexIntegratedEndpoint)
    #expect(space.read(offset, width: .byte) == 0x10)
    #expect(space.read(offset + 2, width: .word) == 0x0092)
    // Link Capabilities, Control and Status are reserved without a link.
    #expect(space.read(offset + 0x0C, width: .doubleword) == 0)
    space.write(offset + 0x10, width: .doubleword, value: ~0)
    #expect(space.read(offset + 0x10, width: .doubleword) == 0)
    // The function-level reset bit stays zero: the capability does not offer it.
    space.write(offset + 8, width: .word, value: 0xFFFF)
    #expect(space.read(offset + 8, width: .word) & 1 << 15 == 0)
  }
}
