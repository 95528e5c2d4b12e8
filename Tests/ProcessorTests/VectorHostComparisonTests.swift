#if arch(x86_64)
  import HostProcessor
  import Testing
  import X86

  @testable import Processor

  /// Every instruction is executed by a processor and by the host's own processor, from the same states.
  struct VectorHostComparisonTests {
    #if DEBUG
      private static let casesOfForm = 20
    #else
      private static let casesOfForm = 1000
    #endif

    @Test(arguments: VectorEncodings.families + VEXEncodings.families)
    func executesAsTheHostDoes(_ family: VectorEncodings.Family) throws {
      let interpreter = try #require(VectorInterpreter())
      let host = try #require(VectorHost())
      var generator = VectorOperandGenerator(seed: 0x5EED)
      let encodings = family.encodings
      let counts = VectorEncodings.Family.counts(encodings)
      for encoding in encodings where Self.hostHas(encoding) {
        let rounds = max(Self.casesOfForm / (counts[encoding.name] ?? 1), 8)
        for _ in 0..<rounds {
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

    private static func hostHas(_ encoding: VectorEncodings.Encoding) -> Bool {
      var instruction = Instruction()
      encoding.bytes.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        _ = Decoder.decode(base, count: bytes.count, mode: .bits64, into: &instruction)
      }
      return instruction.feature.isOnHost && (!instruction.prefixes.contains(.vex) || host_has_avx())
    }
  }
#endif
