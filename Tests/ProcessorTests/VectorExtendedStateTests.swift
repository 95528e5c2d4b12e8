import Testing
import X86

@testable import Processor

/// XSAVE and XRSTOR (APM volume 2, 11.5).
struct VectorExtendedStateTests {
  let interpreter: VectorInterpreter
  var core: Core { interpreter.core }

  private static let xsave: [UInt8] = [0x48, 0x0F, 0xAE, 0x26]
  private static let xsaveopt: [UInt8] = [0x48, 0x0F, 0xAE, 0x36]
  private static let xsavec: [UInt8] = [0x48, 0x0F, 0xC7, 0x26]
  private static let xrstor: [UInt8] = [0x48, 0x0F, 0xAE, 0x2E]
  private static let xgetbv: [UInt8] = [0x0F, 0x01, 0xD0]
  private static let xsetbv: [UInt8] = [0x0F, 0x01, 0xD1]
  private static let area = VectorInterpreter.operandAddress

  init() throws {
    interpreter = try #require(VectorInterpreter())
    core.resetX87()
    core.state.xcr0 = [.x87, .sse, .avx]
    core.setGeneral(GeneralRegister.rsi, Self.area)
    select([.x87, .sse, .avx])
  }

  private func select(_ components: XCR0) {
    core.setGeneral(GeneralRegister.rax, components.rawValue)
    core.setGeneral(GeneralRegister.rdx, 0)
  }

  private func word(_ offset: UInt64) -> UInt64? {
    interpreter.memory.load(Self.area + offset, as: UInt64.self)
  }

  private func put(_ value: UInt64, _ offset: UInt64) {
    interpreter.memory.store(value, at: Self.area + offset)
  }

  @Test func saveTellsWhichComponentsAreInUse() {
    Lane(1).store(at: core.vectorRegister(3))
    put(0xFF00, 512)
    #expect(interpreter.execute(Self.xsave) == nil)
    // Bits that were not asked for stay.
    #expect(word(512) == 0xFF02)
    #expect(word(160 + 48) == 1)
    #expect(word(0) == 0x37F)
  }

  @Test func optimisedSavesLeaveInitialComponentsOut() {
    Lane(1).store(at: core.vectorRegister(3) + 16)
    put(0xAAAA, 0)
    put(0xAAAA, 160)
    #expect(interpreter.execute(Self.xsaveopt) == nil)
    #expect(word(512) == 4)
    #expect(word(0) == 0xAAAA)
    #expect(word(160) == 0xAAAA)
    #expect(word(576 + 48) == 1)
  }

  @Test func compactedSavesTellTheirLayout() {
    core.mxcsr.insert(.flushToZero)
    select([.x87, .sse])
    put(~0, 528)
    #expect(interpreter.execute(Self.xsavec) == nil)
    #expect(word(520) == 0x8000_0000_0000_0003)
    // MXCSR makes the SSE state in use; the rest of the header is not written.
    #expect(word(512) == 2)
    #expect(word(528) == ~0)
  }

  @Test func restoringResetsComponentsThatAreNotThere() {
    #expect(interpreter.execute(Self.xsave) == nil)
    put(0, 512)
    Lane(1, 2).store(at: core.vectorRegister(3))
    Lane(3, 4).store(at: core.vectorRegister(3) + 16)
    #expect(interpreter.execute([0xD9, 0xE8]) == nil)
    select([.x87, .sse])
    #expect(interpreter.execute(Self.xrstor) == nil)
    #expect(core.xmm(3) == Lane())
    #expect(core.isX87Initial)
    // What was not asked for stays.
    #expect(Lane(at: core.vectorRegister(3) + 16) == Lane(3, 4))
  }

  @Test func aRoundTripKeepsEverything() {
    for number in 0..<16 as Range<UInt8> {
      Lane(UInt64(number), ~0).store(at: core.vectorRegister(number))
      Lane(~0, UInt64(number)).store(at: core.vectorRegister(number) + 16)
    }
    #expect(interpreter.execute([0xD9, 0xEB]) == nil)
    let pi = core.x87Register(0)
    for save in [Self.xsave, Self.xsaveopt, Self.xsavec] {
      for offset in stride(from: 0, to: 832, by: 8) as StrideTo<UInt64> { put(0, offset) }
      #expect(interpreter.execute(save) == nil)
      core.resetX87()
      for number in 0..<16 as Range<UInt8> {
        Lane().store(at: core.vectorRegister(number))
        Lane().store(at: core.vectorRegister(number) + 16)
      }
      #expect(interpreter.execute(Self.xrstor) == nil)
      #expect(core.x87Register(0) == pi)
      #expect(core.xmm(15) == Lane(15, ~0))
      #expect(Lane(at: core.vectorRegister(15) + 16) == Lane(~0, 15))
    }
  }

  /// A component that XCR0 lacks; reserved bytes; a compacted area without the components that it holds, and
  /// one with a component that XCR0 lacks.
  private static let invalidHeaders: [(offset: UInt64, value: UInt64)] = [
    (512, 1 << 9), (520, 1), (528, 1), (520, 1 << 63), (520, 1 << 63 | 1 << 9),
  ]

  @Test(arguments: invalidHeaders)
  func restoringRefusesHeadersThatMakeNoSense(_ offset: UInt64, _ value: UInt64) {
    #expect(interpreter.execute([0xD9, 0xE8]) == nil)
    #expect(interpreter.execute(Self.xsave) == nil)
    #expect(interpreter.execute(Self.xrstor) == nil)
    put(value, offset)
    #expect(interpreter.execute(Self.xrstor) == .generalProtection)
  }

  @Test func areasAreAlignedAndTheSystemMustHaveEnabledThem() {
    core.setGeneral(GeneralRegister.rsi, Self.area + 32)
    #expect(interpreter.execute(Self.xsave) == .generalProtection)
    core.state.cr4.remove(.osxsave)
    #expect(interpreter.execute(Self.xsave) == .invalidOpcode)
    #expect(interpreter.execute(Self.xgetbv) == .invalidOpcode)
  }

  @Test func theControlRegisterIsGuarded() {
    core.setGeneral(GeneralRegister.rcx, 0)
    for invalid in [[], .sse, [.x87, .avx], [.x87, .sse, .opmask]] as [XCR0] {
      select(invalid)
      #expect(interpreter.execute(Self.xsetbv) == .generalProtection)
    }
    select([.x87, .sse])
    #expect(interpreter.execute(Self.xsetbv) == nil)
    #expect(core.state.xcr0 == [.x87, .sse])
    core.setGeneral(GeneralRegister.rcx, 1)
    #expect(interpreter.execute(Self.xsetbv) == .generalProtection)
    // Which components are in use.
    Lane(1).store(at: core.vectorRegister(0))
    #expect(interpreter.execute(Self.xgetbv) == nil)
    #expect(core.general(GeneralRegister.rax) == 3)
    core.setGeneral(GeneralRegister.rcx, 0)
    core.state.privilegeLevel = 3
    core.updateContext()
    #expect(interpreter.execute(Self.xsetbv) == .generalProtection)
    #expect(interpreter.execute(Self.xgetbv) == nil)
  }
}
