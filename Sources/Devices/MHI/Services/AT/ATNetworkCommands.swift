/// The network and how well it is heard: 3GPP TS 27.007, 7.2, 7.3, 8.5, 8.69 and 10.1.
extension ATInterpreter {
  static let networkCommands: [(String, Handler)] = [
    (RegistrationDomain.circuitSwitched.command, registrationCommand(of: .circuitSwitched)),
    (RegistrationDomain.packetSwitched.command, registrationCommand(of: .packetSwitched)),
    (RegistrationDomain.evolved.command, registrationCommand(of: .evolved)),
    ("+COPS", { (me: inout Self, form) throws(ATError) in try me.operatorSelection(form) }),
    ("+CSQ", { (me: inout Self, form) throws(ATError) in try me.signalQuality(form) }),
    ("+CESQ", { (me: inout Self, form) throws(ATError) in try me.extendedSignalQuality(form) }),
  ]

  private static func registrationCommand(of domain: RegistrationDomain) -> Handler {
    { (me: inout Self, form) throws(ATError) in try me.registration(domain, form) }
  }

  /// E-UTRAN (7.3).
  private static let accessTechnology = 7

  // MARK: Registration

  private mutating func registration(
    _ domain: RegistrationDomain, _ form: ATCommand.Form
  ) throws(ATError) -> [String] {
    switch form {
    case .read:
      let reports = settings.registrationReports[domain.rawValue]
      return ["\(domain.command): \(reports.rawValue),\(registrationStatus(reports))"]
    case .test: return ["\(domain.command): (0-2)"]
    case .set: settings.registrationReports[domain.rawValue] = try form.choice(0)
    case .execute: settings.registrationReports[domain.rawValue] = .none
    }
    return []
  }

  /// What is said of a change without being asked; `nil` if nobody wants to know.
  func unsolicitedReport(of domain: RegistrationDomain) -> String? {
    let reports = settings.registrationReports[domain.rawValue]
    return reports == .none ? nil : "\(domain.command): \(registrationStatus(reports))"
  }

  /// 1 is at home, 0 is nowhere and not looking for anything.
  private func registrationStatus(_ reports: ATSettings.RegistrationReports) -> String {
    guard modem.isRegistered else { return "0" }
    guard reports == .statusAndPlace else { return "1" }
    let area = Self.hexadecimal(UInt32(modem.network.trackingArea), digits: 4)
    let cell = Self.hexadecimal(modem.network.cell, digits: 8)
    return "1,\"\(area)\",\"\(cell)\",\(Self.accessTechnology)"
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  // MARK: Operators

  private mutating func operatorSelection(_ form: ATCommand.Form) throws(ATError) -> [String] {
    let network = modem.network
    switch form {
    case .read:
      let start = "+COPS: \(network.selection.rawValue)"
      guard modem.isRegistered else { return [start] }
      let name =
        switch settings.operatorFormat {
        case .long: network.operatorName
        case .short: network.shortOperatorName
        case .number: network.operatorNumber
        }
      return ["\(start),\(settings.operatorFormat.rawValue),\"\(name)\",\(Self.accessTechnology)"]
    case .test:
      try requireRadio()
      let status = modem.isRegistered ? 2 : 1
      return [
        "+COPS: (\(status),\"\(network.operatorName)\",\"\(network.shortOperatorName)\","
          + "\"\(network.operatorNumber)\",\(Self.accessTechnology)),,(0-4),(0-2)"
      ]
    case .set: try selectOperator(form)
    case .execute: throw .syntax
    }
    return []
  }

  private mutating func selectOperator(_ form: ATCommand.Form) throws(ATError) {
    switch try form.number(0) {
    case 0: modem.select(.automatic)
    // Manual, and manual that falls back to automatic.
    case let mode where mode == 1 || mode == 4:
      let name = try form.text(2)
      let format: ATSettings.OperatorFormat = try form.choice(1, omitted: .long)
      try requireRadio()
      let known =
        switch format {
        case .long: modem.network.operatorName
        case .short: modem.network.shortOperatorName
        case .number: modem.network.operatorNumber
        }
      if name == known {
        modem.select(.manual)
      } else if mode == 4 {
        modem.select(.automatic)
      } else {
        throw .equipment(.noNetworkService)
      }
    case 2: modem.select(.deregistered)
    case 3: settings.operatorFormat = try form.choice(1)
    default: throw .equipment(.incorrectParameters)
    }
  }

  private func requireRadio() throws(ATError) {
    try requireUnlockedCard()
    guard modem.functionality == .full else { throw .equipment(.operationNotAllowed) }
  }

  // MARK: Signal

  /// 8.5: 99 is not known.
  private func signalQuality(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .execute:
      let isHeard = modem.functionality == .full
      return ["+CSQ: \(isHeard ? modem.network.signal.receivedStrengthIndex : 99),99"]
    case .test: return ["+CSQ: (0-31,99),(0-7,99)"]
    case .read, .set: throw .syntax
    }
  }

  /// 8.69: 99 and 255 are not known; what comes last is of LTE.
  private func extendedSignalQuality(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .execute:
      guard modem.functionality == .full else { return ["+CESQ: 99,99,255,255,255,255"] }
      let signal = modem.network.signal
      return ["+CESQ: 99,99,255,255,\(signal.referenceQualityIndex),\(signal.referencePowerIndex)"]
    case .test: return ["+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)"]
    case .read, .set: throw .syntax
    }
  }
}
