import HostFloatingPoint
import SoftwareFloatingPoint
import Testing

@testable import Processor

/// Instructions of this host, and what other hosts compute by integers in their place.
struct VectorOperationComparison {
  let pairs: [(HostVectorFunction, any VectorOperation)]
  /// What the operands are made of.
  let elements: VectorOperandGenerator.Elements
  let seed: UInt64

  /// Expects the same results and exceptions, for 5000 cases of each pair with every exception masked.
  func run() {
    var generator = VectorOperandGenerator(seed: seed)
    for (index, (instruction, operation)) in pairs.enumerated() {
      for _ in 0..<5000 {
        let scenario = generator.scenario(elements)
        var first = Lane(scenario.area[at: 160], scenario.area[at: 168])
        var second = Lane(scenario.area[at: 176], scenario.area[at: 184])
        let control = scenario.mxcsr & ~0x3F | 0x1F80
        var expected = Lane()
        let flags = instruction(control, &expected, &first, &second)
        var raised: FloatingPointExceptions = []
        let actual = Lane(
          operation(first.halves, second.halves, in: ComputingEnvironment(mxcsr: control), raising: &raised))
        guard actual != expected || UInt32(raised.rawValue) != flags else { continue }
        Issue.record(
          "\(index): \(first) and \(second) under \(hex(UInt64(control))): \(actual), not \(expected)")
        break
      }
    }
  }
}
