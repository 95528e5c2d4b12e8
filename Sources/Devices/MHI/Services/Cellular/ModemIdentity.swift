/// Who made the modem and which one it is.
public struct ModemIdentity: Sendable {
  /// The maker's name.
  public let manufacturer: String
  /// The name of the model.
  public let model: String
  /// The revision of its firmware.
  public let revision: String
  /// The International Mobile Equipment Identity: 15 digits (3GPP TS 23.003, 6.2.1).
  public let equipmentIdentity: String

  /// A modem that Strata makes in the shape of a real `model`.
  public init(model: String) {
    manufacturer = "Strata"
    self.model = model
    revision = "1.0"
    // Type allocation codes from 00 to 01 are for test equipment.
    equipmentIdentity = CheckDigit.append(to: "00101000000001")
  }
}

/// The last digit of equipment and card numbers, after Luhn (ISO/IEC 7812-1, annex B).
enum CheckDigit {
  /// The digits with their check digit behind them.
  static func append(to digits: String) -> String {
    var sum = 0
    for (index, character) in digits.reversed().enumerated() {
      let digit = character.wholeNumberValue ?? 0
      // Every second digit counts double, from the one before the check digit on.
      let weighted = index.isMultiple(of: 2) ? digit * 2 : digit
      sum += weighted / 10 + weighted % 10
    }
    return digits + String((10 - sum % 10) % 10)
  }
}
