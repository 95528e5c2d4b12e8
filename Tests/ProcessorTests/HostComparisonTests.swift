#if arch(x86_64) && os(Linux)
  import HostProcessor
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
      for form in family.forms where isOnHost(form) {
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

    private func isOnHost(_ form: HostComparisonForm) -> Bool {
      switch form.name {
      case "movbe": host_has_movbe()
      case "popcnt", "crc32", "cmpxchg8b": host_has_integer_features_of_level_2()
      default: true
      }
    }
  }
#endif
