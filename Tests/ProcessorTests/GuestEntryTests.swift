import Bus
import Interfaces
import Testing
import X86

@testable import Processor

@Suite("VMRUN and the way back")
struct GuestEntryTests {
  private let machine: SystemMachine
  private var core: Core { machine.core }
  private let block: GuestControlBlock

  /// A page of the machine's that nothing else uses.
  private static let page: UInt64 = 0x6000
  /// Where the guest begins.
  private static let entry = SystemMachine.Place.code + 0x800

  init() throws {
    let model = try ProcessorModel.parse("default,+svm")
    machine = try #require(SystemMachine.longMode(model: model))
    block = GuestControlBlock(memory: machine.memory, address: Self.page)
    core.state.efer.insert(.svme)
    core.setGeneral(GeneralRegister.rax, Self.page)
    block.intercept(.run)
    block.intercept(.interrupt)
    block.addressSpace = 1
    block.interruptControl = SVM.InterruptControl(isMaskingVirtual: true)
    block.startIn64BitMode(at: Self.entry, pageTableRoot: core.state.cr3)
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
    #expect(block.exitCode == .interrupt)
    #expect(block.instructionPointer == Self.entry)
  }

  @Test("The guest's interrupt shadow is its own, though the host runs it in one")
  func shadowOfTheGuest() {
    block.isInInterruptShadow = true
    enterBehindSTI()
    #expect(block.isInInterruptShadow)
  }

  @Test("The host's interrupt shadow does not become the guest's")
  func shadowOfTheHost() {
    enterBehindSTI()
    #expect(!block.isInInterruptShadow)
  }
}

/// A control block in the RAM of the machine.
private struct GuestControlBlock: SVM.ControlBlockMemory {
  let memory: GuestMemory
  let address: UInt64

  func load<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
    memory.load(address + UInt64(offset), as: type) ?? 0
  }

  func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    memory.store(value, at: address + UInt64(offset))
  }
}
