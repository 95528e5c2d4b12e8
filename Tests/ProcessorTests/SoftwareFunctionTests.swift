import HostFloatingPoint
import SoftwareFloatingPoint
import Testing

@testable import Processor

#if arch(x86_64)
  /// What other hosts compute by integers without overflow and underflow, against this host's instructions.
  struct SoftwareFunctionTests {
    private static let singles: [(HostVectorFunction, any VectorOperation)] = [
      (host_minps, VectorFunction.minimum(.packedSingle)),
      (host_minss, VectorFunction.minimum(.scalarSingle)),
      (host_maxps, VectorFunction.maximum(.packedSingle)),
      (host_maxss, VectorFunction.maximum(.scalarSingle)),
      (host_sqrtps, VectorFunction.squareRoot(.packedSingle)),
      (host_sqrtss, VectorFunction.squareRoot(.scalarSingle)),
      (host_cmpeqps, VectorFunction.equal(.packedSingle)), (host_cmpltps, VectorFunction.less(.packedSingle)),
      (host_cmpleps, VectorFunction.lessOrEqual(.packedSingle)),
      (host_cmpunordss, VectorFunction.unordered(.scalarSingle)),
      (host_roundps, VectorFunction.roundToIntegral(.packedSingle)),
      (host_roundss, VectorFunction.roundToIntegral(.scalarSingle)),
      (host_cvtss2sd, VectorConversion.singleToDouble), (host_cvtps2pd, VectorConversion.singlesToDoubles),
      (host_cvtdq2ps, VectorConversion.integersToSingles),
      (host_cvtdq2pd, VectorConversion.integersToDoubles),
      (host_cvtps2dq, VectorConversion.toIntegers(.packedSingle)),
      (host_cvttps2dq, VectorConversion.truncateToIntegers(.packedSingle)),
    ]

    private static let doubles: [(HostVectorFunction, any VectorOperation)] = [
      (host_minpd, VectorFunction.minimum(.packedDouble)),
      (host_maxsd, VectorFunction.maximum(.scalarDouble)),
      (host_sqrtpd, VectorFunction.squareRoot(.packedDouble)),
      (host_sqrtsd, VectorFunction.squareRoot(.scalarDouble)),
      (host_cmpeqsd, VectorFunction.equal(.scalarDouble)), (host_cmpltpd, VectorFunction.less(.packedDouble)),
      (host_cmplepd, VectorFunction.lessOrEqual(.packedDouble)),
      (host_cmpunordpd, VectorFunction.unordered(.packedDouble)),
      (host_roundpd, VectorFunction.roundToIntegral(.packedDouble)),
      (host_roundsd, VectorFunction.roundToIntegral(.scalarDouble)),
      (host_cvtpd2dq, VectorConversion.toIntegers(.packedDouble)),
      (host_cvttpd2dq, VectorConversion.truncateToIntegers(.packedDouble)),
    ]

    @Test func functionsOfSinglePrecisionAreThoseOfTheInstructions() {
      VectorOperationComparison(pairs: Self.singles, elements: .singles, seed: 0x55F).run()
    }

    @Test func functionsOfDoublePrecisionAreThoseOfTheInstructions() {
      VectorOperationComparison(pairs: Self.doubles, elements: .doubles, seed: 0x55F).run()
    }

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
