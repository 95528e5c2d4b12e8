/// Commands of this maker's own: a guest that tests its driver says what is to go wrong.
extension ATInterpreter {
  static let faultCommands: [(String, Handler)] = [
    ("!FAULT", { (me: inout Self, form) throws(ATError) in try me.fault(form) })
  ]

  private static let nanosecondsPerMillisecond: UInt64 = 1_000_000

  /// `!FAULT="sys-error"[,<milliseconds from now>]`; the test form lists all.
  private func fault(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .test:
      return ["!FAULT: (\(MHIFault.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ",")))"]
    case .set:
      guard let fault = MHIFault(rawValue: try form.text(0)),
        let delay = UInt32(exactly: try form.number(1, omitted: 0))
      else { throw .equipment(.incorrectParameters) }
      guard let inject = modem.injectFault else { throw .equipment(.operationNotSupported) }
      inject(fault, UInt64(delay) * Self.nanosecondsPerMillisecond)
      return []
    case .read, .execute: throw .syntax
    }
  }
}
