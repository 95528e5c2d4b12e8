#if arch(x86_64)
  import HostFloatingPoint
  import SoftwareFloatingPoint
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

    /// An instruction in Swift: the unit, the bytes of its operands; returns the bytes of its result.
    private typealias Software = (inout SoftwareX87, Operands) -> (UInt64, UInt64)

    /// 16 bytes of a first operand and as many of a second.
    private struct Operands {
      var bytes: (UInt64, UInt64, UInt64, UInt64)

      var first: ExtendedEncoding { Self.number(bytes.0, bytes.1) }
      var second: X87Operand { .extended(Self.number(bytes.2, bytes.3)) }
      /// The operands in memory of a binary instruction.
      var single: X87Operand { .single(UInt32(truncatingIfNeeded: bytes.2)) }
      var double: X87Operand { .double(bytes.2) }
      /// Those of a unary one.
      var firstSingle: X87Operand { .single(UInt32(truncatingIfNeeded: bytes.0)) }
      var firstDouble: X87Operand { .double(bytes.0) }

      private static func number(_ significand: UInt64, _ upper: UInt64) -> ExtendedEncoding {
        ExtendedEncoding(significand: significand, signAndExponent: UInt16(truncatingIfNeeded: upper))
      }
    }

    private static func bytes(_ number: ExtendedEncoding) -> (UInt64, UInt64) {
      (number.significand, UInt64(number.signAndExponent))
    }

    private static func arithmetic(
      _ operation: SoftwareX87.Arithmetic, _ right: KeyPath<Operands, X87Operand>
    ) -> Software {
      { unit, operands in bytes(unit.compute(operation, operands.first, operands[keyPath: right])) }
    }

    @Test func binaryInstructionsAreThoseOfTheUnit() {
      let functions: [(String, Binary, Software)] = [
        ("fadd", host_fadd, Self.arithmetic(.add, \.second)),
        ("fadds", host_fadds, Self.arithmetic(.add, \.single)),
        ("faddl", host_faddl, Self.arithmetic(.add, \.double)),
        ("fsub", host_fsub, Self.arithmetic(.subtract, \.second)),
        ("fsubs", host_fsubs, Self.arithmetic(.subtract, \.single)),
        ("fsubr", host_fsubr, Self.arithmetic(.subtractReversed, \.second)),
        ("fsubrl", host_fsubrl, Self.arithmetic(.subtractReversed, \.double)),
        ("fmul", host_fmul, Self.arithmetic(.multiply, \.second)),
        ("fmuls", host_fmuls, Self.arithmetic(.multiply, \.single)),
        ("fmull", host_fmull, Self.arithmetic(.multiply, \.double)),
        ("fdiv", host_fdiv, Self.arithmetic(.divide, \.second)),
        ("fdivs", host_fdivs, Self.arithmetic(.divide, \.single)),
        ("fdivr", host_fdivr, Self.arithmetic(.divideReversed, \.second)),
        ("fdivrl", host_fdivrl, Self.arithmetic(.divideReversed, \.double)),
      ]
      for (name, host, software) in functions {
        compare(name, preventing: Self.preventing, { host($0, $1, $2, $2 + 16) }, software)
      }
    }

    @Test func comparisonsAreThoseOfTheUnit() {
      typealias Comparison = (UInt16, UnsafeRawPointer, UnsafeRawPointer) -> UInt16
      let functions: [(String, Comparison, KeyPath<Operands, X87Operand>, isQuiet: Bool)] = [
        ("fcom", host_fcom, \.second, false), ("fucom", host_fucom, \.second, true),
        ("fcoms", host_fcoms, \.single, false), ("fcoml", host_fcoml, \.double, false),
      ]
      for (name, host, right, isQuiet) in functions {
        compare(name, preventing: 0, { control, _, operands in host(control, operands, operands + 16) }) {
          $0.compare($1.first, $1[keyPath: right], isQuiet: isQuiet)
          return (0, 0)
        }
      }
    }

    @Test func unaryInstructionsAndLoadsAreThoseOfTheUnit() {
      let functions: [(String, Unary, Software)] = [
        ("fsqrt", host_fsqrt, { Self.bytes($0.squareRoot($1.first)) }),
        ("frndint", host_frndint, { Self.bytes($0.roundToIntegral($1.first)) }),
        ("flds", host_flds, { Self.bytes($0.load($1.firstSingle)) }),
        ("fldl", host_fldl, { Self.bytes($0.load($1.firstDouble)) }),
        ("fildll", host_fildll, { Self.bytes($0.load(Int64(bitPattern: $1.bytes.0))) }),
      ]
      for (name, host, software) in functions {
        compare(name, preventing: Self.preventing, { host($0, $1, $2) }, software)
      }
    }

    @Test func storesAreThoseOfTheUnit() {
      func integer(_ width: UInt64) -> Software {
        { (UInt64(bitPattern: $0.storeInteger($1.first, width: width)) & ((2 << (width - 1)) &- 1), 0) }
      }
      func truncated(_ width: UInt64) -> Software {
        { (UInt64(bitPattern: $0.storeTruncated($1.first, width: width)) & ((2 << (width - 1)) &- 1), 0) }
      }
      let functions: [(String, Unary, Software)] = [
        ("fstps", host_fstps, { (UInt64($0.storeSingle($1.first)), 0) }),
        ("fstpl", host_fstpl, { ($0.storeDouble($1.first), 0) }),
        ("fistps", host_fistps, integer(16)), ("fistpl", host_fistpl, integer(32)),
        ("fistpll", host_fistpll, integer(64)),
        ("fisttps", host_fisttps, truncated(16)), ("fisttpl", host_fisttpl, truncated(32)),
        ("fisttpll", host_fisttpll, truncated(64)),
        (
          "fbstp", host_fbstp,
          {
            let decimal = $0.storeDecimal($1.first)
            return (decimal.digits, UInt64(decimal.upper))
          }
        ),
      ]
      for (name, host, software) in functions {
        compare(name, preventing: Self.preventingStore, { host($0, $1, $2) }, software)
      }
    }

    /// FBLD of what are digits; others have no defined value (SDM volume 2, FBLD).
    @Test func decimalsAreLoadedAsTheUnitLoadsThem() {
      var numbers = HostComparisonNumbers(seed: 0xB6D)
      for _ in 0..<10_000 {
        var (digits, upper): (UInt64, UInt64) = (0, UInt64(numbers.below(2)) << 15)
        for position in 0..<16 { digits |= UInt64(numbers.below(10)) << UInt64(4 * position) }
        for position in 0..<2 { upper |= UInt64(numbers.below(10)) << UInt64(4 * position) }
        if numbers.chance(4) { digits = 0 }
        var operand = (digits, upper)
        var expected: (UInt64, UInt64) = (0, 0)
        _ = host_fbld(0x37F, &expected, &operand)
        let unit = SoftwareX87(control: 0x37F)
        let actual = unit.loadDecimal(digits: digits, upper: UInt16(truncatingIfNeeded: upper))
        guard Self.bytes(actual) != expected else { continue }
        Issue.record("\(operand): \(actual), not \(expected)")
        return
      }
    }

    private func compare(
      _ name: String, preventing: UInt16,
      _ host: (UInt16, UnsafeMutableRawPointer, UnsafeRawPointer) -> UInt16, _ software: Software
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
        var expected: (UInt64, UInt64) = (0, 0)
        let expectedStatus = host(control, &expected, &operands) & Self.compared
        var unit = SoftwareX87(control: control)
        let actual = software(&unit, Operands(bytes: operands))
        let isPrevented = expectedStatus & ~control & preventing != 0
        let isRight =
          isPrevented
          ? (expectedStatus ^ unit.status) & preventing == 0
          : expectedStatus == unit.status && expected == actual
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
