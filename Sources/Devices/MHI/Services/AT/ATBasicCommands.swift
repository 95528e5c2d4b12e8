/// The commands of ITU-T V.250.
extension ATInterpreter {
  static let basicCommands: [(String, Handler)] = [
    ("E", { (me: inout Self, form) throws(ATError) in try me.setSwitch(\.echoes, form) }),
    ("V", { (me: inout Self, form) throws(ATError) in try me.setSwitch(\.isVerbose, form) }),
    ("Q", { (me: inout Self, form) throws(ATError) in try me.setSwitch(\.isQuiet, form) }),
    ("Z", { (me: inout Self, form) throws(ATError) in me.resetSettings() }),
    ("&F", { (me: inout Self, form) throws(ATError) in me.resetSettings() }),
    ("I", { (me: inout Self, form) throws(ATError) in me.identification() }),
    ("H", { (me: inout Self, form) throws(ATError) in [] }),
    // There is no data mode, and so nothing to return to: what PPP would carry has an interface of its own.
    ("O", { (me: inout Self, form) throws(ATError) -> [String] in throw .noCarrier }),
    ("D", { (me: inout Self, form) throws(ATError) -> [String] in throw .noCarrier }),
    ("A", { (me: inout Self, form) throws(ATError) -> [String] in throw .noCarrier }),
    // A modem without a telephone line has no tones, circuits and speaker to set.
    ("X", { (me: inout Self, form) throws(ATError) in [] }),
    ("L", { (me: inout Self, form) throws(ATError) in [] }),
    ("M", { (me: inout Self, form) throws(ATError) in [] }),
    ("T", { (me: inout Self, form) throws(ATError) in [] }),
    ("P", { (me: inout Self, form) throws(ATError) in [] }),
    ("&C", { (me: inout Self, form) throws(ATError) in [] }),
    ("&D", { (me: inout Self, form) throws(ATError) in [] }),
    ("&K", { (me: inout Self, form) throws(ATError) in [] }),
    ("&S", { (me: inout Self, form) throws(ATError) in [] }),
    ("&W", { (me: inout Self, form) throws(ATError) in [] }),
  ]

  /// V.250, 6.2.4 to 6.2.6: 0 or 1.
  private mutating func setSwitch(
    _ path: WritableKeyPath<ATSettings, Bool>, _ form: ATCommand.Form
  ) throws(ATError) -> [String] {
    switch try form.number(0) {
    case 0: settings[keyPath: path] = false
    case 1: settings[keyPath: path] = true
    default: throw .syntax
    }
    return []
  }

  /// V.250, 6.1.1 and 6.1.2.
  private mutating func resetSettings() -> [String] {
    settings = ATSettings()
    return []
  }

  /// V.250, 6.1.3: what it says is the maker's choice.
  private func identification() -> [String] {
    [
      "Manufacturer: \(modem.identity.manufacturer)", "Model: \(modem.identity.model)",
      "Revision: \(modem.identity.revision)", "IMEI: \(modem.identity.equipmentIdentity)",
      "+GCAP: +CGSM",
    ]
  }

  /// V.250, 5.3.2.
  mutating func accessRegister(_ register: Int, _ form: ATCommand.Form) throws(ATError) -> [String] {
    guard settings.registers.indices.contains(register) else { throw .syntax }
    switch form {
    case .read:
      let digits = String(settings.registers[register])
      return [String(repeating: "0", count: 3 - digits.count) + digits]
    case .set:
      guard let value = UInt8(exactly: try form.number(0)), value < 0x80 || register > 5 else {
        throw .syntax
      }
      settings.registers[register] = value
      return []
    case .execute, .test: return []
    }
  }
}
