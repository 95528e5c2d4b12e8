import HostFloatingPoint
import SoftwareFloatingPoint
import Testing

@testable import Processor

#if arch(x86_64)
  /// What other hosts compute by integers without overflow and underflow, against this host's instructions.
  struct SoftwareFunctionTests {
    private typealias Software =
      @Sendable (
        SIMD2<UInt64>, SIMD2<UInt64>, ComputingEnvironment, inout FloatingPointExceptions
      ) -> SIMD2<UInt64>

    private static func function(_ function: VectorFunction) -> Software {
      { function($0, $1, in: $2, raising: &$3) }
    }

    private static func conversion(_ conversion: VectorConversion) -> Software {
      { conversion($0, $1, in: $2, raising: &$3) }
    }

    private static let singles: [(HostVectorFunction, Software)] = [
      (host_minps, function(.minimum(.packedSingle))), (host_minss, function(.minimum(.scalarSingle))),
      (host_maxps, function(.maximum(.packedSingle))), (host_maxss, function(.maximum(.scalarSingle))),
      (host_sqrtps, function(.squareRoot(.packedSingle))),
      (host_sqrtss, function(.squareRoot(.scalarSingle))),
      (host_cmpeqps, function(.equal(.packedSingle))), (host_cmpltps, function(.less(.packedSingle))),
      (host_cmpleps, function(.lessOrEqual(.packedSingle))),
      (host_cmpunordss, function(.unordered(.scalarSingle))),
      (host_roundps, function(.roundToIntegral(.packedSingle))),
      (host_roundss, function(.roundToIntegral(.scalarSingle))),
      (host_cvtss2sd, conversion(.singleToDouble)), (host_cvtps2pd, conversion(.singlesToDoubles)),
      (host_cvtdq2ps, conversion(.integersToSingles)), (host_cvtdq2pd, conversion(.integersToDoubles)),
      (host_cvtps2dq, conversion(.toIntegers(.packedSingle))),
      (host_cvttps2dq, conversion(.truncateToIntegers(.packedSingle))),
    ]

    private static let doubles: [(HostVectorFunction, Software)] = [
      (host_minpd, function(.minimum(.packedDouble))), (host_maxsd, function(.maximum(.scalarDouble))),
      (host_sqrtpd, function(.squareRoot(.packedDouble))),
      (host_sqrtsd, function(.squareRoot(.scalarDouble))),
      (host_cmpeqsd, function(.equal(.scalarDouble))), (host_cmpltpd, function(.less(.packedDouble))),
      (host_cmplepd, function(.lessOrEqual(.packedDouble))),
      (host_cmpunordpd, function(.unordered(.packedDouble))),
      (host_roundpd, function(.roundToIntegral(.packedDouble))),
      (host_roundsd, function(.roundToIntegral(.scalarDouble))),
      (host_cvtpd2dq, conversion(.toIntegers(.packedDouble))),
      (host_cvttpd2dq, conversion(.truncateToIntegers(.packedDouble))),
    ]

    private func compare(
      _ functions: [(HostVectorFunction, Software)], _ elements: VectorOperandGenerator.Elements
    ) {
      var generator = VectorOperandGenerator(seed: 0x55F)
      for (index, (instruction, software)) in functions.enumerated() {
        for _ in 0..<5000 {
          let scenario = generator.scenario(elements)
          var first = Lane(scenario.area[at: 160], scenario.area[at: 168])
          var second = Lane(scenario.area[at: 176], scenario.area[at: 184])
          let control = scenario.mxcsr & ~0x3F | 0x1F80
          var expected = Lane()
          let flags = instruction(control, &expected, &first, &second)
          var raised: FloatingPointExceptions = []
          let actual = Lane(
            software(first.halves, second.halves, ComputingEnvironment(mxcsr: control), &raised))
          guard actual != expected || UInt32(raised.rawValue) != flags else { continue }
          Issue.record(
            "\(index): \(first) and \(second) under \(hex(UInt64(control))): \(actual), not \(expected)")
          break
        }
      }
    }

    @Test func functionsOfSinglePrecisionAreThoseOfTheInstructions() { compare(Self.singles, .singles) }
    @Test func functionsOfDoublePrecisionAreThoseOfTheInstructions() { compare(Self.doubles, .doubles) }

    /// RCPSS and RSQRTSS promise 12 bits (SDM volume 2).
    @Test func reciprocalsAreNearThoseOfTheInstructions() {
      var numbers = HostComparisonNumbers(seed: 0x9C9)
      let functions: [(HostVectorFunction, VectorFunction)] = [
        (host_rcpss, .reciprocal(.scalarSingle)), (host_rsqrtss, .reciprocalSquareRoot(.scalarSingle)),
      ]
      for (instruction, function) in functions {
        for number in 0..<10_000 {
          let bits = number < 512 ? UInt64(number) << 23 : numbers.next() & 0xFFFF_FFFF
          var operand = Lane(bits)
          var expected = Lane()
          _ = instruction(0x1F80, &expected, &operand, &operand)
          var raised: FloatingPointExceptions = []
          let result = function(
            operand.halves, operand.halves, in: ComputingEnvironment(mxcsr: 0x1F80), raising: &raised)
          let right = Float(bitPattern: UInt32(truncatingIfNeeded: expected.low))
          let actual = Float(bitPattern: UInt32(truncatingIfNeeded: result[0]))
          let isNear =
            right.isFinite && right != 0
            ? abs(actual - right) <= abs(right) * 0x1p-11
              // At the edge of the range approximations may be flushed where the exact value is not.
              || abs(right) < 0x1.01p-126 && abs(actual) < 0x1.01p-126
            : UInt32(truncatingIfNeeded: expected.low) == UInt32(truncatingIfNeeded: result[0])
              || abs(right) == 0 && abs(actual) < 0x1.01p-126
          guard !isNear || !raised.isEmpty else { continue }
          Issue.record("\(hex(bits)): \(actual), not \(right)")
          break
        }
      }
    }
  }
#endif
