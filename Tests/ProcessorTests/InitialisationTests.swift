import Interfaces
import Testing
import X86

@testable import Processor

@Suite("INIT on a processor with AMD-V")
struct InitialisationTests {
  let machine: SystemMachine
  var core: Core { machine.core }

  init() throws {
    let model = try ProcessorModel.parse("default,+svm")
    machine = try #require(SystemMachine.longMode(model: model))
  }

  private func setControl(_ control: SVM.Control) {
    core.setGeneral(GeneralRegister.rcx, UInt64(SVM.Register.control))
    core.setGeneral(GeneralRegister.rax, control.rawValue)
    core.setGeneral(GeneralRegister.rdx, 0)
    machine.execute(0x0F, 0x30)  // wrmsr
  }

  @Test("It resets processor 0, whose interrupts are off")
  func resets() {
    setControl([])
    machine.processor.raiseInit()
    machine.run(0)
    machine.run(1)
    #expect(!core.state.cr0.contains(.paging))
  }

  @Test("With VM_CR.R_INIT it is #SX with the error code 1")
  func redirected() {
    setControl(.redirectInit)
    let next = core.state.rip
    machine.processor.raiseInit()
    machine.run(1)
    #expect(core.state.cr0.contains(.paging))
    #expect(machine.handledVector == UInt64(ExceptionVector.security.rawValue))
    #expect(machine.stack64(0) == 1)
    #expect(machine.stack64(1) == next)
  }

  @Test("#SX ends HLT")
  func redirectedWhileHalted() {
    setControl(.redirectInit)
    machine.execute(0xF4)  // hlt
    #expect(core.state.activity == .halted)
    machine.processor.raiseInit()
    machine.run(1)
    #expect(core.state.activity == .running)
    #expect(machine.handledVector == UInt64(ExceptionVector.security.rawValue))
  }

  @Test("GIF holds it off, redirected or not")
  func heldOff() {
    setControl(.redirectInit)
    core.state.globalInterruptFlag = false
    machine.processor.raiseInit()
    machine.execute(0x90)
    #expect(machine.handledVector == nil)
    core.state.globalInterruptFlag = true
    machine.run(1)
    #expect(machine.handledVector == UInt64(ExceptionVector.security.rawValue))
  }
}
