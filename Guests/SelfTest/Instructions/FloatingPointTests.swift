import Bedrock

@_extern(c, "selftest_x87_hypotenuse") private func hypotenuse(_: Int64, _: Int64) -> Int64
@_extern(c, "selftest_x87_pi") private func storePi(_: UnsafeMutableRawPointer)
@_extern(c, "selftest_x87_third") private func storeThird(_: UnsafeMutableRawPointer)
@_extern(c, "selftest_x87_round") private func round(_: UInt64, _: UnsafePointer<Double>) -> Int64
@_extern(c, "selftest_x87_compare")
private func compare(_: UnsafePointer<Double>, _: UnsafePointer<Double>) -> UInt64
@_extern(c, "selftest_x87_divide_status")
private func divideStatus(_: UnsafePointer<Double>, _: UnsafePointer<Double>) -> UInt64
@_extern(c, "selftest_x87_unmasked") private func divideUnmasked(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_x87_reset") private func reset()

/// The x87 unit, as AMD64 APM volume 1, chapter 6 describes it.
enum FloatingPointTests {
  /// The control word after FNINIT with another rounding mode.
  private enum ControlWord {
    static let nearest: UInt64 = 0x037F
    static let down: UInt64 = 0x077F
    static let up: UInt64 = 0x0B7F
    static let towardZero: UInt64 = 0x0F7F
  }

  static func add(to list: inout SelfTestList) {
    list.test("x87: arithmetic and square root") { expectations in
      expectations.expect("hypotenuse of 3 and 4", UInt64(hypotenuse(3, 4)), is: 5)
      expectations.expect(
        "of 3e9 and 4e9", UInt64(hypotenuse(3_000_000_000, 4_000_000_000)), is: 5_000_000_000)
    }
    list.test("x87: results have 64 bits of significand", precision)
    list.test("x87: rounding modes", rounding)
    list.test("x87: comparisons, also of what cannot be compared", comparing)
    list.test("x87: errors, masked and unmasked", errors)
  }

  private static func precision(_ expectations: inout Expectations) {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { buffer in
      guard let number = buffer.baseAddress else { return }
      storePi(number)
      expectations.expect("significand of pi", number.load(as: UInt64.self), is: 0xC90F_DAA2_2168_C235)
      expectations.expect(
        "exponent of pi", UInt64(number.load(fromByteOffset: 8, as: UInt16.self)), is: 0x4000)
      storeThird(number)
      expectations.expect("significand of 1/3", number.load(as: UInt64.self), is: 0xAAAA_AAAA_AAAA_AAAB)
      expectations.expect(
        "exponent of 1/3", UInt64(number.load(fromByteOffset: 8, as: UInt16.self)), is: 0x3FFD)
    }
  }

  private static func rounding(_ expectations: inout Expectations) {
    let cases: [(StaticString, UInt64, Double, Int64)] = [
      ("2.5 to nearest", ControlWord.nearest, 2.5, 2),
      ("3.5 to nearest", ControlWord.nearest, 3.5, 4),
      ("-2.5 down", ControlWord.down, -2.5, -3),
      ("-2.5 up", ControlWord.up, -2.5, -2),
      ("2.25 up", ControlWord.up, 2.25, 3),
      ("-2.75 to zero", ControlWord.towardZero, -2.75, -2),
      ("too large", ControlWord.nearest, 1e30, .min),
    ]
    for (what, control, value, expected) in cases {
      let rounded = withUnsafePointer(to: value) { round(control, $0) }
      expectations.expect(what, UInt64(bitPattern: rounded), is: UInt64(bitPattern: expected))
    }
  }

  private static func comparing(_ expectations: inout Expectations) {
    let carry: UInt64 = 0x01
    let parity: UInt64 = 0x04
    let zero: UInt64 = 0x40
    let cases: [(StaticString, Double, Double, UInt64)] = [
      ("1 and 2", 1, 2, carry), ("2 and 1", 2, 1, 0), ("equal", 2, 2, zero),
      ("with NaN", 2, .nan, carry | parity | zero),
    ]
    for (what, first, second, expected) in cases {
      let flags = withUnsafePointer(to: first) { first in
        withUnsafePointer(to: second) { compare(first, $0) }
      }
      expectations.expect(what, flags & (carry | parity | zero), is: expected)
    }
    reset()
  }

  private static func errors(_ expectations: inout Expectations) {
    let invalid: UInt64 = 0x01
    let zeroDivide: UInt64 = 0x04
    let exceptions: UInt64 = 0x3F
    let status = { (first: Double, second: Double) in
      withUnsafePointer(to: first) { first in
        withUnsafePointer(to: second) { divideStatus(first, $0) & exceptions }
      }
    }
    expectations.expect("1/0", status(1, 0), is: zeroDivide)
    expectations.expect("0/0", status(0, 0), is: invalid)
    let outcome = Processor.current.probe(divideUnmasked)
    reset()
    expectations.expect("1/0 unmasked", outcome, raises: .floatingPoint)
  }
}
