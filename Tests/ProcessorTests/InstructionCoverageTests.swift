import Foundation
import Testing

/// The table in `Documentation/InstructionCoverage.md` says what the comparison does.
struct InstructionCoverageTests {
  @Test func subjectsHaveNamesOfTheirOwn() {
    let names = ComparisonPlan.parts.flatMap { $0.subjects.map(\.name) }
    let repeated = Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    #expect(repeated == [])
  }

  // A debug build takes minutes to make a million cases.
  #if !DEBUG
    @Test(
      "Every form is compared in a thousand cases or says why not, and the committed table is the right one")
    func table() throws {
      let minimum = ComparisonSettings.casesInTable
      let (lines, unexplained) = InstructionCoverage(cases: minimum, seed: 0).table(minimum: minimum)
      #expect(unexplained == [])
      let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Documentation/InstructionCoverage.md")
      let document = try String(contentsOf: url, encoding: .utf8)
      let start = try #require(document.range(of: Self.marker)).upperBound
      let expected = "\n\n" + lines.joined(separator: "\n") + "\n"
      if ComparisonSettings.writesTable {
        try (document[..<start] + expected).write(to: url, atomically: true, encoding: .utf8)
      } else {
        #expect(
          document[start...] == expected,
          "Documentation/InstructionCoverage.md: run Tests/compare --write-table")
      }
    }

    /// What comes after this line is generated.
    private static let marker = "## Form by form"
  #endif
}
