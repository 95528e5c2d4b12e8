import Testing
import X86

@testable import Processor

@Suite("Events in long mode")
struct SystemEventTests {
  let machine: SystemMachine
  var core: Core { machine.core }

  init() throws { machine = try #require(SystemMachine.longMode()) }

  @Test("An exception at level 3 takes RSP0 and pushes SS, RSP, RFLAGS with RF, CS, RIP and the error code")
  func frameOfAnException() {
    machine.enterUserMode()
    core.rflags = [.alwaysOne, .interruptEnable, .carry]
    machine.execute(0xFA)  // cli
    #expect(machine.handledVector == 13)
    #expect(core.general(GeneralRegister.rsp) == SystemMachine.Place.supervisorStack - 48)
    #expect(machine.stack64(0) == 0)
    #expect(machine.stack64(1) == SystemMachine.Place.userCode)
    #expect(machine.stack64(2) == UInt64(SystemMachine.Selectors.userCode64))
    #expect(machine.stack64(3) == 0x10203)
    #expect(machine.stack64(4) == SystemMachine.Place.userStack)
    #expect(machine.stack64(5) == UInt64(SystemMachine.Selectors.userData))
    #expect(core.state.privilegeLevel == 0)
    #expect(core.segment(.ss).selector == 0)
    #expect(core.segment(.cs).selector == SystemMachine.Selectors.code64)
    #expect(!core.rflags.contains(.interruptEnable))
  }

  @Test("Without a change of level the old stack is aligned to 16 bytes")
  func stackIsAligned() {
    core.setGeneral(GeneralRegister.rsp, 0x7009)
    machine.execute(0xCC)  // int3
    #expect(machine.handledVector == 3)
    #expect(core.general(GeneralRegister.rsp) == 0x7000 - 40)
    #expect(machine.stack64(0) == SystemMachine.Place.code + 1)
    #expect(machine.stack64(3) == 0x7009)
  }

  @Test("A gate with an IST index switches stacks even at the same level")
  func interruptStackTable() {
    machine.putGate64(6, stackIndex: 1)
    machine.execute(0x0F, 0x0B)  // ud2
    #expect(machine.handledVector == 6)
    #expect(core.general(GeneralRegister.rsp) == SystemMachine.Place.interruptStack - 40)
    #expect(machine.stack64(3) == SystemMachine.Place.supervisorStack)
  }

  @Test("A trap gate leaves the interrupt flag alone")
  func trapGate() {
    machine.putGate64(3, type: 0xF)
    core.state.systemFlags.insert(.interruptEnable)
    machine.execute(0xCC)
    #expect(machine.handledVector == 3)
    #expect(core.rflags.contains(.interruptEnable))
  }

  @Test("INT n from level 3 through a gate of level 0 is #GP with the vector in the error code")
  func gatePrivilege() {
    machine.enterUserMode()
    machine.execute(0xCD, 0x20)  // int 0x20
    #expect(machine.handledVector == 13)
    #expect(machine.stack64(0) == 0x20 << 3 | 2)
    #expect(machine.stack64(1) == SystemMachine.Place.userCode)
    machine.enterUserMode()
    machine.putGate64(0x20, privilegeLevel: 3)
    machine.execute(0xCD, 0x20)
    #expect(machine.handledVector == 0x20)
    #expect(machine.stack64(0) == SystemMachine.Place.userCode + 2)
  }

  @Test("A gate that is not present is #NP; EXT tells events that the program did not ask for")
  func gateNotPresent() {
    machine.putGate64(0x21, privilegeLevel: 3, isPresent: false)
    machine.execute(0xCD, 0x21)
    #expect(machine.handledVector == 11)
    #expect(machine.stack64(0) == 0x21 << 3 | 2)
    core.setGeneral(GeneralRegister.rsp, SystemMachine.Place.supervisorStack)
    core.deliverInterrupt(0x21)
    #expect(machine.handledVector == 11)
    #expect(machine.stack64(0) == 0x21 << 3 | 3)
  }

  @Test("A page fault tells its cause and its address")
  func pageFault() {
    machine.unmap(0x6000)
    machine.enterUserMode()
    machine.execute(0xC6, 0x04, 0x25, 0x08, 0x60, 0x00, 0x00, 0x01)  // mov byte [0x6008], 1
    #expect(machine.handledVector == 14)
    #expect(machine.stack64(0) == 6)
    #expect(core.state.cr2 == 0x6008)
    #expect(machine.processor.diagnostics.recentExceptions.last?.rip == SystemMachine.Place.userCode)
  }

  @Test("A fault while the frame is pushed is a double fault and leaves the old stack pointer")
  func doubleFault() {
    machine.putGate64(8, stackIndex: 1)
    machine.unmap(0x6000)
    core.setGeneral(GeneralRegister.rsp, 0x7000)
    machine.execute(0x0F, 0x0B)  // ud2: benign, its page fault is delivered by itself
    #expect(machine.handledVector == 8)
    #expect(machine.stack64(0) == 0)
    #expect(machine.stack64(1) == SystemMachine.Place.code)
    #expect(machine.stack64(4) == 0x7000)
    #expect(core.state.cr2 == 0x7000 - 48)
  }

  @Test("A fault of the double fault shuts the processor down, with the state of the program")
  func tripleFault() {
    core.state.interruptDescriptorTable.limit = 0
    core.setGeneral(GeneralRegister.rax, 0x1234)
    machine.execute(0x0F, 0x0B)
    #expect(machine.processor.activity == .shutdown)
    #expect(core.state.rip == SystemMachine.Place.code)
    #expect(core.general(GeneralRegister.rsp) == SystemMachine.Place.supervisorStack)
    let vectors = machine.processor.diagnostics.recentExceptions.map(\.exception.vector)
    #expect(vectors.prefix(3) == [.invalidOpcode, .generalProtection, .doubleFault])
  }

  @Test("IRET returns to level 3 and makes segments null that it may not use")
  func interruptReturn() {
    machine.enterUserMode()
    core.setSegmentBase(.fs, 0x1122_3344_5566)
    machine.execute(0x0F, 0x0B)
    core.setSegment(.ds, core.segment(.es))
    machine.execute(0x48, 0xCF)  // iretq
    #expect(core.state.privilegeLevel == 3)
    #expect(core.state.rip == SystemMachine.Place.userCode)
    #expect(core.general(GeneralRegister.rsp) == SystemMachine.Place.userStack)
    #expect(core.segment(.cs).selector == SystemMachine.Selectors.userCode64)
    #expect(core.segment(.ss).selector == SystemMachine.Selectors.userData)
    #expect(core.segment(.ds).selector == 0)
    #expect(core.segment(.fs).base == 0x1122_3344_5566)
  }

  @Test("IRET to a more privileged level is #GP with the selector, and pops nothing")
  func interruptReturnInwards() {
    machine.enterUserMode()
    let frame: [UInt64] = [SystemMachine.Place.code, UInt64(SystemMachine.Selectors.code64), 2, 0x8000, 0x10]
    for (index, value) in frame.enumerated() {
      machine.put(value, at: SystemMachine.Place.userStack - 40 + UInt64(index) * 8)
    }
    core.setGeneral(GeneralRegister.rsp, SystemMachine.Place.userStack - 40)
    machine.execute(0x48, 0xCF)
    #expect(machine.handledVector == 13)
    #expect(machine.stack64(0) == UInt64(SystemMachine.Selectors.code64))
    #expect(machine.stack64(4) == SystemMachine.Place.userStack - 40)
  }

  @Test("An NMI holds off the next one until IRET")
  func nonMaskableInterrupt() {
    let stack = SystemMachine.Place.supervisorStack - 40
    machine.processor.raiseNonMaskableInterrupt()
    machine.run(0)
    #expect(machine.handledVector == 2)
    #expect(core.general(GeneralRegister.rsp) == stack)
    machine.processor.raiseNonMaskableInterrupt()
    machine.run(0)
    #expect(core.general(GeneralRegister.rsp) == stack)
    machine.execute(0x48, 0xCF)  // iretq
    machine.run(0)
    #expect(machine.handledVector == 2)
    #expect(core.general(GeneralRegister.rsp) == stack)
    #expect(machine.stack64(0) == SystemMachine.Place.code)
  }

  @Test("STI holds an interrupt off for one instruction")
  func shadowOfSTI() {
    machine.platform.pendingVector = 0x30
    machine.processor.setInterruptPending(true)
    machine.put([0xFB, 0x90, 0x90], at: SystemMachine.Place.code)  // sti; nop; nop
    machine.run(1)
    #expect(core.state.rip == SystemMachine.Place.code + 1)
    machine.run(1)
    machine.run(0)
    #expect(machine.stack64(0) == SystemMachine.Place.code + 2)
  }

  @Test("STI holds an NMI off, too")
  func shadowOfSTIForNMI() {
    machine.put([0xFB, 0x90, 0x90], at: SystemMachine.Place.code)  // sti; nop; nop
    machine.run(1)
    machine.processor.raiseNonMaskableInterrupt()
    machine.run(0)
    #expect(machine.handledVector == nil)
    machine.run(1)
    machine.run(0)
    #expect(machine.handledVector == 2)
    #expect(machine.stack64(0) == SystemMachine.Place.code + 2)
  }

  @Test("HLT waits for an interrupt, which returns after it")
  func halt() {
    core.state.systemFlags.insert(.interruptEnable)
    machine.execute(0xF4)
    #expect(machine.processor.activity == .halted)
    machine.platform.pendingVector = 0x30
    machine.processor.setInterruptPending(true)
    machine.run(0)
    machine.run(1)
    #expect(machine.processor.activity == .running)
    #expect(machine.stack64(0) == SystemMachine.Place.code + 1)
  }
}
