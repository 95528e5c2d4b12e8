import Testing
import X86

@testable import Processor

@Suite("Debug registers and single steps")
struct SystemDebugTests {
  typealias Place = SystemMachine.Place
  let machine: SystemMachine
  var core: Core { machine.core }

  init() throws { machine = try #require(SystemMachine.longMode()) }

  @Test("With TF every instruction is followed by #DB, whose frame has TF and not RF")
  func singleStep() {
    core.state.systemFlags.insert(.trap)
    machine.execute(0x90)
    #expect(machine.handledVector == 1)
    #expect(machine.stack64(0) == Place.code + 1)
    #expect(machine.stack64(2) == 0x102)
    #expect(core.state.dr6.rawValue == 0xFFFF_4FF0)
    #expect(!core.rflags.contains(.trap))
  }

  @Test("An instruction that faults or interrupts under TF is not reported as a step")
  func stepIntoAnEvent() {
    core.state.systemFlags.insert(.trap)
    machine.execute(0x0F, 0x0B)  // ud2
    #expect(machine.handledVector == 6)
    #expect(core.state.dr6 == .alwaysOne)
    core.state.systemFlags.insert(.trap)
    machine.execute(0xCC)
    #expect(machine.handledVector == 3)
    #expect(core.state.dr6 == .alwaysOne)
    #expect(core.state.pendingEvents.isEmpty)
  }

  @Test("POPF that sets TF is not stepped itself")
  func stepAfterPopFlags() {
    core.setGeneral(GeneralRegister.rsp, Place.supervisorStack - 8)
    machine.put(UInt64(0x102), at: Place.supervisorStack - 8)
    machine.execute(0x9D)  // popf
    #expect(machine.handledVector == nil)
    machine.execute(0x90)
    #expect(machine.handledVector == 1)
    #expect(machine.stack64(0) == Place.code + 2)
  }

  @Test("A write breakpoint reports after the instruction and ignores reads")
  func dataBreakpoint() {
    core.state.debugAddresses[1] = Place.data + 4
    core.setGeneral(GeneralRegister.rax, 1 << 2 | 1 << 20 | 3 << 22)
    machine.execute(0x8A, 0x1C, 0x25, 0x00, 0x50, 0x00, 0x00)  // mov bl, [0x5000]: enters the page
    machine.execute(0x0F, 0x23, 0xF8)  // mov dr7, rax
    machine.execute(0x8A, 0x1C, 0x25, 0x04, 0x50, 0x00, 0x00)  // mov bl, [0x5004]
    machine.run(0)
    #expect(machine.handledVector == nil)
    machine.execute(0xC6, 0x04, 0x25, 0x07, 0x50, 0x00, 0x00, 0x01)  // mov byte [0x5007], 1
    machine.run(0)
    #expect(machine.handledVector == 1)
    #expect(core.state.dr6.rawValue & 0xF == 2)
    #expect(machine.stack64(0) == Place.code + 7 + 3 + 7 + 8)
    #expect(machine.memory.load(Place.data + 7, as: UInt8.self) == 1)
  }

  @Test("A breakpoint on the memory of MOV SS comes after the INT that follows")
  func dataBreakpointBeforeInterrupt() {
    core.state.debugAddresses[1] = Place.data
    core.setGeneral(GeneralRegister.rax, 1 << 2 | 3 << 20)
    machine.put(SystemMachine.Selectors.data, at: Place.data)
    machine.execute(0x0F, 0x23, 0xF8)  // mov dr7, rax
    machine.execute(0x8E, 0x14, 0x25, 0x00, 0x50, 0x00, 0x00)  // mov ss, [0x5000]
    machine.execute(0xCC)
    machine.run(0)
    #expect(machine.handledVector == 1)
    #expect(machine.stack64(0) == Place.handlers + 3 * 16)
    #expect(core.state.dr6.rawValue & 0xF == 2)
    #expect(core.state.pendingEvents.isEmpty)
  }

  @Test("An instruction breakpoint reports before the instruction, and not again under RF")
  func instructionBreakpoint() {
    core.state.debugAddresses[0] = Place.code
    core.state.dr7 |= 1
    machine.execute(0x90)
    #expect(machine.handledVector == 1)
    #expect(core.state.dr6.rawValue & 0xF == 1)
    #expect(machine.stack64(0) == Place.code)
    #expect(machine.stack64(2) == 0x2)
    machine.put(UInt64(0x1_0002), at: core.general(GeneralRegister.rsp) + 16)
    machine.execute(0x48, 0xCF)  // iretq
    #expect(core.rflags.contains(.resume))
    machine.run(1)
    #expect(core.state.rip == Place.code + 1)
    #expect(!core.rflags.contains(.resume))
  }

  @Test("With DR7.GD an access to a debug register is #DB before it happens, which clears GD")
  func generalDetect() {
    core.state.dr7 |= 1 << 13
    core.setGeneral(GeneralRegister.rax, 0x1234)
    machine.execute(0x0F, 0x23, 0xC0)  // mov dr0, rax
    #expect(machine.handledVector == 1)
    #expect(machine.stack64(0) == Place.code)
    #expect(core.state.dr6.contains(.registerAccess))
    #expect(core.state.debugAddresses[0] == 0)
    #expect(core.state.dr7 & 1 << 13 == 0)
  }

  @Test("DR4 is DR6 until CR4.DE; reserved bits of DR6 and DR7 read as fixed, the upper halves are #GP")
  func aliases() {
    core.setGeneral(GeneralRegister.rax, 0xFFFF_FFFF)
    machine.execute(0x0F, 0x23, 0xF8)  // mov dr7, rax
    #expect(core.state.dr7 == 0xFFFF_27FF)
    core.state.dr7 = 0x400
    core.setGeneral(GeneralRegister.rax, 0)
    machine.execute(0x0F, 0x23, 0xE0)  // mov dr4, rax
    machine.execute(0x0F, 0x21, 0xF3)  // mov rbx, dr6
    #expect(core.general(GeneralRegister.rbx) == 0xFFFF_0FF0)
    core.setGeneral(GeneralRegister.rax, 1 << 32)
    machine.execute(0x0F, 0x23, 0xF8)
    #expect(machine.handledVector == 13)
    core.state.cr4.insert(.de)
    machine.execute(0x0F, 0x21, 0xE3)  // mov rbx, dr4
    #expect(machine.handledVector == 6)
  }

  @Test("With CR4.DE a breakpoint can watch a port")
  func portBreakpoint() {
    core.state.cr4.insert(.de)
    core.state.debugAddresses[3] = 0x80
    core.state.dr7 |= 1 << 7 | 2 << 28
    machine.execute(0xE6, 0x81)  // out 0x81, al
    machine.run(0)
    #expect(machine.handledVector == nil)
    machine.execute(0xE6, 0x80)
    machine.run(0)
    #expect(machine.handledVector == 1)
    #expect(core.state.dr6.rawValue & 0xF == 8)
  }
}
