import Machine
import Testing

@testable import strata

@Suite struct RunEndingTests {
  private static let endings: [RunEnding] = [
    .powerOff, .reset, .tripleFault(processor: 1), .instructionLimit, .timeLimit, .deadlock, .left,
    .outputFailed(32), .signal(1), .signal(2), .signal(3), .signal(15),
  ]

  @Test func everyEndingHasACodeAndANameOfItsOwn() {
    #expect(Set(Self.endings.map(\.exitCode.rawValue)).count == Self.endings.count)
    let names = Self.endings.map(\.name)
    #expect(Set(names).count == names.count - 3)
  }

  @Test func onlyPowerOffIsSuccess() {
    #expect(Self.endings.filter { $0.exitCode.isSuccess } == [.powerOff])
  }

  @Test func aMachineThatCameToItsEndNeverHasAnOddCode() {
    for ending in Self.endings.prefix(7) { #expect(ending.exitCode.rawValue % 2 == 0) }
  }

  @Test func theDebugExitGivesTheLowByteOfItsCode() {
    #expect(RunEnding.debugExit(code: 0x10 << 1 | 1).exitCode.rawValue == 33)
    #expect(RunEnding.debugExit(code: 0x1FF).exitCode.rawValue == 255)
  }

  @Test func aSignalEndsAsInAShell() {
    #expect(RunEnding.signal(15).exitCode.rawValue == 143)
  }

  @Test func everyEventOfAMachineIsAnEndingButTheOneThatSomebodyAskedFor() {
    #expect(RunEnding(.tripleFault(processor: 3)) == .tripleFault(processor: 3))
    #expect(RunEnding(.deadlock) == .deadlock)
    #expect(RunEnding(.stopped) == nil)
  }

  @Test func helpListsEveryCode() {
    for ending in Self.endings {
      let code = "\(ending.exitCode.rawValue)"
      #expect(RunEnding.table.split { !$0.isNumber }.contains { $0 == code }, "\(ending)")
    }
  }
}
