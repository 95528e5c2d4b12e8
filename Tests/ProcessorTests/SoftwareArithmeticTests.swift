import HostFloatingPoint
import SoftwareFloatingPoint
import Testing

@testable import Processor

/// Arithmetic by integers, for hosts without the instructions, against whatever this host has.
struct SoftwareArithmeticTests {
  private static let singles: [(HostMultiplyAddFunction, FusedMultiplyAdd)] = [
    (host_vfmaddps, .add(.packedSingle)), (host_vfmaddss, .add(.scalarSingle)),
    (host_vfmsubps, .subtract(.packedSingle)), (host_vfmsubss, .subtract(.scalarSingle)),
    (host_vfnmaddps, .negatedAdd(.packedSingle)), (host_vfnmaddss, .negatedAdd(.scalarSingle)),
    (host_vfnmsubps, .negatedSubtract(.packedSingle)), (host_vfnmsubss, .negatedSubtract(.scalarSingle)),
    (host_vfmaddsubps, .addSubtract(.packedSingle)), (host_vfmsubaddps, .subtractAdd(.packedSingle)),
  ]

  private static let doubles: [(HostMultiplyAddFunction, FusedMultiplyAdd)] = [
    (host_vfmaddpd, .add(.packedDouble)), (host_vfmaddsd, .add(.scalarDouble)),
    (host_vfmsubpd, .subtract(.packedDouble)), (host_vfmsubsd, .subtract(.scalarDouble)),
    (host_vfnmaddpd, .negatedAdd(.packedDouble)), (host_vfnmaddsd, .negatedAdd(.scalarDouble)),
    (host_vfnmsubpd, .negatedSubtract(.packedDouble)), (host_vfnmsubsd, .negatedSubtract(.scalarDouble)),
    (host_vfmaddsubpd, .addSubtract(.packedDouble)), (host_vfmsubaddpd, .subtractAdd(.packedDouble)),
  ]

  private func compare(
    _ functions: [(HostMultiplyAddFunction, FusedMultiplyAdd)], _ elements: VectorOperandGenerator.Elements
  ) {
    var generator = VectorOperandGenerator(seed: 0xF3A)
    for (index, (instruction, software)) in functions.enumerated() {
      for _ in 0..<5000 {
        let scenario = generator.scenario(elements)
        func operand(_ number: Int) -> Lane {
          let place = VectorScenario.xmm(number)
          return Lane(scenario.area[at: place], scenario.area[at: place + 8])
        }
        var (first, second, addend) = (operand(0), operand(1), operand(2))
        // Sums that almost cancel.
        if generator.next() % 4 == 0 { second = Lane(0x3F80_0000_3F80_0000, 0x3FF0_0000_0000_0000) }
        if generator.next() % 4 == 0 { addend = first ^ Lane(generator.next() & 0xF | 1 << 63, 1) }
        let control = scenario.mxcsr & ~0x3F | 0x1F80
        var expected = Lane()
        let expectedFlags = instruction(control, &expected, &first, &second, &addend)
        var raised: FloatingPointExceptions = []
        let actual = Lane(
          software(
            first.halves, second.halves, addend.halves, in: ComputingEnvironment(mxcsr: control),
            raising: &raised))
        guard actual != expected || UInt32(raised.rawValue) != expectedFlags else { continue }
        Issue.record(
          "\(index): \(first) * \(second) + \(addend) under \(control): \(actual), not \(expected)")
        break
      }
    }
  }

  private static let binarySingles: [(HostVectorFunction, VectorArithmetic)] = [
    (host_addps, .add(.packedSingle)), (host_addss, .add(.scalarSingle)),
    (host_subps, .subtract(.packedSingle)),
    (host_subss, .subtract(.scalarSingle)), (host_mulps, .multiply(.packedSingle)),
    (host_mulss, .multiply(.scalarSingle)),
    (host_divps, .divide(.packedSingle)), (host_divss, .divide(.scalarSingle)),
    (host_addsubps, .subtractAndAdd(.packedSingle)),
    (host_haddps, .addPairs(.packedSingle)), (host_hsubps, .subtractPairs(.packedSingle)),
  ]

  private static let binaryDoubles: [(HostVectorFunction, VectorArithmetic)] = [
    (host_addpd, .add(.packedDouble)), (host_addsd, .add(.scalarDouble)),
    (host_subpd, .subtract(.packedDouble)),
    (host_subsd, .subtract(.scalarDouble)), (host_mulpd, .multiply(.packedDouble)),
    (host_mulsd, .multiply(.scalarDouble)),
    (host_divpd, .divide(.packedDouble)), (host_divsd, .divide(.scalarDouble)),
    (host_addsubpd, .subtractAndAdd(.packedDouble)),
    (host_haddpd, .addPairs(.packedDouble)), (host_hsubpd, .subtractPairs(.packedDouble)),
    (host_cvtsd2ss, .narrow(.scalarDouble)),
    (host_cvtpd2ps, .narrow(.packedDouble)),
  ]

  /// Zeros, the least and greatest denormal and normal numbers, ones, infinities, NaNs quiet and signalling.
  private static let magnitudes: [UInt64] = [
    0, 1, 0xF_FFFF_FFFF_FFFF, 1 << 52, (1 << 52) + 1, 0x3CA0_0000_0000_0000, 0x3FF0_0000_0000_0000,
    0x3FF0_0000_0000_0001, 0x3FFF_FFFF_FFFF_FFFF, 0x380F_FFFF_FFFF_FFFF, 0x47EF_FFFF_F000_0000,
    0x7FEF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000, 0x7FF0_0000_0000_0001, 0x7FF8_0000_0000_1234,
    0x7FFF_FFFF_FFFF_FFFF,
  ]

  /// All masked, under each rounding mode, with and without DAZ and FZ.
  static let controls: [UInt32] = (0..<16).map { bits in
    0x1F80 | (bits % 4) << 13 | (bits / 4 % 2) << 6 | (bits / 8) << 15
  }

  @Test(arguments: controls)
  func limitsAreThoseOfTheInstructions(control: UInt32) {
    let environment = ComputingEnvironment(mxcsr: control)
    let numbers = Self.magnitudes + Self.magnitudes.map { $0 | 1 << 63 }
    for (index, (instruction, software)) in Self.binaryDoubles.enumerated() {
      for first in numbers {
        for second in numbers {
          var (left, right, expected) = (Lane(first, second), Lane(second, first), Lane())
          let flags = instruction(control, &expected, &left, &right)
          var raised: FloatingPointExceptions = []
          let actual = Lane(software(left.halves, right.halves, in: environment, raising: &raised))
          #expect(
            actual == expected && UInt32(raised.rawValue) == flags, "\(index): \(left) and \(right)")
        }
      }
    }
  }

  @Test func integersComputeSinglePrecisionAsInstructionsDo() {
    VectorOperationComparison(pairs: Self.binarySingles, elements: .singles, seed: 0x55E).run()
  }
  @Test func integersComputeDoublePrecisionAsInstructionsDo() {
    VectorOperationComparison(pairs: Self.binaryDoubles, elements: .doubles, seed: 0x55E).run()
  }

  @Test(.enabled(if: host_has_multiply_add(), "the host has no FMA"))
  func integersMultiplyAndAddAsInstructionsDo() {
    compare(Self.singles, .singles)
    compare(Self.doubles, .doubles)
  }

  /// 1 + 2^-52 squared, less its rounded square: only a single rounding tells.
  @Test func thereIsOneRounding() {
    let factor = 1.0 + 0x1p-52
    let (first, addend) = (Lane(factor.bitPattern), Lane((-(factor * factor)).bitPattern))
    var raised: FloatingPointExceptions = []
    let result = FusedMultiplyAdd.add(.scalarDouble)(
      first.halves, first.halves, addend.halves, in: ComputingEnvironment(mxcsr: 0x1F80), raising: &raised)
    #expect(Double(bitPattern: result[0]) == 0x1p-104)
    #expect(Double(bitPattern: result[0]) == (-(factor * factor)).addingProduct(factor, factor))
    #expect(raised.isEmpty)
  }

  /// SDM volume 1, 4.9.1.5: unmasked, underflow is tininess alone.
  @Test func unmaskedUnderflowNeedsNoLoss() {
    let single = SIMD2<UInt64>(UInt64((0x1p-24 as Float).bitPattern), 0)
    var raised: FloatingPointExceptions = []
    _ = convertSinglesToHalves(single, in: ComputingEnvironment(mxcsr: 0x1780), raising: &raised)
    #expect(raised == .underflow)
    raised = []
    let half = convertSinglesToHalves(single, in: ComputingEnvironment(mxcsr: 0x1F80), raising: &raised)
    #expect(raised.isEmpty && half == 1)
  }

  /// SDM volume 1, 4.9.1.4.
  @Test func unmaskedOverflowIsInexactOnlyIfTheSignificandIs() {
    let single = SIMD2<UInt64>(UInt64((0x1p16 as Float).bitPattern), 0)
    var raised: FloatingPointExceptions = []
    _ = convertSinglesToHalves(single, in: ComputingEnvironment(mxcsr: 0x1B80), raising: &raised)
    #expect(raised == .overflow)
    raised = []
    let half = convertSinglesToHalves(single, in: ComputingEnvironment(mxcsr: 0x1F80), raising: &raised)
    #expect(raised == [.overflow, .precision] && half == 0x7C00)
  }
}
