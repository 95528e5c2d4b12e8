import Testing

@testable import Processor

/// Random bytes as code.
@Suite("Hostile code")
struct RunLoopRobustnessTests {
  #if DEBUG
    private static let rounds = 3
  #else
    private static let rounds = 24
  #endif
  private static let portionsPerRound = 200

  @Test(
    "No code traps or stalls the host; it retires what it was granted, the same one by one or in blocks",
    arguments: RunLoopRandomCode.Mode.allCases)
  func randomCode(_ mode: RunLoopRandomCode.Mode) throws {
    for seed in 0..<UInt64(Self.rounds) {
      var inBlocks = try #require(RunLoopRandomCode(mode, seed: seed))
      var oneByOne = try #require(RunLoopRandomCode(mode, seed: seed))
      for portion in 0..<Self.portionsPerRound {
        guard let outcome = inBlocks.step(.whole), let expected = oneByOne.step(.single) else {
          Issue.record("the host has no memory for another machine")
          return
        }
        guard outcome.retired >= 0, expected.retired >= 0, outcome.retired == expected.retired,
          outcome.digest == expected.digest
        else {
          Issue.record(
            "\(mode), seed \(seed), portion \(portion): \(outcome) in blocks, \(expected) one by one")
          break
        }
      }
    }
  }
}
