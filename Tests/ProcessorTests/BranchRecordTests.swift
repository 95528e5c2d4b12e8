import Testing
import X86

@testable import Processor

@Suite("Records of branches")
struct BranchRecordTests {
  typealias Place = SystemMachine.Place
  let machine: SystemMachine
  var core: Core { machine.core }

  init() throws { machine = try #require(SystemMachine.longMode()) }

  private func record(_ isOn: Bool) {
    core.state.modelSpecific.debugControl = isOn ? BranchDebugControl.lastBranch : 0
  }

  @Test("A jump that is taken is recorded, with where it came from and where it went")
  func takenJump() {
    record(true)
    machine.execute(0xEB, 0x10)  // jmp +16
    #expect(core.branchRegister(MSR.lastBranchFrom) == Place.code)
    #expect(core.branchRegister(MSR.lastBranchTo) == Place.code + 0x12)
  }

  @Test("Jumps that are not taken, other instructions and jumps without LBR are not recorded")
  func nothingToRecord() {
    record(true)
    core.state.lazyFlags.statusBits = []
    machine.execute(0x74, 0x10)  // jz +16
    machine.execute(0x90)
    record(false)
    machine.execute(0xEB, 0x10)
    #expect(core.branchRegister(MSR.lastBranchFrom) == 0)
    #expect(core.branchRegister(MSR.lastBranchTo) == 0)
  }

  @Test("An exception keeps the branch before it; only #DB ends the recording")
  func branchBeforeAnException() {
    record(true)
    machine.execute(0xEB, 0x10)
    machine.execute(0x0F, 0x0B)  // ud2
    #expect(machine.handledVector == 6)
    #expect(core.branchRegister(MSR.lastExceptionFrom) == Place.code)
    #expect(core.branchRegister(MSR.lastExceptionTo) == Place.code + 0x12)
    #expect(core.recordsBranches)
    core.state.systemFlags.insert(.trap)
    machine.execute(0x90)
    #expect(machine.handledVector == 1)
    #expect(!core.recordsBranches)
  }
}
