import Testing
import X86

@testable import Processor

@Suite("System calls and bases")
struct SystemCallTests {
  typealias Place = SystemMachine.Place
  typealias Selectors = SystemMachine.Selectors
  let machine: SystemMachine
  var core: Core { machine.core }

  init() throws {
    machine = try #require(SystemMachine.longMode())
    core.state.efer.insert(.sce)
    core.state.modelSpecific.star = UInt64(Selectors.code64) << 32 | UInt64(Selectors.userCode32) << 48
    core.state.modelSpecific.lstar = Place.code
    core.state.modelSpecific.cstar = Place.code + 0x100
    core.state.modelSpecific.sfmask = RFLAGS([.interruptEnable, .trap, .direction]).rawValue
  }

  @Test("SYSCALL saves RIP and RFLAGS, masks the flags and leaves RSP alone")
  func call() {
    machine.enterUserMode()
    core.rflags = [.alwaysOne, .interruptEnable, .direction, .carry]
    machine.execute(0x0F, 0x05)
    #expect(core.state.rip == Place.code)
    #expect(core.general(GeneralRegister.rcx) == Place.userCode + 2)
    #expect(core.general(GeneralRegister.r11) == 0x603)
    #expect(core.rflags == [.alwaysOne, .carry])
    #expect(core.general(GeneralRegister.rsp) == Place.userStack)
    #expect(core.state.privilegeLevel == 0)
    #expect(core.segment(.cs).selector == Selectors.code64)
    #expect(core.segment(.ss).selector == Selectors.data)
  }

  @Test("SYSCALL that masks TF is not stepped; one that leaves it is")
  func stepIntoSystemCall() {
    machine.enterUserMode()
    core.rflags = [.alwaysOne, .trap]
    machine.execute(0x0F, 0x05)
    machine.run(0)
    #expect(core.state.rip == Place.code)
    #expect(core.general(GeneralRegister.r11) == 0x102)
    core.state.modelSpecific.sfmask = 0
    machine.enterUserMode()
    core.rflags = [.alwaysOne, .trap]
    machine.execute(0x0F, 0x05)
    #expect(machine.handledVector == 1)
    #expect(machine.stack64(0) == Place.code)
  }

  @Test("SYSRET that restores TF is followed by #DB at once")
  func stepOutOfSystemCall() {
    core.setGeneral(GeneralRegister.rcx, Place.userCode)
    core.setGeneral(GeneralRegister.r11, 0x102)
    machine.execute(0x48, 0x0F, 0x07)
    machine.run(0)
    #expect(machine.handledVector == 1)
    #expect(machine.stack64(0) == Place.userCode)
    #expect(machine.stack64(1) == UInt64(Selectors.userCode64))
    #expect(core.state.dr6.contains(.singleStep))
  }

  @Test("SYSRET returns to 64-bit code at STAR + 16, without RF and VM")
  func `return`() {
    core.setGeneral(GeneralRegister.rcx, Place.userCode)
    core.setGeneral(GeneralRegister.r11, 0x3_0203)
    machine.execute(0x48, 0x0F, 0x07)
    #expect(core.state.rip == Place.userCode)
    #expect(core.rflags.rawValue == 0x203)
    #expect(core.segment(.cs).selector == Selectors.userCode64)
    #expect(core.segment(.ss).selector == Selectors.userData)
    #expect(core.state.privilegeLevel == 3)
    #expect(core.state.codeMode == .bits64)
  }

  @Test("SYSRET with 32-bit operands returns to compatibility mode, from which SYSCALL goes to CSTAR")
  func compatibilityMode() {
    core.setGeneral(GeneralRegister.rcx, 0xFFFF_FFFF_0000_0000 | Place.userCode)
    core.setGeneral(GeneralRegister.r11, 2)
    machine.execute(0x0F, 0x07)
    #expect(core.state.rip == Place.userCode)
    #expect(core.segment(.cs).selector == Selectors.userCode32)
    #expect(core.state.codeMode == .bits32)
    machine.execute(0x0F, 0x05)
    #expect(core.state.rip == Place.code + 0x100)
    #expect(core.state.codeMode == .bits64)
  }

  @Test("Without EFER.SCE SYSCALL is undefined; SYSRET needs level 0; SYSENTER is undefined in long mode")
  func conditions() {
    machine.execute(0x0F, 0x34)  // sysenter
    #expect(machine.handledVector == 6)
    machine.enterUserMode()
    machine.execute(0x48, 0x0F, 0x07)
    #expect(machine.handledVector == 13)
    core.state.efer.remove(.sce)
    machine.execute(0x0F, 0x05)
    #expect(machine.handledVector == 6)
  }

  @Test("SWAPGS exchanges the base of GS with KERNEL_GS_BASE, also for addresses")
  func swap() {
    core.setSegmentBase(.gs, 0x1000)
    core.state.modelSpecific.kernelGSBase = Place.data
    machine.put(UInt64(0xABCD), at: Place.data + 8)
    machine.execute(0x0F, 0x01, 0xF8)
    #expect(core.state.modelSpecific.kernelGSBase == 0x1000)
    machine.execute(0x65, 0x48, 0x8B, 0x04, 0x25, 0x08, 0x00, 0x00, 0x00)  // mov rax, gs:[8]
    #expect(core.general(GeneralRegister.rax) == 0xABCD)
    machine.enterUserMode()
    machine.execute(0x0F, 0x01, 0xF8)
    #expect(machine.handledVector == 13)
  }

  @Test("WRFSBASE needs CR4.FSGSBASE and a canonical address")
  func bases() {
    core.setGeneral(GeneralRegister.rax, 0x7FFF_1234_5678)
    machine.execute(0xF3, 0x48, 0x0F, 0xAE, 0xD0)  // wrfsbase rax
    #expect(machine.handledVector == 6)
    core.state.cr4.insert(.fsgsbase)
    machine.execute(0xF3, 0x48, 0x0F, 0xAE, 0xD0)
    #expect(core.segment(.fs).base == 0x7FFF_1234_5678)
    machine.execute(0xF3, 0x0F, 0xAE, 0xC3)  // rdfsbase ebx
    #expect(core.general(GeneralRegister.rbx) == 0x1234_5678)
    core.setGeneral(GeneralRegister.rax, 0x8000_0000_0000)
    machine.execute(0xF3, 0x48, 0x0F, 0xAE, 0xD8)  // wrgsbase rax
    #expect(machine.handledVector == 13)
  }

  @Test("A null selector in FS clears the base")
  func nullSelector() {
    core.setSegmentBase(.fs, 0x1234)
    core.setGeneral(GeneralRegister.rax, 0)
    machine.execute(0x8E, 0xE0)  // mov fs, eax
    #expect(core.segment(.fs).base == 0)
  }
}
