#if arch(x86_64) && os(Linux)
  import Testing

  @Suite("Comparison with the host's processor", .serialized)
  struct HostComparisonTests {
    #if DEBUG
      private static let rounds = 20
    #else
      private static let rounds = 1000
    #endif

    @Test("Every integer form does what it does on the host", arguments: HostComparisonForms.families)
    func forms(_ family: HostComparisonForms.Family) throws {
      let comparison = try #require(HostComparison())
      for form in family.forms where form.isOnHost {
        for width in form.widths {
          for round in 0..<Self.rounds {
            let seed = UInt64(round)
            var generator = HostComparisonGenerator(seed: seed)
            guard let start = generator.instruction(form, width: width) else { continue }
            guard let difference = comparison.difference(start) else { continue }
            Issue.record("\(form), \(width) bytes, seed \(seed): \(difference): \(start)")
            break
          }
        }
      }
    }

    @Test("Random programs leave what they leave on the host, in whatever portions they are executed")
    func programs() throws {
      let comparison = try #require(HostComparison())
      for seed in 0..<UInt64(Self.rounds * 20) {
        let start = HostComparisonProgram.random(seed: seed)
        guard let difference = comparison.differenceInPortions(start) else { continue }
        Issue.record("program \(seed): \(difference): \(start)")
        break
      }
    }
  }
#endif
