import Testing
import X86

@testable import Processor

/// Exceptions of SSE arithmetic, by MXCSR (APM volume 1, 4.10).
struct VectorExceptionTests {
  let interpreter: VectorInterpreter
  var core: Core { interpreter.core }

  private static let addss: [UInt8] = [0xF3, 0x0F, 0x58, 0xCA]
  private static let divps: [UInt8] = [0x0F, 0x5E, 0xCA]
  private static let one = Lane(0x3F80_0000)

  init() throws { interpreter = try #require(VectorInterpreter()) }

  private func set(_ first: Lane, _ second: Lane, unmasking exceptions: MXCSR) {
    first.store(at: core.vectorRegister(1))
    second.store(at: core.vectorRegister(2))
    core.mxcsr = MXCSR(rawValue: MXCSR.initial.rawValue & ~(exceptions.rawValue << 7))
  }

  @Test func anUnmaskedExceptionLeavesTheDestination() {
    let first = Lane(SIMD4<Float>(1, 2, 3, 4))
    set(first, Lane(SIMD4<Float>(1, 0, 1, 1)), unmasking: .zeroDivide)
    #expect(interpreter.execute(Self.divps) == Fault(.simdFloatingPoint))
    #expect(core.xmm(1) == first)
    #expect(core.mxcsr.intersection(.exceptions) == .zeroDivide)
  }

  @Test func withoutAnExceptionHandlerTheInstructionIsUndefined() {
    core.state.cr4.remove(.osxmmexcpt)
    set(Self.one, Lane(), unmasking: .zeroDivide)
    #expect(interpreter.execute(Self.divps) == .invalidOpcode)
  }

  @Test func anUnacceptableOperandKeepsExceptionsOfResultsFromBeingReported() {
    // 0 / 0 is invalid; 1 / 3 is inexact.
    set(Lane(SIMD4<Float>(0, 1, 1, 1)), Lane(SIMD4<Float>(0, 3, 1, 1)), unmasking: .invalid)
    #expect(interpreter.execute(Self.divps) == Fault(.simdFloatingPoint))
    #expect(core.mxcsr.intersection(.exceptions) == .invalid)
    core.mxcsr = .initial
    #expect(interpreter.execute(Self.divps) == nil)
    #expect(core.mxcsr.intersection(.exceptions) == [.invalid, .precision])
  }

  @Test func anExactDenormalResultIsAnUnderflowOnlyIfUnderflowIsUnmasked() {
    let smallest = Lane(0x0080_0000)
    let larger = Lane(0x8080_0001)
    set(larger, smallest, unmasking: [])
    #expect(interpreter.execute(Self.addss) == nil)
    #expect(core.xmm(1).low == 0x8000_0001)
    #expect(core.mxcsr.isDisjoint(with: .underflow))
    set(larger, smallest, unmasking: .underflow)
    #expect(interpreter.execute(Self.addss) == Fault(.simdFloatingPoint))
    #expect(core.mxcsr.intersection(.exceptions) == .underflow)
  }

  @Test func resultsAreFlushedOnlyWhileUnderflowIsMasked() {
    set(Lane(0x0080_0000), Lane(0x3F00_0000), unmasking: [])
    core.mxcsr.insert(.flushToZero)
    #expect(interpreter.execute([0xF3, 0x0F, 0x59, 0xCA]) == nil)
    #expect(core.xmm(1).low == 0)
    #expect(core.mxcsr.intersection(.exceptions) == [.underflow, .precision])
  }

  @Test func theSecondOperandOfMinimumWinsIfThereIsANaN() {
    let nan = Lane(0x7FC0_1234)
    set(Self.one, nan, unmasking: [])
    #expect(interpreter.execute([0xF3, 0x0F, 0x5D, 0xCA]) == nil)
    #expect(core.xmm(1) == nan)
    set(nan, Self.one, unmasking: [])
    #expect(interpreter.execute([0xF3, 0x0F, 0x5D, 0xCA]) == nil)
    #expect(core.xmm(1) == Self.one)
    #expect(core.mxcsr.contains(.invalid))
  }

  @Test func reservedBitsOfTheControlRegisterCannotBeLoaded() {
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress)
    interpreter.memory.store(0x4_1F80 as UInt32, at: VectorInterpreter.operandAddress)
    #expect(interpreter.execute([0x0F, 0xAE, 0x16]) == .generalProtection)
    #expect(core.mxcsr == .initial)
    interpreter.memory.store(0x2_FFFF as UInt32, at: VectorInterpreter.operandAddress)
    #expect(interpreter.execute([0x0F, 0xAE, 0x16]) == nil)
    #expect(core.mxcsr == .implemented)
  }

  // MARK: SSE4A

  @Test func bitFieldsAreExtractedAndInserted() {
    Lane(0x1234_5678_9ABC_DEF0, ~0).store(at: core.vectorRegister(1))
    // EXTRQ xmm1, 12, 8: length, then position.
    #expect(interpreter.execute([0x66, 0x0F, 0x78, 0xC1, 12, 8]) == nil)
    #expect(core.xmm(1).low == 0xCDE)
    Lane(0x1234_5678_9ABC_DEF0).store(at: core.vectorRegister(1))
    Lane(0xFFF).store(at: core.vectorRegister(2))
    // INSERTQ xmm1, xmm2, 8, 16.
    #expect(interpreter.execute([0xF2, 0x0F, 0x78, 0xCA, 8, 16]) == nil)
    #expect(core.xmm(1).low == 0x1234_5678_9AFF_DEF0)
  }
}
