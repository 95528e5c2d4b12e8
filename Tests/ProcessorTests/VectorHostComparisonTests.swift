#if arch(x86_64)
  import Testing

  @testable import Processor

  /// Every instruction is executed by a processor and by the host's own processor, from the same states.
  struct VectorHostComparisonTests {
    @Test(arguments: VectorEncodings.families)
    func executesAsTheHostDoes(_ family: VectorEncodings.Family) throws {
      let interpreter = try #require(VectorInterpreter())
      let host = try #require(VectorHost())
      var generator = VectorOperandGenerator(seed: 0x5EED)
      for encoding in family.encodings {
        for _ in 0..<family.rounds {
          let scenario = generator.scenario(family.elements)
          let expected = host.execute(encoding.bytes, from: scenario).comparable
          let actual = interpreter.run(encoding.bytes, from: scenario)?.comparable
          if actual != expected {
            let difference = actual?.differences(from: expected) ?? "it faults"
            let start = scenario.differences(from: VectorScenario())
            Issue.record("\(encoding): \(difference)\nfrom \(start)")
            break
          }
        }
      }
    }
  }
#endif
