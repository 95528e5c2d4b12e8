import Testing
import X86

@testable import Processor

/// The x87 unit's exceptions, its aliases and its images in memory.
struct X87StateTests {
  let interpreter: VectorInterpreter
  var core: Core { interpreter.core }

  private static let fld1: [UInt8] = [0xD9, 0xE8]
  private static let fldz: [UInt8] = [0xD9, 0xEE]
  private static let fdivp: [UInt8] = [0xDE, 0xF9]
  private static let fdiv: [UInt8] = [0xD8, 0xF1]
  private static let fwait: [UInt8] = [0x9B]
  private static let fnstswAX: [UInt8] = [0xDF, 0xE0]
  private static let errorSummary: UInt64 = 1 << 7

  init() throws {
    interpreter = try #require(VectorInterpreter())
    core.initialiseX87()
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress)
  }

  private func run(_ instructions: [UInt8]...) {
    for bytes in instructions { #expect(interpreter.execute(bytes) == nil) }
  }

  /// Divides one by zero with the exception unmasked.
  private func leavePendingException() {
    run(Self.fldz, Self.fld1)
    core.x87ControlWord &= ~X87Status.zeroDivide.rawValue
    run(Self.fdiv)
  }

  @Test func aProgramThatIsBootedFindsTheUnitInitialised() throws {
    let machine = try #require(SystemMachine.longMode())
    #expect(machine.core.x87ControlWord == 0x37F)
    machine.execute(0xD9, 0xE8)  // fld1
    #expect(machine.handledVector == nil)
    #expect(machine.core.state.x87.occupied != 0)
  }

  // MARK: Exceptions

  @Test func anUnmaskedExceptionIsRaisedByTheNextInstructionThatWaits() {
    leavePendingException()
    #expect(core.x87Register(0) == ExtendedReal(1))
    run(Self.fnstswAX)
    #expect(core.general(GeneralRegister.rax) & Self.errorSummary != 0)
    let pending = Fault(.x87FloatingPoint)
    #expect(interpreter.execute(Self.fwait) == pending)
    #expect(interpreter.execute(Self.fld1) == pending)
    // An MMX instruction waits too, an SSE one does not.
    #expect(interpreter.execute([0x0F, 0xFC, 0xCA]) == pending)
    run([0x66, 0x0F, 0xFC, 0xCA])
    // FNCLEX ends it.
    run([0xDB, 0xE2], Self.fwait)
  }

  @Test func withoutNativeErrorReportingAnErrorIsIgnored() {
    core.state.cr0.remove(.numericError)
    leavePendingException()
    run(Self.fwait)
  }

  @Test func loadingTheControlWordCanMakeAnOldExceptionPending() {
    run(Self.fld1, Self.fldz, Self.fdivp)
    #expect(core.x87Register(0).category == .infinity)
    run(Self.fwait)
    interpreter.memory.store(0x37B as UInt16, at: VectorInterpreter.operandAddress)
    run([0xD9, 0x2E])
    #expect(interpreter.execute(Self.fwait) == Fault(.x87FloatingPoint))
  }

  @Test func aNinthPushIsAStackOverflow() {
    for _ in 0..<8 { run(Self.fld1) }
    run(Self.fld1)
    #expect(core.x87Register(0) == .indefinite)
    let status = X87Status(rawValue: core.x87StatusWord)
    #expect(status.isSuperset(of: [.invalid, .stackFault, .c1]))
  }

  // MARK: MMX

  @Test func writingAnMMXRegisterMakesAllRegistersValid() {
    run(Self.fld1)
    core.setGeneral(GeneralRegister.rax, 0x1234_5678_9ABC_DEF0)
    run([0x48, 0x0F, 0x6E, 0xC8])
    #expect(core.state.x87.top == 0)
    #expect(core.state.x87.occupied == 0xFF)
    #expect(core.x87Register(1) == ExtendedReal(significand: 0x1234_5678_9ABC_DEF0, signAndExponent: 0xFFFF))
    run([0x0F, 0x77])
    #expect(core.state.x87.occupied == 0)
  }

  // MARK: FXSAVE

  private static let fxsave: [UInt8] = [0x0F, 0xAE, 0x06]
  private static let fxsave64: [UInt8] = [0x48, 0x0F, 0xAE, 0x06]

  private func stored<Value: FixedWidthInteger>(_ type: Value.Type, _ offset: UInt64) -> Value? {
    interpreter.memory.load(VectorInterpreter.operandAddress + offset, as: type)
  }

  @Test func pointersAreSavedOnlyWithAPendingException() {
    run(Self.fld1, Self.fxsave64)
    #expect(stored(UInt64.self, 8) == 0)
    leavePendingException()
    run(Self.fxsave64)
    #expect(stored(UInt64.self, 8) == VectorInterpreter.codeAddress)
    core.state.x87.lastInstructionPointer |= 0xAAAA_BBBB << 32
    core.state.x87.lastInstructionSelector = 0x33
    run(Self.fxsave)
    #expect(stored(UInt32.self, 8) == UInt32(VectorInterpreter.codeAddress))
    #expect(stored(UInt32.self, 12) == 0x33)
  }

  @Test func fxsaveLeavesTheLastBytesToSoftware() {
    for offset in stride(from: 0, to: 512, by: 8) as StrideTo<UInt64> {
      interpreter.memory.store(~0 as UInt64, at: VectorInterpreter.operandAddress + offset)
    }
    run(Self.fxsave64)
    #expect(stored(UInt64.self, 408) == 0)
    #expect(stored(UInt64.self, 416) == ~0)
    #expect(stored(UInt32.self, 28) == 0x2_FFFF)
  }

  @Test func fxsaveIsAlignedAndNeedsNoOSFXSR() {
    core.state.cr4.remove(.osfxsr)
    run(Self.fxsave)
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress + 8)
    #expect(interpreter.execute(Self.fxsave) == .generalProtection)
  }

  @Test func fxrstorRefusesReservedBitsOfMXCSR() {
    run(Self.fld1, Self.fxsave64)
    interpreter.memory.store(0xFFFF_FFFF as UInt32, at: VectorInterpreter.operandAddress + 24)
    run(Self.fldz)
    #expect(interpreter.execute([0x48, 0x0F, 0xAE, 0x0E]) == .generalProtection)
    #expect(core.x87Register(0) == .zero)
  }

  // MARK: Environment

  @Test func theTagWordTellsWhatRegistersHold() {
    run([0x0F, 0xAE, 0x06], Self.fldz, Self.fld1)
    core.pushX87(.indefinite)
    run([0xD9, 0x36])
    // R7 zero, R6 valid, R5 special; the rest empty.
    #expect(stored(UInt16.self, 8) == 0b01_00_10_11_11_11_11_11)
    #expect(stored(UInt16.self, 10) == 0xFFFF)
    // FNSTENV masks everything.
    #expect(core.x87ControlWord & 0x3F == 0x3F)
  }

  @Test func fnsaveStoresTheRegistersAndInitialises() {
    run(Self.fldz, Self.fld1)
    run([0xDD, 0x36])
    // ST0 and ST1 behind 28 bytes of environment, ten bytes each.
    #expect(stored(UInt64.self, 28) == 1 << 63)
    #expect(stored(UInt16.self, 36) == 0x3FFF)
    #expect(stored(UInt64.self, 38) == 0)
    #expect(stored(UInt16.self, 46) == 0)
    #expect(core.x87ControlWord == 0x37F)
    run([0xD9, 0x36])
    #expect(stored(UInt16.self, 4) == 0)
    #expect(stored(UInt16.self, 8) == 0xFFFF)
  }

  @Test func frstorBringsBackWhatFnsaveStored() {
    run(Self.fldz, Self.fld1)
    run([0xDD, 0x36])
    interpreter.memory.store(0x27F as UInt16, at: VectorInterpreter.operandAddress)
    run([0xDD, 0x26])
    #expect(core.x87ControlWord == 0x27F)
    #expect(core.x87Register(0) == ExtendedReal(1))
    #expect(core.x87Register(1) == .zero)
    #expect(core.state.x87.top == 6)
    #expect(core.state.x87.occupied == 0b1100_0000)
  }

  @Test func fldenvLoadsEverythingButTheRegisters() {
    run(Self.fld1, [0xD9, 0x36])
    interpreter.memory.store(0x37E as UInt16, at: VectorInterpreter.operandAddress)
    interpreter.memory.store(3 << 11 as UInt16, at: VectorInterpreter.operandAddress + 4)
    run([0xD9, 0x26])
    #expect(core.x87ControlWord == 0x37E)
    #expect(core.state.x87.top == 3)
    // The value stays where it was, in R7.
    #expect(core.x87Register(4) == ExtendedReal(1))
  }

  @Test func realModeHasLinearPointers() {
    run(Self.fld1)
    core.state.x87.lastInstructionPointer = 0x1234
    core.state.x87.lastInstructionSelector = 0xF000
    core.state.x87.lastOpcode = 0x7FF
    core.state.cr0.remove(.protectionEnable)
    core.state.efer = []
    core.state.codeMode = .bits16
    core.state.segments[3].limit = 0xFFFF
    core.state.segments[3].attributes.rawValue = 0x93
    core.state.segments[0].attributes.rawValue = 0x93
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress)
    run([0xD9, 0x34])
    #expect(stored(UInt16.self, 6) == 0x1234)
    // The instruction at F000:1234 is at F1234.
    #expect(stored(UInt16.self, 8) == 0xF7FF)
  }
}
