import Testing
import X86

@testable import Processor

/// A device may end the turn while an instruction is under way that was decoded into several records.
@Suite struct RunLoopTurnEndTests {
  private static let target = SystemMachine.Place.code + 0x2000
  private static let devicePage: UInt64 = 0x5_0000

  /// Executes NOP, an instruction that reads from a device at ``devicePage``, and whatever follows; the read ends
  /// the turn.
  private func machine(executing instruction: [UInt8]) throws -> SystemMachine {
    let machine = try #require(SystemMachine.longMode())
    let entry = SystemMachine.Place.pageTable + (Self.devicePage >> 12) * 8
    machine.put(UInt64(0xF000_0007), at: entry)
    machine.platform.deviceValue = Self.target
    machine.platform.deviceRead = { $0.endTurn() }
    machine.put([0x90] + instruction + [UInt8](repeating: 0x90, count: 16), at: SystemMachine.Place.code)
    machine.put([UInt8](repeating: 0x90, count: 16), at: Self.target)
    machine.run(10)
    return machine
  }

  @Test("JMP to a target that a device tells is done whole when the read ends the turn")
  func jump() throws {
    let machine = try machine(executing: [0xFF, 0x24, 0x25, 0, 0, 5, 0])
    #expect(machine.core.state.rip == Self.target)
    #expect(machine.processor.instructionsRetired == 2)
  }

  @Test("CALL to a target that a device tells is done whole when the read ends the turn")
  func call() throws {
    let machine = try machine(executing: [0xFF, 0x14, 0x25, 0, 0, 5, 0])
    #expect(machine.core.state.rip == Self.target)
    #expect(machine.stack64(0) == SystemMachine.Place.code + 8)
    #expect(machine.processor.instructionsRetired == 2)
  }

  @Test("ADD from a device ends the turn after itself, with its result and its flags")
  func addition() throws {
    let machine = try machine(executing: [0x48, 0x03, 0x04, 0x25, 0, 0, 5, 0])
    #expect(machine.core.state.rip == SystemMachine.Place.code + 9)
    #expect(machine.core.general(GeneralRegister.rax) == Self.target)
    #expect(machine.processor.instructionsRetired == 2)
  }
}
