import X86

@testable import Processor

/// How many cases of each form of the decoder's tables are compared with the host's processor.
struct InstructionCoverage {
  /// Cases of integer instructions, and of vector instructions whose exceptions are masked.
  private(set) var results: [DecoderForm: Int] = [:]
  /// Cases of vector instructions with unmasked exceptions and memory that may not be there.
  private(set) var exceptions: [DecoderForm: Int] = [:]

  /// What the comparison does with a fixed seed on a host that has every instruction.
  init(cases: Int, seed: UInt64) {
    for subject in (ComparisonPlan.integers + ComparisonPlan.results).flatMap(\.subjects) {
      count(subject, cases: cases, seed: seed, in: &results)
    }
    for subject in ComparisonPlan.exceptions.flatMap(\.subjects) {
      count(subject, cases: cases, seed: seed, in: &exceptions)
    }
  }

  private func count(
    _ subject: ComparisonSubject, cases: Int, seed: UInt64, in counts: inout [DecoderForm: Int]
  ) {
    let count = subject.count(cases)
    switch subject.kind {
    case .results(let encoding, _), .exceptions(let encoding, _):
      if let form = DecoderForm(encoding.bytes) { counts[form, default: 0] += count }
    case .integer:
      for number in 0..<UInt64(count) {
        guard let start = subject.program(number, seed: seed), let form = DecoderForm(start.bytes) else {
          continue
        }
        counts[form, default: 0] += 1
      }
    case .programs: break
    }
  }

  // MARK: The table

  /// A form that the processor executes.
  private struct Row {
    var form: DecoderForm
    var example: Instruction
    var results: Int
    var exceptions: Int

    var start: String { "| `\(form.encoding)` | `\(example)` | " }
  }

  private var rows: [Row] {
    DecoderForm.all.compactMap { form in
      guard let example = form.example, Self.isImplemented(example) else { return nil }
      return Row(
        form: form, example: example, results: results[form] ?? 0, exceptions: exceptions[form] ?? 0)
    }
  }

  /// The generated part of the document, and the forms with fewer cases than `minimum` and no reason for it.
  func table(minimum: Int) -> (lines: [String], unexplained: [String]) {
    let rows = rows
    let compared = rows.filter { $0.results >= minimum }
    let others = rows.filter { $0.results < minimum }
    let cases = rows.reduce(0) { $0 + $1.results + $1.exceptions }
    let lines =
      [
        "\(rows.count) forms: \(compared.count) are compared with the host in at least \(minimum) cases each,",
        "\(cases) cases in all, and \(others.count) are not.",
        "", "### Compared", "", "| encoding | example | cases | cases with unmasked exceptions |",
        "|---|---|---:|---:|",
      ]
      + compared.map { $0.start + "\($0.results) | \($0.exceptions == 0 ? "" : "\($0.exceptions)") |" }
      + ["", "### Not compared, or in fewer cases", "", "| encoding | example | cases | because |"]
      + ["|---|---|---:|---|"]
      + others.map { $0.start + "\($0.results) | \($0.form.reasonForNoComparison ?? "NO REASON GIVEN") |" }
    let unexplained = others.filter { $0.form.reasonForNoComparison == nil }
    return (lines, unexplained.map { "\($0.form.encoding) \($0.example): \($0.results) cases" })
  }

  private static func isImplemented(_ instruction: Instruction) -> Bool {
    guard ProcessorModel.complete.offers(instruction.feature) else { return false }
    return integerHandler(for: instruction) != nil || systemHandler(for: instruction) != nil
      || vectorHandler(for: instruction) != nil || x87Handler(for: instruction) != nil
  }
}
