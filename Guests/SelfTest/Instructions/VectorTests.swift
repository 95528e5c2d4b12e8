import Bedrock

private typealias VectorRoutine = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Void

@_extern(c, "selftest_paddb") private func paddb(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_paddusb") private func paddusb(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_paddq") private func paddq(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_pmuludq") private func pmuludq(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_pcmpgtw") private func pcmpgtw(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_packuswb") private func packuswb(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_punpcklbw") private func punpcklbw(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_pshufd") private func pshufd(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_pslldq") private func pslldq(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_psraw") private func psraw(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_addpd") private func addpd(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_divpd") private func divpd(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_sqrtsd") private func sqrtsd(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_mulps") private func mulps(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_minsd") private func minsd(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_cvtdq2pd") private func cvtdq2pd(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_cvttpd2dq") private func cvttpd2dq(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_cvtpd2dq") private func cvtpd2dq(_: UnsafeMutableRawPointer, _: UnsafeRawPointer)
@_extern(c, "selftest_read_mxcsr") private func readControl() -> UInt32
@_extern(c, "selftest_write_mxcsr") private func writeControl(_: UInt32)
@_extern(c, "selftest_sse_unmasked") private func divideUnmasked(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_sse_unaligned") private func loadUnaligned(_: UInt64, _: UInt64) -> UInt64

/// SSE and SSE2: AMD64 APM volume 4.
enum VectorTests {
  private static let defaultControl: UInt32 = 0x1F80

  /// A 16-byte operand: the low and the high half.
  private struct Operand: Equatable {
    var low: UInt64
    var high: UInt64

    init(_ low: UInt64, _ high: UInt64) { (self.low, self.high) = (low, high) }
    init(doubles low: Double, _ high: Double) { self.init(low.bitPattern, high.bitPattern) }
  }

  static func add(to list: inout SelfTestList) {
    list.test("SSE2: packed integers", integers)
    list.test("SSE2: shuffles and shifts", shuffles)
    list.test("SSE2: packed and scalar doubles, SSE: singles", floatingPoint)
    list.test("SSE2: conversions and their rounding", conversions)
    list.test("SSE: masked errors are noted", maskedErrors)
    list.strictTest("SSE: #XF for unmasked errors", "APM 2, 8.2.20", unmaskedErrors)
    list.test("SSE: #GP for aligned loads from other addresses", misaligned)
  }

  private static func check(
    _ expectations: inout Expectations, _ what: StaticString, _ routine: VectorRoutine,
    _ destination: Operand,
    _ source: Operand, gives expected: Operand
  ) {
    var value = destination
    withUnsafeMutableBytes(of: &value) { value in
      withUnsafeBytes(of: source) { source in
        if let value = value.baseAddress, let source = source.baseAddress { routine(value, source) }
      }
    }
    expectations.expect(what, value.low, is: expected.low)
    expectations.expect(what, value.high, is: expected.high)
  }

  private static func integers(_ expectations: inout Expectations) {
    let bytes = Operand(0x01FF_7F80_00FE_10F0, 0xFFFF_FFFF_0000_0001)
    let ones = Operand(0x0202_0202_0202_0202, 0x0101_0101_0101_0101)
    check(
      &expectations, "paddb", paddb, bytes, ones, gives: Operand(0x0301_8182_0200_12F2, 0x0000_0000_0101_0102)
    )
    check(
      &expectations, "paddusb", paddusb, bytes, ones,
      gives: Operand(0x03FF_8182_02FF_12F2, 0xFFFF_FFFF_0101_0102))
    check(
      &expectations, "paddq", paddq, Operand(.max, 5), Operand(2, 6), gives: Operand(1, 11))
    check(
      &expectations, "pmuludq", pmuludq, Operand(0x7_FFFF_FFFF, 3), Operand(0x9_FFFF_FFFF, 4),
      gives: Operand(0xFFFF_FFFE_0000_0001, 12))
    check(
      &expectations, "pcmpgtw", pcmpgtw, Operand(0x0001_FFFF_8000_7FFF, 0),
      Operand(0x0000_0000_7FFF_8000, 1), gives: Operand(0xFFFF_0000_0000_FFFF, 0))
    check(
      &expectations, "packuswb", packuswb, Operand(0x0100_00FF_FFFF_0012, 0),
      Operand(0x7FFF_8000_0001_0080, 0x00AA_00BB_00CC_00DD),
      gives: Operand(0x0000_0000_FFFF_0012, 0xAABB_CCDD_FF00_0180))
  }

  private static func shuffles(_ expectations: inout Expectations) {
    let source = Operand(0x1111_1111_0000_0000, 0x3333_3333_2222_2222)
    check(
      &expectations, "pshufd reverses", pshufd, Operand(0, 0), source,
      gives: Operand(0x2222_2222_3333_3333, 0x0000_0000_1111_1111))
    check(
      &expectations, "punpcklbw", punpcklbw, Operand(0x0706_0504_0302_0100, 0),
      Operand(0x1716_1514_1312_1110, 0),
      gives: Operand(0x1303_1202_1101_1000, 0x1707_1606_1505_1404))
    check(
      &expectations, "pslldq", pslldq, Operand(0x0807_0605_0403_0201, 0x1817_1615_1413_1211), source,
      gives: Operand(0x0504_0302_0100_0000, 0x1514_1312_1108_0706))
    check(
      &expectations, "psraw", psraw, Operand(0x8000_7000_0010_FFF0, 0), source,
      gives: Operand(0xF800_0700_0001_FFFF, 0))
  }

  private static func floatingPoint(_ expectations: inout Expectations) {
    check(
      &expectations, "addpd", addpd, Operand(doubles: 1.5, -2.0), Operand(doubles: 2.25, 0.5),
      gives: Operand(doubles: 3.75, -1.5))
    check(
      &expectations, "divpd", divpd, Operand(doubles: 1.0, 2.0), Operand(doubles: 3.0, -8.0),
      gives: Operand(0x3FD5_5555_5555_5555, (-0.25).bitPattern))
    check(
      &expectations, "sqrtsd leaves the high half", sqrtsd, Operand(doubles: 9.0, 7.0),
      Operand(doubles: 2.0, 1.0),
      gives: Operand(0x3FF6_A09E_667F_3BCD, (7.0).bitPattern))
    check(
      &expectations, "minsd takes the source if one is NaN", minsd, Operand(doubles: Double.nan, 7.0),
      Operand(doubles: 5.0, 1.0),
      gives: Operand(doubles: 5.0, 7.0))
    // Four singles: 1.5, 2, -3, 0.25 times 2, 2, 2, 4.
    check(
      &expectations, "mulps", mulps, Operand(0x4000_0000_3FC0_0000, 0x3E80_0000_C040_0000),
      Operand(0x4000_0000_4000_0000, 0x4080_0000_4000_0000),
      gives: Operand(0x4080_0000_4040_0000, 0x3F80_0000_C0C0_0000))
  }

  private static func conversions(_ expectations: inout Expectations) {
    let zero = Operand(0, 0)
    check(
      &expectations, "cvtdq2pd", cvtdq2pd, zero, Operand(0xFFFF_FFFF_0000_0007, 0),
      gives: Operand(doubles: 7.0, -1.0))
    check(
      &expectations, "cvttpd2dq truncates", cvttpd2dq, zero, Operand(doubles: -2.75, 3.5),
      gives: Operand(0x0000_0003_FFFF_FFFE, 0))
    check(
      &expectations, "cvtpd2dq rounds to even", cvtpd2dq, zero, Operand(doubles: 2.5, 3.5),
      gives: Operand(0x0000_0004_0000_0002, 0))
    check(
      &expectations, "cvttpd2dq of what does not fit", cvttpd2dq, zero, Operand(doubles: 1e10, Double.nan),
      gives: Operand(0x8000_0000_8000_0000, 0))
  }

  private static func maskedErrors(_ expectations: inout Expectations) {
    let zeroDivide: UInt64 = 0x04
    writeControl(defaultControl)
    check(
      &expectations, "1/0", divpd, Operand(doubles: 1.0, 1.0), Operand(doubles: 0.0, 1.0),
      gives: Operand(doubles: Double.infinity, 1.0))
    expectations.expect("status after 1/0", UInt64(readControl()) & 0x3F, is: zeroDivide)
    writeControl(defaultControl)
  }

  private static func unmaskedErrors(_ expectations: inout Expectations) {
    let outcome = Processor.current.probe(divideUnmasked)
    writeControl(defaultControl)
    expectations.expect("1/0", outcome, raises: .simdFloatingPoint)
  }

  private static func misaligned(_ expectations: inout Expectations) {
    let aligned = UnsafeMutableRawPointer.allocate(byteCount: 32, alignment: 16)
    defer { aligned.deallocate() }
    let outcome = Processor.current.probe(loadUnaligned, UInt64(UInt(bitPattern: aligned)))
    expectations.expect("MOVDQA", outcome, raises: .generalProtection)
  }
}
