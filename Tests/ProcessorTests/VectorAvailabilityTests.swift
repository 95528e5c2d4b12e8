import Testing
import X86

@testable import Processor

/// When vector and x87 instructions are there, and what they demand of addresses.
struct VectorAvailabilityTests {
  let interpreter: VectorInterpreter
  var core: Core { interpreter.core }

  private static let addps: [UInt8] = [0x0F, 0x58, 0xCA]
  private static let paddbMMX: [UInt8] = [0x0F, 0xFC, 0xCA]
  private static let paddbXMM: [UInt8] = [0x66, 0x0F, 0xFC, 0xCA]
  private static let cvtpi2ps: [UInt8] = [0x0F, 0x2A, 0xCA]
  private static let fld1: [UInt8] = [0xD9, 0xE8]
  private static let fwait: [UInt8] = [0x9B]

  init() throws {
    interpreter = try #require(VectorInterpreter())
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress)
  }

  @Test func emulationMakesVectorsUndefinedAndX87Unavailable() {
    core.state.cr0.insert(.emulation)
    #expect(interpreter.execute(Self.addps) == .invalidOpcode)
    #expect(interpreter.execute(Self.paddbMMX) == .invalidOpcode)
    #expect(interpreter.execute(Self.fld1) == .deviceNotAvailable)
    #expect(interpreter.execute(Self.fwait) == nil)
  }

  @Test func sseNeedsTheOperatingSystemToSaveItsState() {
    core.state.cr4.remove(.osfxsr)
    #expect(interpreter.execute(Self.addps) == .invalidOpcode)
    #expect(interpreter.execute(Self.paddbXMM) == .invalidOpcode)
    #expect(interpreter.execute(Self.cvtpi2ps) == .invalidOpcode)
    #expect(interpreter.execute(Self.paddbMMX) == nil)
    // MOVNTI has no vector register.
    #expect(interpreter.execute([0x0F, 0xC3, 0x0E]) == nil)
  }

  @Test func aTaskSwitchMakesThemAllUnavailable() {
    core.state.cr0.insert(.taskSwitched)
    for bytes in [Self.addps, Self.paddbMMX, Self.fld1, [0x0F, 0xAE, 0x06], [0xDB, 0xE3], [0x0F, 0x77]] {
      #expect(interpreter.execute(bytes) == .deviceNotAvailable)
    }
    #expect(interpreter.execute(Self.fwait) == nil)
    core.state.cr0.insert(.monitorCoprocessor)
    #expect(interpreter.execute(Self.fwait) == .deviceNotAvailable)
  }

  @Test func undefinedComesBeforeUnavailable() {
    core.state.cr0.formUnion([.taskSwitched, .emulation])
    #expect(interpreter.execute(Self.addps) == .invalidOpcode)
  }

  // MARK: Alignment

  private static let addpsMemory: [UInt8] = [0x0F, 0x58, 0x0E]
  private static let movapsLoad: [UInt8] = [0x0F, 0x28, 0x0E]
  private static let movapsStore: [UInt8] = [0x0F, 0x29, 0x0E]
  private static let movupsLoad: [UInt8] = [0x0F, 0x10, 0x0E]
  private static let movntps: [UInt8] = [0x0F, 0x2B, 0x0E]
  private static let pcmpistri: [UInt8] = [0x66, 0x0F, 0x3A, 0x63, 0x0E, 0]

  @Test func sixteenBytesMustBeAlignedExceptWhereTheInstructionSaysOtherwise() {
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress + 8)
    for bytes in [Self.addpsMemory, Self.movapsLoad, Self.movapsStore, Self.movntps] {
      #expect(interpreter.execute(bytes) == .generalProtection)
    }
    #expect(interpreter.execute(Self.movupsLoad) == nil)
    #expect(interpreter.execute(Self.pcmpistri) == nil)
    // ADDSS has a smaller operand.
    #expect(interpreter.execute([0xF3, 0x0F, 0x58, 0x0E]) == nil)
  }

  @Test func misalignedModeAllowsComputationButNotAlignedMoves() {
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress + 8)
    core.mxcsr.insert(.misalignedExceptionMask)
    #expect(interpreter.execute(Self.addpsMemory) == nil)
    #expect(interpreter.execute(Self.movapsLoad) == .generalProtection)
    #expect(interpreter.execute(Self.movntps) == .generalProtection)
  }

  @Test func alignmentCheckingSeesMovesThatNeedNoAlignment() {
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress + 8)
    core.state.cr0.insert(.alignmentMask)
    core.state.systemFlags.insert(.alignmentCheck)
    core.state.privilegeLevel = 3
    core.updateContext()
    #expect(interpreter.execute(Self.movupsLoad) == Fault(.alignmentCheck))
    #expect(interpreter.execute(Self.movapsLoad) == .generalProtection)
    core.state.privilegeLevel = 0
    core.updateContext()
    #expect(interpreter.execute(Self.movupsLoad) == nil)
  }

  @Test func aNonCanonicalOperandIsAStackFaultThroughTheStackRegisters() {
    core.setGeneral(GeneralRegister.rsi, 1 << 63)
    core.setGeneral(GeneralRegister.rbp, 1 << 63)
    #expect(interpreter.execute(Self.movupsLoad) == .generalProtection)
    #expect(interpreter.execute([0x0F, 0x10, 0x4D, 0x00]) == .stack)
  }
}
