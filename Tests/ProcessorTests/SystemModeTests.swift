import Testing
import X86

@testable import Processor

@Suite("Changes of mode")
struct SystemModeTests {
  typealias Place = SystemMachine.Place
  typealias Selectors = SystemMachine.Selectors

  @Test("An application processor goes from a startup IPI in real mode to 64-bit mode")
  func trampoline() throws {
    let machine = try #require(SystemMachine(index: 1))
    let core = machine.core
    #expect(machine.processor.activity == .waitingForStartup)
    machine.fillPageTables()
    machine.put(UInt16(0xFF), at: 0x6100)
    machine.put(UInt32(Place.globalTable), at: 0x6102)
    machine.put(
      [
        0x31, 0xC0,  // xor ax, ax
        0x8E, 0xD8,  // mov ds, ax
        0x66, 0x0F, 0x01, 0x16, 0x00, 0x61,  // lgdtl [0x6100]
        0x0F, 0x20, 0xC0,  // mov eax, cr0
        0x66, 0x83, 0xC8, 0x01,  // or eax, 1
        0x0F, 0x22, 0xC0,  // mov cr0, eax
        0x66, 0xEA, 0x80, 0x61, 0x00, 0x00, 0x40, 0x00,  // ljmpl 0x40:0x6180
      ], at: 0x6000)
    machine.put(
      [
        0x66, 0xB8, 0x10, 0x00,  // mov ax, 0x10
        0x8E, 0xD0,  // mov ss, ax
        0xB8, 0x20, 0x00, 0x00, 0x00,  // mov eax, CR4.PAE
        0x0F, 0x22, 0xE0,  // mov cr4, eax
        0xB8, 0x00, 0x00, 0x01, 0x00,  // mov eax, 0x10000
        0x0F, 0x22, 0xD8,  // mov cr3, eax
        0xB9, 0x80, 0x00, 0x00, 0xC0,  // mov ecx, EFER
        0xB8, 0x01, 0x09, 0x00, 0x00,  // mov eax, SCE | LME | NXE
        0x31, 0xD2,  // xor edx, edx
        0x0F, 0x30,  // wrmsr
        0x0F, 0x20, 0xC0,  // mov eax, cr0
        0x0D, 0x00, 0x00, 0x00, 0x80,  // or eax, PG
        0x0F, 0x22, 0xC0,  // mov cr0, eax
        0xEA, 0x00, 0x62, 0x00, 0x00, 0x08, 0x00,  // ljmp 0x08:0x6200
      ], at: 0x6180)
    machine.processor.raiseStartup(vector: 6)
    machine.run(0)
    #expect(machine.processor.activity == .running)
    #expect(core.segment(.cs).selector == 0x600)
    machine.run(7)
    #expect(core.state.codeMode == .bits32)
    #expect(core.state.rip == 0x6180)
    machine.run(13)
    #expect(core.state.efer == [.sce, .lme, .lma, .nxe])
    #expect(core.state.codeMode == .bits32)
    machine.run(1)
    #expect(core.state.codeMode == .bits64)
    #expect(core.state.rip == 0x6200)
    #expect(core.register(RegisterOffset.codeBase, as: UInt64.self) == 0)
    #expect(core.state.cr2 == 0)
  }

  @Test("In 64-bit mode paging, PAE and LME cannot be switched off")
  func longModeIsKept() throws {
    let machine = try #require(SystemMachine.longMode())
    let core = machine.core
    core.setGeneral(0, 0x11)
    machine.execute(0x0F, 0x22, 0xC0)  // mov cr0, rax
    #expect(machine.handledVector == 13)
    core.setGeneral(0, 0)
    machine.execute(0x0F, 0x22, 0xE0)  // mov cr4, rax
    #expect(machine.handledVector == 13)
    core.setGeneral(GeneralRegister.rcx, UInt64(MSR.efer))
    machine.execute(0x0F, 0x30)  // wrmsr
    #expect(machine.handledVector == 13)
    #expect(core.isLongModeActive)
  }

  @Test("Reserved bits of control registers are #GP, registers that do not exist #UD")
  func reservedBits() throws {
    let machine = try #require(SystemMachine.longMode())
    let core = machine.core
    core.setGeneral(0, 1 << 32 | core.state.cr0.rawValue)
    machine.execute(0x0F, 0x22, 0xC0)  // mov cr0, rax
    #expect(machine.handledVector == 13)
    core.setGeneral(0, core.state.cr4.union(.cet).rawValue)
    machine.execute(0x0F, 0x22, 0xE0)  // mov cr4, rax
    #expect(machine.handledVector == 13)
    core.setGeneral(0, Place.pageMap | 1 << 46)
    machine.execute(0x0F, 0x22, 0xD8)  // mov cr3, rax
    #expect(machine.handledVector == 13)
    machine.execute(0x0F, 0x20, 0xC8)  // mov rax, cr1
    #expect(machine.handledVector == 6)
    #expect(core.state.cr3 == Place.pageMap)
  }

  @Test("PCIDs can begin only in context 0, and keep bit 63 out of CR3")
  func processContexts() throws {
    let machine = try #require(SystemMachine.longMode())
    let core = machine.core
    core.setGeneral(0, Place.pageMap | 1)
    machine.execute(0x0F, 0x22, 0xD8)  // mov cr3, rax
    core.setGeneral(0, core.state.cr4.union(.pcide).rawValue)
    machine.execute(0x0F, 0x22, 0xE0)  // mov cr4, rax
    #expect(machine.handledVector == 13)
    core.setGeneral(0, Place.pageMap)
    machine.execute(0x0F, 0x22, 0xD8)
    core.setGeneral(0, core.state.cr4.union(.pcide).rawValue)
    machine.execute(0x0F, 0x22, 0xE0)
    #expect(core.state.cr4.contains(.pcide))
    core.setGeneral(0, Place.pageMap | 7 | 1 << 63)
    machine.execute(0x0F, 0x22, 0xD8)
    #expect(core.state.cr3 == Place.pageMap | 7)
  }

  @Test("A store through a translation that was invalidated faults")
  func invalidation() throws {
    let machine = try #require(SystemMachine.longMode())
    machine.execute(0xC6, 0x04, 0x25, 0x08, 0x60, 0x00, 0x00, 0x01)  // mov byte [0x6008], 1
    machine.put(UInt64(0), at: Place.pageTable + 6 * 8)
    machine.execute(0xC6, 0x04, 0x25, 0x08, 0x60, 0x00, 0x00, 0x02)
    #expect(machine.handledVector == nil)
    machine.execute(0x0F, 0x01, 0x3C, 0x25, 0x00, 0x60, 0x00, 0x00)  // invlpg [0x6000]
    machine.execute(0xC6, 0x04, 0x25, 0x08, 0x60, 0x00, 0x00, 0x03)
    #expect(machine.handledVector == 14)
  }

  @Test("SMAP keeps the supervisor from user pages until STAC")
  func supervisorAccess() throws {
    let machine = try #require(SystemMachine.longMode())
    let core = machine.core
    let stack = Place.supervisorStack - 0x1000
    for page in [stack, Place.interruptTable, Place.globalTable, Place.code, Place.handlers] {
      let supervisorRights: UInt64 = 3
      machine.put(page | supervisorRights, at: Place.pageTable + (page >> 12) * 8)
    }
    core.setGeneral(0, core.state.cr4.union(.smap).rawValue)
    machine.execute(0x0F, 0x22, 0xE0)  // mov cr4, rax
    machine.execute(0x0F, 0x01, 0xCB)  // stac
    machine.execute(0xC6, 0x04, 0x25, 0x08, 0x60, 0x00, 0x00, 0x01)  // mov byte [0x6008], 1
    #expect(machine.handledVector == nil)
    machine.execute(0x0F, 0x01, 0xCA)  // clac
    machine.execute(0xC6, 0x04, 0x25, 0x08, 0x60, 0x00, 0x00, 0x01)
    #expect(machine.handledVector == 14)
    #expect(machine.stack64(0) == 3)
  }

  @Test("CR8 is the local APIC's task priority")
  func taskPriority() throws {
    let machine = try #require(SystemMachine.longMode())
    machine.core.setGeneral(0, 9)
    machine.execute(0x44, 0x0F, 0x22, 0xC0)  // mov cr8, rax
    #expect(machine.platform.priority == 9)
    machine.platform.priority = 4
    machine.execute(0x44, 0x0F, 0x20, 0xC3)  // mov rbx, cr8
    #expect(machine.core.general(GeneralRegister.rbx) == 4)
    machine.core.setGeneral(0, 16)
    machine.execute(0x44, 0x0F, 0x22, 0xC0)
    #expect(machine.handledVector == 13)
  }
}
