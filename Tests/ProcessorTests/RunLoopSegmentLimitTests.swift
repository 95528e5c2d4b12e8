import Testing
import X86

@testable import Processor

@Suite("Code and the limit of its segment")
struct RunLoopSegmentLimitTests {
  typealias Place = SystemMachine.Place
  typealias Selectors = SystemMachine.Selectors

  @Test("An instruction that ends beyond the limit is #GP and not executed")
  func instructionAcrossLimit() throws {
    let machine = try #require(SystemMachine.realMode())
    machine.core.state.rip = 0xFFFE
    machine.put([0x40, 0x01, 0xC0], at: Place.code + 0xFFFE)  // inc ax; add ax, ax
    machine.run(2)
    #expect(machine.handledVector == 13)
    #expect(machine.core.general(GeneralRegister.rax) == 1)
    #expect(machine.stack16(0) == 0xFFFF)
  }

  @Test("Execution stops at a limit in the midst of a page, though code beyond it was decoded before")
  func limitWithinPage() throws {
    let machine = try #require(SystemMachine.protectedMode())
    machine.put([UInt8](repeating: 0x40, count: 16), at: Place.code)  // inc eax
    machine.run(8)
    #expect(machine.core.general(GeneralRegister.rax) == 8)
    var segment = machine.core.segment(.cs)
    segment.limit = UInt32(Place.code) + 3
    machine.core.setCodeSegment(segment, privilegeLevel: 0)
    machine.core.state.rip = Place.code
    machine.run(8)
    #expect(machine.core.general(GeneralRegister.rax) == 12)
    #expect(machine.stack32(1) == UInt32(Place.code) + 4)
  }

  @Test("A branch within the page beyond the limit is #GP at the branch's target or at the branch")
  func branchBeyondLimit() throws {
    let machine = try #require(SystemMachine.protectedMode())
    machine.put([0xEB, 0x10], at: Place.code)  // jmp
    machine.run(1)
    #expect(machine.core.state.rip == Place.code + 0x12)
    var segment = machine.core.segment(.cs)
    segment.limit = UInt32(Place.code) + 3
    machine.core.setCodeSegment(segment, privilegeLevel: 0)
    machine.core.state.rip = Place.code
    machine.run(2)
    #expect(machine.core.state.rip != Place.code + 0x13)
    #expect(machine.core.state.owner.diagnostics.exceptionCounts[13] == 1)
  }

  @Test("The instruction pointer of a 16-bit branch wraps around at 64 KiB")
  func wrappingBranch() throws {
    let machine = try #require(SystemMachine.realMode())
    machine.core.state.rip = 0xFFF0
    machine.put([0xEB, 0x20], at: Place.code + 0xFFF0)
    machine.run(1)
    #expect(machine.core.state.rip == 0x12)
  }

  @Test("Fetches wrap around at 4 GiB outside 64-bit mode")
  func wrappingFetch() throws {
    let machine = try #require(SystemMachine.protectedMode())
    var segment = machine.core.segment(.cs)
    segment.base = 0xFFFF_F000
    machine.core.setCodeSegment(segment, privilegeLevel: 0)
    machine.core.state.rip = Place.code + 0x1000
    machine.put([0x40, 0xEB, 0xFD], at: Place.code)  // inc eax; jmp to it
    machine.run(5)
    #expect(machine.core.general(GeneralRegister.rax) == 3)
    #expect(machine.core.state.rip == Place.code + 0x1001)
  }
}
