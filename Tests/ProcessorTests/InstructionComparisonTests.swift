#if arch(x86_64) && os(Linux)
  import HostProcessor
  import Testing

  private let settings = ComparisonSettings.fromEnvironment

  extension NativeExecution {
    @Suite("Instructions as programs")
    struct InstructionComparisonTests {
      @Test("Integer instructions do what they do on the host", arguments: ComparisonPlan.integers)
      func integers(_ part: ComparisonPart) throws {
        try compareNatively(part) { $0.difference($1) }
      }

      @Test(
        "Vector instructions fault, or do not, as they do on the host",
        .enabled(
          if: host_has_avx(), "the state is exchanged by XSAVE with AVX, which the host does not have"),
        arguments: ComparisonPlan.exceptions)
      func exceptions(_ part: ComparisonPart) throws {
        try compareNatively(part) { $0.difference($1) }
      }

      @Test("Random programs leave what they leave on the host, in whatever portions they are executed")
      func programs() throws {
        try compareNatively(ComparisonPlan.programs) { $0.differenceInPortions($1) }
      }

      private func compareNatively(
        _ part: ComparisonPart, by difference: (HostComparison, HostComparisonCase) -> String?
      ) throws {
        let comparison = try #require(HostComparison())
        compare(part) { subject, number in
          guard let start = subject.program(number, seed: settings.seed),
            let what = difference(comparison, start)
          else { return nil }
          return Difference(what: what, start: "\(start)")
        }
      }
    }
  }

  @Suite("Vector results here and on the host's processor")
  struct VectorResultComparisonTests {
    @Test("Vector instructions compute what they compute on the host", arguments: ComparisonPlan.results)
    func results(_ part: ComparisonPart) throws {
      let interpreter = try #require(VectorInterpreter())
      let host = try #require(VectorHost())
      compare(part) { subject, number in
        guard case .results(let encoding, let elements) = subject.kind else { return nil }
        let start = subject.scenario(number, seed: settings.seed, elements)
        let expected = host.execute(encoding.bytes, from: start).comparable
        let actual = interpreter.run(encoding.bytes, from: start)?.comparable
        guard actual != expected else { return nil }
        return Difference(
          what: actual?.differences(from: expected) ?? "it faults",
          start: start.differences(from: VectorScenario()))
      }
    }

    @Test("The form that is asked for exists")
    func formExists() {
      guard let subject = settings.subject else { return }
      #expect(ComparisonPlan.names.contains { $0.contains(subject) }, "no form's name contains '\(subject)'")
    }
  }

  /// What differs in a case, and the state from which it started, for people.
  private struct Difference {
    var what: String
    var start: String
  }

  /// Executes all cases of a part, and records the first of each subject that differs in one line.
  private func compare(
    _ part: ComparisonPart, _ difference: (ComparisonSubject, UInt64) -> Difference?
  ) {
    var count = 0
    for subject in settings.subjects(of: part) where subject.isOnHost {
      for number in settings.numbers(of: subject) {
        count += 1
        guard let difference = difference(subject, number) else { continue }
        let start = settings.onlyCase == nil ? "" : " from \(difference.start)"
        Issue.record("\(subject.command(number, seed: settings.seed)): \(difference.what)\(start)")
        break
      }
    }
    if settings.isCounting, count > 0 { print("compared \(count) cases: \(part)") }
  }
#endif
