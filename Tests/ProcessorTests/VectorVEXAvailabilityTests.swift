import Testing
import X86

@testable import Processor

/// When VEX-encoded instructions are there (APM volume 3, 1.2.7), and what they do to the upper halves.
struct VectorVEXAvailabilityTests {
  let interpreter: VectorInterpreter
  var core: Core { interpreter.core }

  private static let vmovaps: [UInt8] = [0xC5, 0xF8, 0x28, 0xCA]
  private static let vaddps: [UInt8] = [0xC5, 0xF0, 0x58, 0xCA]
  private static let vfmadd: [UInt8] = [0xC4, 0xE2, 0x71, 0x98, 0xCA]
  private static let vpermq: [UInt8] = [0xC4, 0xE3, 0xFD, 0x00, 0xCA, 0x1B]
  private static let vzeroupper: [UInt8] = [0xC5, 0xF8, 0x77]
  private static let vstmxcsr: [UInt8] = [0xC5, 0xF8, 0xAE, 0x1E]
  private static let all = [vmovaps, vaddps, vfmadd, vpermq, vzeroupper, vstmxcsr]

  init() throws {
    interpreter = try #require(VectorInterpreter())
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress)
  }

  /// As fetched and executed; `nil` for a fault.
  private func run(_ bytes: [UInt8], from scenario: VectorScenario = VectorScenario()) -> VectorScenario? {
    interpreter.run(bytes, from: scenario)
  }

  @Test func theSystemMustHaveEnabledTheState() {
    for bytes in Self.all {
      #expect(interpreter.execute(bytes) == nil)
      core.state.xcr0 = [.x87, .sse]
      #expect(interpreter.execute(bytes) == .invalidOpcode)
      core.state.xcr0 = [.x87, .sse, .avx]
      core.state.cr4.remove(.osxsave)
      #expect(interpreter.execute(bytes) == .invalidOpcode)
      core.state.cr4.insert(.osxsave)
    }
  }

  @Test func theControlsOfSSEDoNotMatterButTaskSwitchesDo() {
    core.state.cr4.remove(.osfxsr)
    core.state.cr0.insert(.emulation)
    for bytes in Self.all { #expect(interpreter.execute(bytes) == nil) }
    core.state.cr0.insert(.taskSwitched)
    for bytes in Self.all { #expect(interpreter.execute(bytes) == .deviceNotAvailable) }
    core.state.cr4.remove(.osxsave)
    for bytes in Self.all { #expect(interpreter.execute(bytes) == .invalidOpcode) }
  }

  @Test func frequentFormsHeedTheSameControls() {
    #expect(run(Self.vmovaps) != nil)
    core.state.xcr0 = [.x87, .sse]
    #expect(run(Self.vmovaps) == nil)
    core.state.xcr0 = [.x87, .sse, .avx]
    core.state.cr0.insert(.taskSwitched)
    #expect(run(Self.vmovaps) == nil)
    core.state.cr0.remove(.taskSwitched)
    core.state.cr4.remove(.osxsave)
    #expect(run(Self.vmovaps) == nil)
  }

  @Test func thereIsNoVEXInRealMode() {
    core.state.cr0.remove(.protectionEnable)
    core.state.efer = []
    core.state.codeMode = .bits16
    core.updateContext()
    #expect(interpreter.execute(Self.vmovaps) == .invalidOpcode)
    core.state.cr0.insert(.protectionEnable)
    core.updateContext()
    #expect(interpreter.execute(Self.vmovaps) == nil)
  }

  @Test func onlyVEXClearsUpperHalves() throws {
    var scenario = VectorScenario()
    scenario.mxcsr = 0x1F80
    scenario.area[at: VectorScenario.upperYMM(1)] = 5 as UInt64
    let legacy = try #require(run([0x0F, 0x28, 0xCA], from: scenario))
    #expect(legacy.area[at: VectorScenario.upperYMM(1)] == 5 as UInt64)
    let vex = try #require(run(Self.vmovaps, from: scenario))
    #expect(vex.area[at: VectorScenario.upperYMM(1)] == 0 as UInt64)
  }

  @Test func sixteenBytesNeedNoAlignmentWhereTheInstructionComputes() {
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress + 8)
    // VADDPS xmm1, xmm1, [rsi]; VMOVAPS xmm1, [rsi]; VMOVAPS ymm1, [rsi]; VMOVNTDQA.
    #expect(interpreter.execute([0xC5, 0xF0, 0x58, 0x0E]) == nil)
    #expect(interpreter.execute([0xC5, 0xF8, 0x28, 0x0E]) == .generalProtection)
    #expect(interpreter.execute([0xC4, 0xE2, 0x79, 0x2A, 0x0E]) == .generalProtection)
    core.setGeneral(GeneralRegister.rsi, VectorInterpreter.operandAddress + 16)
    #expect(interpreter.execute([0xC5, 0xF8, 0x28, 0x0E]) == nil)
    #expect(interpreter.execute([0xC5, 0xFC, 0x28, 0x0E]) == .generalProtection)
    #expect(interpreter.execute([0xC5, 0xFC, 0x10, 0x0E]) == nil)
  }
}
