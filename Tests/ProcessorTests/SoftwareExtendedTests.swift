#if arch(x86_64)
  import HostFloatingPoint
  import Testing

  /// The x87's arithmetic by integers, which other hosts have, against the unit of this one.
  struct SoftwareExtendedTests {
    private typealias Unary = (UInt16, UnsafeMutableRawPointer, UnsafeRawPointer) -> UInt16
    private typealias Binary = (UInt16, UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer) -> UInt16

    private static let cases = 100_000
    /// The exceptions, C0, C1, C2 and C3.
    private static let compared: UInt16 = 0x473F
    /// Exceptions that, unmasked, leave no result: invalid, denormal, division by zero.
    private static let preventing: UInt16 = 7
    /// Those that leave none in memory: overflow and underflow too.
    private static let preventingStore: UInt16 = 0x1F

    @Test func binaryInstructionsAreThoseOfTheUnit() {
      let functions: [(String, Binary, Binary)] = [
        ("fadd", host_fadd, software_fadd), ("fadds", host_fadds, software_fadds),
        ("faddl", host_faddl, software_faddl), ("fsub", host_fsub, software_fsub),
        ("fsubs", host_fsubs, software_fsubs), ("fsubrl", host_fsubrl, software_fsubrl),
        ("fmul", host_fmul, software_fmul), ("fmuls", host_fmuls, software_fmuls),
        ("fmull", host_fmull, software_fmull), ("fdiv", host_fdiv, software_fdiv),
        ("fdivs", host_fdivs, software_fdivs), ("fdivrl", host_fdivrl, software_fdivrl),
      ]
      for (name, host, software) in functions {
        compare(name, preventing: Self.preventing) { control, result, operands, isHost in
          (isHost ? host : software)(control, result, operands, operands + 16)
        }
      }
    }

    @Test func unaryInstructionsAndConversionsAreThoseOfTheUnit() {
      let functions: [(String, UInt16, Unary, Unary)] = [
        ("fsqrt", Self.preventing, host_fsqrt, software_fsqrt),
        ("frndint", Self.preventing, host_frndint, software_frndint),
        ("flds", Self.preventing, host_flds, software_flds),
        ("fldl", Self.preventing, host_fldl, software_fldl),
        ("fildll", Self.preventing, host_fildll, software_fildll),
        ("fstps", Self.preventingStore, host_fstps, software_fstps),
        ("fstpl", Self.preventingStore, host_fstpl, software_fstpl),
        ("fistps", Self.preventingStore, host_fistps, software_fistps),
        ("fistpl", Self.preventingStore, host_fistpl, software_fistpl),
        ("fistpll", Self.preventingStore, host_fistpll, software_fistpll),
        ("fisttpll", Self.preventingStore, host_fisttpll, software_fisttpll),
        ("fbstp", Self.preventingStore, host_fbstp, software_fbstp),
      ]
      for (name, preventing, host, software) in functions {
        compare(name, preventing: preventing) { control, result, operands, isHost in
          (isHost ? host : software)(control, result, operands)
        }
      }
    }

    private func compare(
      _ name: String, preventing: UInt16,
      _ execute: (UInt16, UnsafeMutableRawPointer, UnsafeRawPointer, _ isHost: Bool) -> UInt16
    ) {
      var numbers = HostComparisonNumbers(seed: 0x87)
      for number in 0..<Self.cases {
        var operands: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        (operands.0, operands.1) = Self.extended(&numbers)
        (operands.2, operands.3) = Self.extended(&numbers)
        // Precision control 01 is reserved.
        var control: UInt16 = 0x7F | UInt16(truncatingIfNeeded: numbers.next() & 0xF00)
        if control & 0x300 == 0x100 { control |= 0x300 }
        if numbers.chance(3) { control &= ~UInt16(truncatingIfNeeded: numbers.next() & 0x3F) }
        var (expected, actual): ((UInt64, UInt64), (UInt64, UInt64)) = ((0, 0), (0, 0))
        let expectedStatus = execute(control, &expected, &operands, true) & Self.compared
        let status = execute(control, &actual, &operands, false) & Self.compared
        let isPrevented = expectedStatus & ~control & preventing != 0
        let isRight =
          isPrevented
          ? (expectedStatus ^ status) & preventing == 0 : expectedStatus == status && expected == actual
        guard !isRight else { continue }
        Issue.record("\(name) \(number): \(hex(UInt64(control))) \(operands): \(actual), not \(expected)")
        return
      }
    }

    /// A number of 80 bits, mostly near to others or to a limit.
    private static func extended(_ numbers: inout HostComparisonNumbers) -> (UInt64, UInt64) {
      let random = numbers.next()
      var upper: UInt64
      switch numbers.below(5) {
      case 0: upper = random & 0xFFFF
      case 1: upper = 0x3FF0 + random % 96
      case 2: upper = random % 70
      case 3: upper = 0x7FFF - random % 70
      default: upper = 0x3F00 + random % 512
      }
      if numbers.chance(2) { upper ^= 0x8000 }
      var significand = numbers.next()
      if numbers.chance(3) { significand = ~0 << (random & 63) }
      if upper & 0x7FFF != 0, !numbers.chance(8) { significand |= 1 << 63 }
      return (significand, upper)
    }
  }
#endif
