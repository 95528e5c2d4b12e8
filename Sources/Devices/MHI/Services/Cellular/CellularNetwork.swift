import Bus

/// The radio network around the modem. It is always there and always the same.
struct CellularNetwork {
  /// How the modem chooses its operator (3GPP TS 27.007, 7.3).
  enum Selection: UInt8 {
    case automatic = 0
    case manual = 1
    case deregistered = 2
  }

  /// The operator's name in full.
  let operatorName = "Strata Test Network"
  /// The operator's name where room is short.
  let shortOperatorName = "Strata"
  /// The mobile country code of networks for tests (ITU-T E.212).
  let countryCode: UInt16 = 1
  /// The operator's number in its country.
  let networkCode: UInt16 = 1
  /// Both numbers as digits.
  let operatorNumber = "00101"
  /// The tracking area, and the location area for those who know no other.
  let trackingArea: UInt16 = 1
  /// The cell.
  let cell: UInt32 = 0x1A2_D001
  /// How strong the signal is.
  let signal = SignalStrength()

  var selection = Selection.automatic

  func save(to writer: inout StateWriter) { writer.write(selection.rawValue) }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    guard let selection = Selection(rawValue: try reader.read()) else { throw .invalid }
    self.selection = selection
  }
}

/// How well the modem hears its cell.
struct SignalStrength {
  /// All that is received, in dBm.
  let receivedStrength: Int8 = -73
  /// Reference signal received power of LTE, in dBm.
  let referencePower: Int16 = -95
  /// Reference signal received quality of LTE, in dB.
  let referenceQuality: Int8 = -10
  /// Signal to noise in tenths of dB.
  let signalToNoise: Int16 = 180

  /// The received strength in steps of 2 dB from -113 dBm on (TS 27.007, 8.5).
  var receivedStrengthIndex: Int { (Int(receivedStrength) + 113) / 2 }
  /// The reference power in steps of 1 dB from -141 dBm on (TS 27.007, 8.69).
  var referencePowerIndex: Int { Int(referencePower) + 141 }
  /// The reference quality in steps of 0.5 dB from -20 dB on (TS 27.007, 8.69).
  var referenceQualityIndex: Int { (Int(referenceQuality) + 20) * 2 }
}
