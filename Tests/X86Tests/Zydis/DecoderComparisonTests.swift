import Foundation
import Testing
import X86

/// Strata's decoder against one by others. `Tests/compare-decoder` runs this for longer, and writes the table of
/// `Documentation/DecoderComparison.md`.
@Suite("Decoder and Zydis")
struct DecoderComparisonTests {
  #if DEBUG
    private static let randomCases = 50_000
    private static let share = 500
  #else
    private static let randomCases = 10_000_000
    private static let share = 1
  #endif

  @Test("Zydis takes every encoding as we do, except where we can say why")
  func comparison() async throws {
    _ = try #require(ZydisDecoder(), "Zydis is missing, or was when this was built: run Tests/setup")
    let environment = ProcessInfo.processInfo.environment
    let randomCases = environment["STRATA_DECODER_CASES"].flatMap(Int.init) ?? Self.randomCases

    let systematic = try await Self.inEveryMode { mode, comparison in
      var number = 0
      var encodings = SystematicEncodings(mode)
      encodings.forEach { bytes in
        if number % Self.share == 0 { comparison.compare(bytes, mode) }
        number += 1
      }
    }
    let random = try await Self.inEveryMode { mode, comparison in
      var encodings = RandomEncodings(seed: UInt64(mode.rawValue))
      for _ in 0..<randomCases { encodings.next { comparison.compare($0, mode) } }
    }

    for tally in systematic + random { expectExplained(tally) }
    if Self.share == 1 { expectEverything(systematic) }
    if let path = environment["STRATA_DECODER_TABLE"] {
      let report = DecoderComparisonReport(systematic: systematic, random: random)
      try report.text.write(toFile: path, atomically: true, encoding: .utf8)
    }
  }

  /// Compares in all modes at once; the tallies are in the order of the modes.
  private static func inEveryMode(
    _ body: @escaping @Sendable (CodeMode, inout DecoderComparison) -> Void
  ) async throws -> [DecoderTally] {
    try await withThrowingTaskGroup(of: (CodeMode, DecoderTally).self) { group in
      for mode in CodeMode.allCases {
        group.addTask {
          var comparison = DecoderComparison(try #require(ZydisDecoder()))
          body(mode, &comparison)
          return (mode, comparison.tally)
        }
      }
      var tallies = CodeMode.allCases.map { _ in DecoderTally() }
      for try await (mode, tally) in group { tallies[Int(mode.rawValue)] = tally }
      return tallies
    }
  }

  private func expectExplained(_ tally: DecoderTally) {
    #expect(tally.compared > 0)
    for (kind, found) in tally.unexplained.sorted(by: { $0.key < $1.key }).prefix(20) {
      Issue.record("\(found.count) times \(kind), first \(found.example)")
    }
  }

  /// Nothing that we decode was left out, and no explanation is for what does not happen.
  private func expectEverything(_ tallies: [DecoderTally]) {
    var all = DecoderTally()
    for tally in tallies { all.add(tally) }
    #expect(all.missedOperations.isEmpty)
    for (index, difference) in KnownDifference.all.enumerated() {
      #expect(all.differences[index] > 0, "nothing needs the explanation \(difference.name)")
    }
  }
}
