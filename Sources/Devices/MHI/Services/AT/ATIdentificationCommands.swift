/// Who the modem is: 3GPP TS 27.007, 5, and ITU-T V.250, 6.1.
extension ATInterpreter {
  static let identificationCommands: [(String, Handler)] = [
    ("+CGMI", fixed(\.identity.manufacturer)), ("+GMI", fixed(\.identity.manufacturer)),
    ("+CGMM", fixed(\.identity.model)), ("+GMM", fixed(\.identity.model)),
    ("+CGMR", fixed(\.identity.revision)), ("+GMR", fixed(\.identity.revision)),
    ("+CGSN", fixed(\.identity.equipmentIdentity)), ("+GSN", fixed(\.identity.equipmentIdentity)),
    ("+GCAP", { (me: inout Self, form) throws(ATError) in ["+GCAP: +CGSM"] }),
    ("+CLAC", { (me: inout Self, form) throws(ATError) in try me.listCommands(form) }),
    ("+CIMI", { (me: inout Self, form) throws(ATError) in try me.subscriberIdentity(form) }),
    ("+CCID", { (me: inout Self, form) throws(ATError) in try me.cardIdentifier("+CCID", form) }),
    ("+ICCID", { (me: inout Self, form) throws(ATError) in try me.cardIdentifier("+ICCID", form) }),
    ("+CNUM", { (me: inout Self, form) throws(ATError) in try me.telephoneNumber(form) }),
  ]

  /// A command that only says something of the modem.
  private static func fixed(_ path: KeyPath<CellularModem, String> & Sendable) -> Handler {
    { (me: inout Self, form) throws(ATError) in
      switch form {
      case .execute: return [me.modem[keyPath: path]]
      case .test: return []
      case .set, .read: throw .syntax
      }
    }
  }

  /// TS 27.007, 8.37.
  private func listCommands(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .execute: return Self.commandNames.map { "AT" + $0 }
    case .test: return []
    case .set, .read: throw .syntax
    }
  }

  /// TS 27.007, 5.6: the card says nothing before it was unlocked.
  private func subscriberIdentity(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .execute:
      try requireUnlockedCard()
      return [modem.subscriber.subscriberIdentity]
    case .test: return []
    case .set, .read: throw .syntax
    }
  }

  /// The card's number, which it says without being unlocked. No standard has this command; all modems do.
  private func cardIdentifier(_ name: String, _ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .execute, .read: return ["\(name): \(modem.subscriber.cardIdentifier)"]
    case .test: return []
    case .set: throw .syntax
    }
  }

  /// TS 27.007, 7.1: the number and its type, 145 for one with the country's code.
  private func telephoneNumber(_ form: ATCommand.Form) throws(ATError) -> [String] {
    guard form != .test else { return [] }
    guard form == .execute else { throw .syntax }
    try requireUnlockedCard()
    return ["+CNUM: ,\"\(modem.subscriber.telephoneNumber)\",145"]
  }

  /// Refuses as long as the card wants a secret.
  func requireUnlockedCard() throws(ATError) {
    switch modem.subscriber.lock {
    case .none: return
    case .personalIdentificationNumber: throw .equipment(.cardPINRequired)
    case .unblockingKey: throw .equipment(.cardUnblockingKeyRequired)
    case .blocked: throw .equipment(.cardFailure)
    }
  }
}
