/// What a test expected and did not find.
///
/// The functions are not inlined: there are hundreds of calls, and none of them matters for speed.
public struct Expectations {
  private(set) var failures: [String] = []

  /// Nothing that failed.
  public init() {}

  /// Adds what failed elsewhere.
  public mutating func append(_ others: Expectations) { failures += others.failures }

  /// Expects that something holds; `what` says what is wrong otherwise.
  @inline(never)
  public mutating func expect(_ condition: Bool, _ what: String) {
    if !condition { failures.append(what) }
  }

  /// Expects a number.
  @inline(never)
  public mutating func expect(_ what: StaticString, _ value: UInt64, is expected: UInt64) {
    if value != expected {
      failures.append("\(what): \(hexadecimal(value))h instead of \(hexadecimal(expected))h")
    }
  }

  /// Expects that a probe raised an exception.
  @inline(never)
  public mutating func expect(
    _ what: StaticString, _ outcome: ProbeOutcome, raises vector: ExceptionVector, errorCode: UInt64 = 0,
    faultAddress: UInt64? = nil, at instructionPointer: UInt64? = nil
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
    if let instructionPointer { expect(what, raised.instructionPointer, is: instructionPointer) }
  }

  /// Expects that a probe returned a value.
  @inline(never)
  public mutating func expect(_ what: StaticString, _ outcome: ProbeOutcome, returns expected: UInt64) {
    switch outcome {
    case .returned(let value): expect(what, value, is: expected)
    case .raised(let raised): fail(what, raised)
    }
  }

  /// Expects that a probe returned, with whatever value.
  @inline(never)
  public mutating func expectReturn(_ what: StaticString, _ outcome: ProbeOutcome) {
    if case .raised(let raised) = outcome { fail(what, raised) }
  }

  private mutating func fail(_ what: StaticString, _ raised: RaisedException) {
    failures.append(
      "\(what): \(raised.vector.mnemonic), error code \(hexadecimal(raised.errorCode))h, "
        + "at \(hexadecimal(raised.instructionPointer))h")
  }
}
