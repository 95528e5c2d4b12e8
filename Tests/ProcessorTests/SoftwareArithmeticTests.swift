import HostFloatingPoint
import Testing

@testable import Processor

/// Arithmetic by integers, for hosts without the instructions, against whatever this host has.
struct SoftwareArithmeticTests {
  typealias Function =
    @convention(c) (
      UInt32, UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer
    ) -> UInt32

  private static let singles: [(Function, Function)] = [
    (host_vfmaddps, software_vfmaddps), (host_vfmaddss, software_vfmaddss),
    (host_vfmsubps, software_vfmsubps), (host_vfmsubss, software_vfmsubss),
    (host_vfnmaddps, software_vfnmaddps), (host_vfnmaddss, software_vfnmaddss),
    (host_vfnmsubps, software_vfnmsubps), (host_vfnmsubss, software_vfnmsubss),
    (host_vfmaddsubps, software_vfmaddsubps), (host_vfmsubaddps, software_vfmsubaddps),
  ]

  private static let doubles: [(Function, Function)] = [
    (host_vfmaddpd, software_vfmaddpd), (host_vfmaddsd, software_vfmaddsd),
    (host_vfmsubpd, software_vfmsubpd), (host_vfmsubsd, software_vfmsubsd),
    (host_vfnmaddpd, software_vfnmaddpd), (host_vfnmaddsd, software_vfnmaddsd),
    (host_vfnmsubpd, software_vfnmsubpd), (host_vfnmsubsd, software_vfnmsubsd),
    (host_vfmaddsubpd, software_vfmaddsubpd), (host_vfmsubaddpd, software_vfmsubaddpd),
  ]

  private func compare(_ functions: [(Function, Function)], _ elements: VectorOperandGenerator.Elements) {
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
        var actual = Lane()
        let expectedFlags = instruction(control, &expected, &first, &second, &addend)
        let actualFlags = software(control, &actual, &first, &second, &addend)
        guard actual != expected || actualFlags != expectedFlags else { continue }
        Issue.record(
          "\(index): \(first) * \(second) + \(addend) under \(control): \(actual), not \(expected)")
        break
      }
    }
  }

  typealias Binary =
    @convention(c) (UInt32, UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer) -> UInt32

  private static let binarySingles: [(Binary, Binary)] = [
    (host_addps, software_addps), (host_addss, software_addss), (host_subps, software_subps),
    (host_subss, software_subss), (host_mulps, software_mulps), (host_mulss, software_mulss),
    (host_divps, software_divps), (host_divss, software_divss), (host_addsubps, software_addsubps),
    (host_haddps, software_haddps), (host_hsubps, software_hsubps),
  ]

  private static let binaryDoubles: [(Binary, Binary)] = [
    (host_addpd, software_addpd), (host_addsd, software_addsd), (host_subpd, software_subpd),
    (host_subsd, software_subsd), (host_mulpd, software_mulpd), (host_mulsd, software_mulsd),
    (host_divpd, software_divpd), (host_divsd, software_divsd), (host_addsubpd, software_addsubpd),
    (host_haddpd, software_haddpd), (host_hsubpd, software_hsubpd), (host_cvtsd2ss, software_cvtsd2ss),
    (host_cvtpd2ps, software_cvtpd2ps),
  ]

  private func compare(_ functions: [(Binary, Binary)], _ elements: VectorOperandGenerator.Elements) {
    var generator = VectorOperandGenerator(seed: 0x55E)
    for (index, (instruction, software)) in functions.enumerated() {
      for _ in 0..<5000 {
        let scenario = generator.scenario(elements)
        var first = Lane(scenario.area[at: 160], scenario.area[at: 168])
        var second = Lane(scenario.area[at: 176], scenario.area[at: 184])
        let control = scenario.mxcsr & ~0x3F | 0x1F80
        var expected = Lane()
        var actual = Lane()
        let expectedFlags = instruction(control, &expected, &first, &second)
        let actualFlags = software(control, &actual, &first, &second)
        guard actual != expected || actualFlags != expectedFlags else { continue }
        Issue.record("\(index): \(first) and \(second) under \(control): \(actual), not \(expected)")
        break
      }
    }
  }

  @Test func integersComputeSinglePrecisionAsInstructionsDo() {
    compare(Self.singles, .singles)
    compare(Self.binarySingles, .singles)
  }
  @Test func integersComputeDoublePrecisionAsInstructionsDo() {
    compare(Self.doubles, .doubles)
    compare(Self.binaryDoubles, .doubles)
  }

  /// 1 + 2^-52 squared, less its rounded square: only a single rounding tells.
  @Test func thereIsOneRounding() {
    let factor = 1.0 + 0x1p-52
    var (first, second, addend) = (
      Lane(factor.bitPattern), Lane(factor.bitPattern), Lane((-(factor * factor)).bitPattern)
    )
    var result = Lane()
    _ = software_vfmaddsd(0x1F80, &result, &first, &second, &addend)
    #expect(Double(bitPattern: result.low) == 0x1p-104)
    #expect(Double(bitPattern: result.low) == (-(factor * factor)).addingProduct(factor, factor))
  }
}
