import Testing
import X86

@testable import Processor

@Suite("Task switches by hardware")
struct SystemTaskTests {
  typealias Place = SystemMachine.Place
  typealias Selectors = SystemMachine.Selectors
  let machine: SystemMachine
  var core: Core { machine.core }

  init() throws {
    machine = try #require(SystemMachine.protectedMode())
    machine.putTaskDescriptor(Selectors.task, base: Place.task)
    machine.putTaskDescriptor(Selectors.secondTask, base: Place.secondTask, access: 0x89)
    let task = Place.secondTask
    machine.put(UInt32(Place.interruptStack), at: task + 4)
    machine.put(UInt32(Selectors.data), at: task + 8)
    machine.put(UInt32(Place.userCode), at: task + 0x20)
    machine.put(UInt32(2), at: task + 0x24)
    for number in UInt64(0)..<8 { machine.put(UInt32(0x100 + number), at: task + 0x28 + number * 4) }
    machine.put(UInt32(Place.userStack), at: task + 0x38)
    for (index, selector) in [0x23, 0x1B, 0x23, 0x23, 0, 0x23].enumerated() {
      machine.put(UInt32(selector), at: task + 0x48 + UInt64(index) * 4)
    }
  }

  private func isBusy(_ selector: UInt16) -> Bool {
    (machine.memory.load(Place.globalTable + UInt64(selector) + 5, as: UInt8.self) ?? 0) & 2 != 0
  }

  @Test("A far call to a TSS saves one task, loads the other, links them, and IRET comes back")
  func callAndReturn() {
    core.setGeneral(GeneralRegister.rbx, 0xDEAD_BEEF)
    machine.execute(0x9A, 0, 0, 0, 0, 0x60, 0x00)  // lcall 0x60:0
    #expect(core.state.rip == Place.userCode)
    #expect(core.state.privilegeLevel == 3)
    #expect(core.general(GeneralRegister.rdi) == 0x107)
    #expect(core.general(GeneralRegister.rsp) == Place.userStack)
    #expect(core.segment(.fs).selector == 0)
    #expect(core.segment(.gs).selector == Selectors.userData)
    #expect(core.rflags == [.alwaysOne, .nestedTask])
    #expect(core.state.taskRegister.selector == Selectors.secondTask)
    #expect(core.state.cr0.contains(.taskSwitched))
    #expect(isBusy(Selectors.task) && isBusy(Selectors.secondTask))
    #expect(machine.memory.load(Place.secondTask, as: UInt16.self) == Selectors.task)
    #expect(machine.memory.load(Place.task + 0x34, as: UInt32.self) == 0xDEAD_BEEF)
    machine.execute(0xCF)  // iret
    #expect(core.state.rip == Place.code + 7)
    #expect(core.state.privilegeLevel == 0)
    #expect(core.general(GeneralRegister.rbx) == 0xDEAD_BEEF)
    #expect(isBusy(Selectors.task) && !isBusy(Selectors.secondTask))
    #expect(machine.memory.load(Place.secondTask + 0x24, as: UInt32.self) == 2)
  }

  @Test("A far jump leaves the old task available")
  func jump() {
    machine.execute(0xEA, 0, 0, 0, 0, 0x60, 0x00)
    #expect(core.state.rip == Place.userCode)
    #expect(!isBusy(Selectors.task) && isBusy(Selectors.secondTask))
    #expect(!core.rflags.contains(.nestedTask))
  }

  @Test("A busy task cannot be called")
  func busyTask() {
    machine.execute(0x9A, 0, 0, 0, 0, 0x30, 0x00)
    #expect(machine.handledVector == 13)
    #expect(machine.stack32(0) == UInt32(Selectors.task))
  }

  @Test("An exception through a task gate gives the new task the error code and the old one's instruction")
  func exceptionThroughGate() {
    machine.put(UInt64(Selectors.secondTask) << 16 | UInt64(0x85) << 40, at: Place.interruptTable + 13 * 8)
    machine.put(UInt32(Selectors.code32), at: Place.secondTask + 0x4C)
    machine.put(UInt32(Selectors.data), at: Place.secondTask + 0x50)
    core.setGeneral(GeneralRegister.rax, UInt64(Selectors.code32))
    machine.execute(0x8E, 0xD0)  // mov ss, ax
    #expect(core.state.taskRegister.selector == Selectors.secondTask)
    #expect(machine.stack32(0) == UInt32(Selectors.code32))
    #expect(core.general(GeneralRegister.rsp) == Place.userStack - 4)
    #expect(machine.memory.load(Place.task + 0x20, as: UInt32.self) == UInt32(Place.code))
  }

  @Test("A bad segment in the new TSS is #TS in the new task")
  func badSegment() {
    machine.put(UInt32(Selectors.spare), at: Place.secondTask + 0x54)
    machine.execute(0x9A, 0, 0, 0, 0, 0x60, 0x00)
    #expect(machine.handledVector == 10)
    #expect(core.state.taskRegister.selector == Selectors.secondTask)
    #expect(machine.stack32(0) == UInt32(Selectors.spare))
    #expect(machine.stack32(1) == UInt32(Place.userCode))
  }
}
