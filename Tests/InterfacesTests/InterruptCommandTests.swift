import Interfaces
import Testing

/// Against APM volume 2, 16.5, and table 16-2.
@Suite("Layouts of the local APIC")
struct InterruptCommandTests {
  @Test("A command has its destination where the mode has it")
  func destinations() {
    #expect(InterruptCommand(vector: 0x41, to: .physical(3)).rawValue == 0x0300_0000_0000_4041)
    #expect(InterruptCommand(vector: 0x41, to: .physical(3), .x2APIC).rawValue == 0x0000_0003_0000_4041)
    #expect(InterruptCommand(vector: 0x41, to: .physical(.max)).high == 0xFF00_0000)
    #expect(InterruptCommand(vector: 0x41, to: .logical(0x82)).rawValue == 0x8200_0000_0000_4841)
    #expect(InterruptCommand(.nonMaskable, to: .shorthand(.everyoneElse)).rawValue == 0xC_4400)
  }

  @Test("A command tells what it was made of")
  func parts() {
    let command = InterruptCommand(.startup, vector: 0x08, to: .logical(0x12))
    #expect(command.deliveryMode == .startup)
    #expect(command.vector == 0x08)
    #expect(command.isLogical && command.isLevelAsserted && !command.isLevelTriggered)
    #expect(command.shorthand == .none)
    #expect(command.destinationField(.memory) == 0x12)
    #expect(InterruptCommand(rawValue: 3 << 8).deliveryMode == nil)
  }

  @Test("Registers are 16 bytes apart, and one MSR")
  func registers() {
    #expect(LocalAPICRegister.timerVector.offset == 0x320)
    #expect(LocalAPICRegister(offset: 0x320) == .timerVector)
    #expect(LocalAPICRegister.selfInterrupt.modelSpecificRegister == 0x83F)
    for offset in [0x321, 0x100, 0x1000, -16] { #expect(LocalAPICRegister(offset: offset) == nil) }
  }

  @Test("A set of vectors has eight registers")
  func sets() {
    #expect(VectorSet.inService.offset(of: 0) == 0x100)
    #expect(VectorSet.requests.offset(of: 0x61) == 0x230)
    #expect(VectorSet.bit(of: 0x61) == 2)
    #expect(VectorSet(withRegister: 0x1F) == .triggerMode)
    #expect(VectorSet(withRegister: 0x28) == nil)
  }
}
