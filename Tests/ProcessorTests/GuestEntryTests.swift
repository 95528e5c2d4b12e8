import Interfaces
import Testing
import X86

@testable import Processor

@Suite("VMRUN and the way back")
struct GuestEntryTests {
  private typealias Field = SVM.ControlBlock
  let machine: SystemMachine
  var core: Core { machine.core }

  /// A page of the machine's that nothing else uses.
  private static let block: UInt64 = 0x6000

  init() throws {
    let model = try ProcessorModel.parse("default,+svm")
    machine = try #require(SystemMachine.longMode(model: model))
    core.state.efer.insert(.svme)
    core.setGeneral(GeneralRegister.rax, Self.block)
    intercept(.run)
    intercept(.interrupt)
    put(1 as UInt32, Field.addressSpaceIdentifier)
    put(SVM.InterruptControl(isMaskingVirtual: true).rawValue, Field.interruptControl)
    put(EFER([.svme, .lme, .lma]).rawValue, Field.efer)
    put(core.state.cr0.rawValue, Field.cr0)
    put(core.state.cr3, Field.cr3)
    put(core.state.cr4.rawValue, Field.cr4)
    put(RFLAGS.alwaysOne.rawValue, Field.flags)
    put(SystemMachine.Place.code + 0x800, Field.instructionPointer)
    // Present 64-bit code.
    put(0x29B as UInt16, Field.cs + Field.Segment.attributes)
  }

  private func put<Value: FixedWidthInteger>(_ value: Value, _ field: Int) {
    machine.put(value, at: Self.block + UInt64(field))
  }

  private func value(_ field: Int) -> UInt64? {
    machine.memory.load(Self.block + UInt64(field), as: UInt64.self)
  }

  private func intercept(_ code: SVM.ExitCode) {
    let field = Field.intercepts + Int(code.rawValue / 64) * 8
    put((value(field) ?? 0) | 1 << (code.rawValue % 64), field)
  }

  /// STI and VMRUN, as KVM has them, while an interrupt waits for GIF: it makes the guest exit before its first
  /// instruction.
  private func enterBehindSTI() {
    core.state.globalInterruptFlag = false
    machine.processor.setInterruptPending(true)
    machine.execute(0xFB)
    #expect(core.state.interruptShadow == .sti)
    machine.execute(0x0F, 0x01, 0xD8)
    #expect(!core.state.isGuest)
    #expect(value(Field.exitCode) == SVM.ExitCode.interrupt.rawValue)
    #expect(value(Field.instructionPointer) == SystemMachine.Place.code + 0x800)
  }

  @Test("The guest's interrupt shadow is its own, though the host runs it in one")
  func shadowOfTheGuest() {
    put(1 as UInt64, Field.interruptShadow)
    enterBehindSTI()
    #expect(value(Field.interruptShadow) == 1)
  }

  @Test("The host's interrupt shadow does not become the guest's")
  func shadowOfTheHost() {
    enterBehindSTI()
    #expect(value(Field.interruptShadow) == 0)
  }
}
