/// The card's locks: 3GPP TS 27.007, 7.4, 7.5 and 8.3.
extension ATInterpreter {
  static let subscriberCommands: [(String, Handler)] = [
    ("+CPIN", { (me: inout Self, form) throws(ATError) in try me.pin(form) }),
    ("+CLCK", { (me: inout Self, form) throws(ATError) in try me.facilityLock(form) }),
    ("+CPWD", { (me: inout Self, form) throws(ATError) in try me.changePassword(form) }),
    ("+CPINR", { (me: inout Self, form) throws(ATError) in try me.remainingAttempts(form) }),
  ]

  /// The facility that is the card's own PIN.
  private static let card = "SC"

  /// 8.3.
  private func pin(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read:
      switch modem.subscriber.lock {
      case .none: return ["+CPIN: READY"]
      case .personalIdentificationNumber: return ["+CPIN: SIM PIN"]
      case .unblockingKey: return ["+CPIN: SIM PUK"]
      case .blocked: throw .equipment(.cardFailure)
      }
    case .test: return []
    case .set:
      let secret = Array(try form.text(0).utf8)
      switch modem.subscriber.lock {
      case .none: throw .equipment(.operationNotAllowed)
      case .personalIdentificationNumber:
        return try check(modem.useSubscriber { $0.verify(secret) })
      case .unblockingKey:
        let newPIN = Array(try form.text(1).utf8)
        return try check(modem.useSubscriber { $0.unblock(key: secret, newPIN: newPIN) })
      case .blocked: throw .equipment(.cardFailure)
      }
    case .execute: throw .syntax
    }
  }

  /// 7.4: mode 0 unlocks, 1 locks, 2 asks.
  private func facilityLock(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .test: return ["+CLCK: (\"\(Self.card)\")"]
    case .set:
      guard try form.text(0).uppercased() == Self.card else { throw .equipment(.operationNotSupported) }
      switch try form.number(1) {
      case 2: return ["+CLCK: \(modem.subscriber.asksForPIN ? 1 : 0)"]
      case let mode where mode < 2:
        let secret = Array(try form.text(2).utf8)
        return try check(modem.useSubscriber { $0.setAsksForPIN(mode == 1, pin: secret) })
      default: throw .equipment(.incorrectParameters)
      }
    case .read, .execute: throw .syntax
    }
  }

  /// 7.5.
  private func changePassword(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .test: return ["+CPWD: (\"\(Self.card)\",8)"]
    case .set:
      guard try form.text(0).uppercased() == Self.card else { throw .equipment(.operationNotSupported) }
      let (old, new) = (Array(try form.text(1).utf8), Array(try form.text(2).utf8))
      return try check(modem.useSubscriber { $0.changePIN(from: old, to: new) })
    case .read, .execute: throw .syntax
    }
  }

  /// 8.73.
  private func remainingAttempts(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .execute:
      let subscriber = modem.subscriber
      return [
        "+CPINR: SIM PIN,\(subscriber.attemptsLeft),\(SubscriberIdentityModule.attempts)",
        "+CPINR: SIM PUK,\(subscriber.unblockingAttemptsLeft),\(SubscriberIdentityModule.unblockingAttempts)",
      ]
    case .test: return []
    case .read, .set: throw .syntax
    }
  }

  private func check(_ attempt: SubscriberIdentityModule.Attempt) throws(ATError) -> [String] {
    switch attempt {
    case .accepted: return []
    case .wrong: throw .equipment(.incorrectPassword)
    case .notAllowed: throw .equipment(.operationNotAllowed)
    }
  }
}
