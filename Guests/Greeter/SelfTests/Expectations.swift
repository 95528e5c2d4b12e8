import Bedrock

/// What a test expected and did not find.
///
/// The functions are not inlined: there are hundreds of calls, and none of them matters for speed.
struct Expectations {
  private(set) var failures: [String] = []

  @inline(never)
  mutating func expect(_ condition: Bool, _ what: String) {
    if !condition { failures.append(what) }
  }

  @inline(never)
  mutating func expect(_ what: StaticString, _ value: UInt64, is expected: UInt64) {
    if value != expected {
      failures.append("\(what): \(hexadecimal(value))h instead of \(hexadecimal(expected))h")
    }
  }

  /// Expects that a probe raised an exception.
  @inline(never)
  mutating func expect(
    _ what: StaticString, _ outcome: ProbeOutcome, raises vector: ExceptionVector, errorCode: UInt64 = 0,
    faultAddress: UInt64? = nil
  ) {
    guard let raised = outcome.exception else {
      failures.append("\(what): no exception instead of \(vector.mnemonic)")
      return
    }
    guard raised.vector == vector else {
      failures.append("\(what): \(raised.vector.mnemonic) instead of \(vector.mnemonic)")
      return
    }
    expect(what, raised.errorCode, is: errorCode)
    if let faultAddress { expect(what, raised.faultAddress, is: faultAddress) }
  }

  /// Expects that a probe returned a value.
  @inline(never)
  mutating func expect(_ what: StaticString, _ outcome: ProbeOutcome, returns expected: UInt64) {
    switch outcome {
    case .returned(let value): expect(what, value, is: expected)
    case .raised(let raised): failures.append("\(what): \(raised.vector.mnemonic)")
    }
  }
}
