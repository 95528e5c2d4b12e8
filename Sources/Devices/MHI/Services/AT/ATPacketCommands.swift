/// Connections to packet data networks: 3GPP TS 27.007, 10.1.
extension ATInterpreter {
  static let packetCommands: [(String, Handler)] = [
    ("+CGDCONT", { (me: inout Self, form) throws(ATError) in try me.defineContext(form) }),
    ("+CGACT", { (me: inout Self, form) throws(ATError) in try me.activateContext(form) }),
    ("+CGATT", { (me: inout Self, form) throws(ATError) in try me.attach(form) }),
    ("+CGPADDR", { (me: inout Self, form) throws(ATError) in try me.showAddress(form) }),
    ("+CGCONTRDP", { (me: inout Self, form) throws(ATError) in try me.showDynamicParameters(form) }),
  ]

  private static let identifiers =
    "(\(PacketDataContext.identifiers.lowerBound)-\(PacketDataContext.identifiers.upperBound))"

  /// 10.1.1.
  private func defineContext(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read:
      return modem.contexts.defined.map {
        "+CGDCONT: \($0.identifier),\"\($0.family.name)\",\"\($0.accessPointName)\",\"\",0,0"
      }
    case .test:
      return PacketDataContext.AddressFamily.allCases.map {
        "+CGDCONT: \(Self.identifiers),\"\($0.name)\",,,(0),(0)"
      }
    case .set(let values):
      let identifier = try contextIdentifier(form)
      guard values.count > 1 else {
        modem.undefine(identifier)
        return []
      }
      let familyName = try form.text(1, omitted: "IP").uppercased()
      let name = try form.text(2, omitted: "")
      guard let family = PacketDataContext.AddressFamily.allCases.first(where: { $0.name == familyName }),
        name.utf8.count <= PacketDataContext.maximumNameLength
      else { throw .equipment(.incorrectParameters) }
      modem.define(PacketDataContext(identifier: identifier, family: family, accessPointName: name))
      return []
    case .execute: throw .syntax
    }
  }

  /// 10.1.10.
  private func activateContext(_ form: ATCommand.Form) throws(ATError) -> [String] {
    let contexts = modem.contexts
    switch form {
    case .read:
      return contexts.defined.map { "+CGACT: \($0.identifier),\(contexts.active == $0.identifier ? 1 : 0)" }
    case .test: return ["+CGACT: (0,1)"]
    case .set(let values):
      let isActivation = try isOn(form)
      let identifiers: [Int] =
        if values.count > 1 {
          try (1..<values.count).map { (index) throws(ATError) in try contextIdentifier(form, at: index) }
        } else {
          contexts.defined.map(\.identifier)
        }
      for identifier in identifiers {
        guard contexts[identifier] != nil else { throw .equipment(.operationNotAllowed) }
        if isActivation {
          try activate(identifier)
        } else {
          modem.deactivate(identifier)
        }
      }
      return []
    case .execute: throw .syntax
    }
  }

  private func activate(_ identifier: Int) throws(ATError) {
    guard modem.isRegistered else { throw .equipment(.noNetworkService) }
    guard modem.activate(identifier) else { throw .equipment(.operationNotAllowed) }
  }

  /// 10.1.9: the modem is attached as long as it is registered.
  private func attach(_ form: ATCommand.Form) throws(ATError) -> [String] {
    switch form {
    case .read: return ["+CGATT: \(modem.isRegistered ? 1 : 0)"]
    case .test: return ["+CGATT: (0,1)"]
    case .set:
      if try isOn(form) {
        guard modem.isRegistered else { throw .equipment(.noNetworkService) }
      } else {
        modem.deactivateAll()
      }
      return []
    case .execute: throw .syntax
    }
  }

  /// 10.1.14.
  private func showAddress(_ form: ATCommand.Form) throws(ATError) -> [String] {
    let contexts = modem.contexts
    switch form {
    case .test:
      return ["+CGPADDR: (\(contexts.defined.map { String($0.identifier) }.joined(separator: ",")))"]
    case .execute, .set:
      let wanted: Int? = form == .execute ? nil : try contextIdentifier(form)
      return contexts.defined.filter { $0.identifier == wanted ?? $0.identifier }.map {
        contexts.active == $0.identifier
          ? "+CGPADDR: \($0.identifier),\"\(modem.addresses.guest)\"" : "+CGPADDR: \($0.identifier)"
      }
    case .read: throw .syntax
    }
  }

  /// 10.1.23: the bearer, the access point, address and mask in one, the gateway and who knows names.
  private func showDynamicParameters(_ form: ATCommand.Form) throws(ATError) -> [String] {
    let contexts = modem.contexts
    switch form {
    case .test: return ["+CGCONTRDP: (\(contexts.active.map { String($0) } ?? ""))"]
    case .execute, .set:
      let wanted = form == .execute ? contexts.active : try contextIdentifier(form)
      guard let context = wanted.flatMap({ contexts[$0] }), contexts.active == context.identifier else {
        return []
      }
      let addresses = modem.addresses
      let nameServer = addresses.nameServer.map { "\"\($0)\"" } ?? "\"\""
      return [
        "+CGCONTRDP: \(context.identifier),5,\"\(context.accessPointName)\","
          + "\"\(addresses.guest).\(addresses.mask)\",\"\(addresses.gateway)\",\(nameServer)"
      ]
    case .read: throw .syntax
    }
  }

  private func contextIdentifier(_ form: ATCommand.Form, at index: Int = 0) throws(ATError) -> Int {
    let identifier = try form.number(index)
    guard PacketDataContext.identifiers.contains(identifier) else { throw .equipment(.incorrectParameters) }
    return identifier
  }

  private func isOn(_ form: ATCommand.Form) throws(ATError) -> Bool {
    switch try form.number(0) {
    case 0: return false
    case 1: return true
    default: throw .equipment(.incorrectParameters)
    }
  }
}
