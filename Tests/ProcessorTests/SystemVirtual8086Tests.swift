import Testing
import X86

@testable import Processor

@Suite("Real and virtual-8086 mode")
struct SystemVirtual8086Tests {
  typealias Place = SystemMachine.Place

  /// A machine in virtual-8086 mode at 0x2000:0, with a stack at 0x700:0x100.
  private func virtualMachine(flags: UInt32) throws -> SystemMachine {
    let machine = try #require(SystemMachine.protectedMode())
    let frame: [UInt32] = [0, 0x2000, 1 << 17 | 2 | flags, 0x100, 0x700, 0x11, 0x22, 0x33, 0x44]
    machine.core.setGeneral(GeneralRegister.rsp, Place.supervisorStack - 36)
    for (index, value) in frame.enumerated() {
      machine.put(value, at: Place.supervisorStack - 36 + UInt64(index) * 4)
    }
    machine.execute(0xCF)  // iret
    return machine
  }

  @Test("IRET enters virtual-8086 mode, where segments are 16 times their selectors")
  func entry() throws {
    let machine = try virtualMachine(flags: 0)
    let core = machine.core
    #expect(core.isVirtual8086)
    #expect(core.state.privilegeLevel == 3)
    #expect(core.state.codeMode == .bits16)
    #expect(core.segment(.cs).base == 0x20000)
    #expect([.es, .ds, .fs, .gs].map { core.segment($0).selector } == [0x11, 0x22, 0x33, 0x44])
    #expect(core.register(RegisterOffset.fsBase, as: UInt64.self) == 0x330)
  }

  @Test("An exception leaves the mode, pushing the data segments and loading null ones")
  func exception() throws {
    let machine = try virtualMachine(flags: 0)
    machine.execute(0xFA)  // cli with IOPL 0
    #expect(machine.handledVector == 13)
    #expect(!machine.core.isVirtual8086)
    #expect(
      (0..<10).map { machine.stack32($0) } == [0, 0, 0x2000, 0x3_0002, 0x100, 0x700, 0x11, 0x22, 0x33, 0x44])
    #expect(machine.core.segment(.ds).selector == 0)
  }

  @Test("With CR4.VME, CLI and STI change VIF, and INT goes where the redirection bitmap says")
  func virtualInterrupts() throws {
    let machine = try virtualMachine(flags: 0x200)
    let core = machine.core
    core.state.cr4.insert(.vme)
    machine.execute(0xFB)  // sti
    #expect(core.rflags.contains(.virtualInterrupt))
    machine.execute(0x9C)  // pushf
    #expect(machine.memory.load(0x70FE, as: UInt16.self) == 0x3202)
    machine.execute(0xFA)  // cli
    #expect(!core.rflags.contains(.virtualInterrupt))
    #expect(core.rflags.contains(.interruptEnable))
    machine.put(UInt16(0x90), at: Place.task + 102)
    machine.put(UInt32(0x3000_0050), at: 0x10 * 4)
    machine.execute(0xCD, 0x10)
    #expect(core.isVirtual8086)
    #expect(core.segment(.cs).selector == 0x3000)
    #expect(core.state.rip == 0x50)
    // Vector 0x11 is not redirected, and IOPL is too low.
    machine.put(UInt8(1 << 1), at: Place.task + 0x90 - 32 + 2)
    machine.execute(0xCD, 0x11)
    #expect(machine.handledVector == 13)
  }

  @Test("INT in real mode pushes three words and goes through the vector table; IRET undoes it")
  func realModeInterrupt() throws {
    let machine = try #require(SystemMachine.realMode())
    let core = machine.core
    core.rflags = [.alwaysOne, .interruptEnable, .carry]
    machine.execute(0xCD, 0x10)
    #expect(machine.handledVector == 0x10)
    #expect((0..<3).map { machine.stack16($0) } == [2, UInt16(Place.code >> 4), 0x203])
    #expect(!core.rflags.contains(.interruptEnable))
    machine.execute(0xCF)
    #expect(core.state.rip == 2)
    #expect(core.segment(.cs).base == Place.code)
    #expect(core.rflags.rawValue == 0x203)
    #expect(core.general(GeneralRegister.rsp) == 0x7000)
  }

  @Test("A vector without an entry is a double fault, and without that shutdown")
  func shortTable() throws {
    let machine = try #require(SystemMachine.realMode())
    machine.core.state.interruptDescriptorTable.limit = 8 * 4 + 3
    machine.execute(0xCD, 0x10)
    #expect(machine.handledVector == 8)
    machine.core.state.interruptDescriptorTable.limit = 3
    machine.execute(0xCD, 0x10)
    #expect(machine.processor.activity == .shutdown)
  }

  @Test("A segment loaded in real mode keeps the limit that it had in protected mode")
  func unrealMode() throws {
    let machine = try #require(SystemMachine.realMode())
    let core = machine.core
    var big = core.segment(.ds)
    big.limit = 0xFFFF_FFFF
    core.setSegment(.ds, big)
    core.setGeneral(GeneralRegister.rax, 0x1000)
    machine.execute(0x8E, 0xD8)  // mov ds, ax
    #expect(core.segment(.ds).base == 0x10000)
    machine.execute(0x67, 0xC6, 0x05, 0x00, 0x00, 0x05, 0x00, 0x77)  // mov byte [0x50000], 0x77
    #expect(machine.memory.load(0x60000, as: UInt8.self) == 0x77)
  }
}
