import Bus

/// The state of the equipment: 3GPP TS 27.007, 5 and 8, and TS 27.005, 3.
extension ATInterpreter {
  static let equipmentCommands: [(String, Handler)] = [
    ("+CFUN", { (me: inout Self, form) throws(ATError) in try me.functionality(form) }),
    ("+CPAS", { (me: inout Self, form) throws(ATError) in try me.activityStatus(form) }),
    ("+CMEE", { (me: inout Self, form) throws(ATError) in try me.errorReports(form) }),
    ("+CCLK", { (me: inout Self, form) throws(ATError) in try me.clock(form) }),
    ("+CSCS", { (me: inout Self, form) throws(ATError) in try me.characterSet(form) }),
    ("+CMGF", { (me: inout Self, form) throws(ATError) in try me.messageFormat(form) }),
    ("+CSCA", { (me: inout Self, form) throws(ATError) in try me.serviceCentre(form) }),
  ]

  /// TS 27.007, 8.2.
  private mutating func functionality(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read: return ["+CFUN: \(modem.functionality.rawValue)"]
    case .test: return ["+CFUN: (0,1,4),(0,1)"]
    case .set:
      let level: CellularModem.Functionality = try form.choice(0, omitted: .full)
      switch try form.number(1, omitted: 0) {
      case 0: modem.setFunctionality(level)
      case 1 where level == .full:
        modem.restart()
        settings = ATSettings()
      default: throw .equipment(.incorrectParameters)
      }
      return []
    case .execute: throw .syntax
    }
  }

  /// TS 27.007, 8.1: 0 is ready, 5 is asleep.
  private func activityStatus(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .execute: return ["+CPAS: \(modem.functionality == .minimum ? 5 : 0)"]
    case .test: return ["+CPAS: (0,5)"]
    case .read, .set: throw .syntax
    }
  }

  /// TS 27.007, 9.1.
  private mutating func errorReports(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read: return ["+CMEE: \(settings.errorReports.rawValue)"]
    case .test: return ["+CMEE: (0-2)"]
    case .set: settings.errorReports = try form.choice(0)
    case .execute: settings.errorReports = .plain
    }
    return []
  }

  /// TS 27.007, 8.15: the network tells the time, in UTC, and keeps the clock right.
  private func clock(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read:
      let time = CalendarTime(secondsSince1970: modem.networkTime)
      let date = [time.year % 100, time.month, time.day].map(Self.twoDigits).joined(separator: "/")
      let clock = [time.hour, time.minute, time.second].map(Self.twoDigits).joined(separator: ":")
      return ["+CCLK: \"\(date),\(clock)+00\""]
    case .test: return []
    case .set: throw .equipment(.operationNotSupported)
    case .execute: throw .syntax
    }
  }

  private static func twoDigits(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }

  /// TS 27.007, 5.5.
  private func characterSet(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read: return ["+CSCS: \"IRA\""]
    case .test: return ["+CSCS: (\"IRA\")"]
    case .set:
      guard try form.text(0).uppercased() == "IRA" else { throw .equipment(.operationNotSupported) }
      return []
    case .execute: throw .syntax
    }
  }

  /// TS 27.005, 3.2.3.
  private mutating func messageFormat(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read: return ["+CMGF: \(settings.messagesAreText ? 1 : 0)"]
    case .test: return ["+CMGF: (0,1)"]
    case .set:
      guard let value = [false, true][checked: try form.number(0)] else {
        throw .equipment(.incorrectParameters)
      }
      settings.messagesAreText = value
    case .execute: settings.messagesAreText = false
    }
    return []
  }

  /// TS 27.005, 3.3.1: there is none.
  private func serviceCentre(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read:
      try requireUnlockedCard()
      return ["+CSCA: \"\",129"]
    case .test: return []
    case .set: throw .equipment(.operationNotSupported)
    case .execute: throw .syntax
    }
  }
}

extension Array {
  /// The element at `index`, if there is one.
  fileprivate subscript(checked index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
