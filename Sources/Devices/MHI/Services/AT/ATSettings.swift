import Bus

/// What the host may set on one AT port, and what ATZ and AT&F put back.
struct ATSettings {
  /// How errors of the equipment are reported (3GPP TS 27.007, 9.1).
  enum ErrorReports: UInt8 {
    case plain = 0
    case numbers = 1
    case texts = 2
  }

  /// How an operator is named (TS 27.007, 7.3).
  enum OperatorFormat: UInt8 {
    case long = 0
    case short = 1
    case number = 2
  }

  /// What is said of registration without being asked (TS 27.007, 7.2).
  enum RegistrationReports: UInt8 {
    case none = 0
    case status = 1
    case statusAndPlace = 2
  }

  /// Whether what arrives is sent back (ITU-T V.250, 6.2.4).
  var echoes = true
  /// Whether result codes are words (V.250, 6.2.6).
  var isVerbose = true
  /// Whether there are result codes at all (V.250, 6.2.5).
  var isQuiet = false
  var errorReports = ErrorReports.plain
  var operatorFormat = OperatorFormat.long
  /// One for each of ``RegistrationDomain``.
  var registrationReports = [RegistrationReports](
    repeating: .none, count: RegistrationDomain.allCases.count)
  /// Whether messages are text (TS 27.005, 3.2.3).
  var messagesAreText = false
  /// The S-registers (V.250, 5.3.2).
  var registers = ATSettings.initialRegisters

  /// The registers that have a meaning here: S0 to S10.
  private static let initialRegisters: [UInt8] = [0, 0, 43, 13, 10, 8, 2, 60, 2, 6, 14]

  /// S3, which ends a command line.
  var lineTermination: UInt8 { registers[3] }
  /// S4, which follows it in answers.
  var responseFormatting: UInt8 { registers[4] }
  /// S5, which takes back the character before it.
  var lineEditing: UInt8 { registers[5] }

  func save(to writer: inout StateWriter) {
    writer.write(echoes)
    writer.write(isVerbose)
    writer.write(isQuiet)
    writer.write(errorReports.rawValue)
    writer.write(operatorFormat.rawValue)
    for reports in registrationReports { writer.write(reports.rawValue) }
    writer.write(messagesAreText)
    for register in registers { writer.write(register) }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    echoes = try reader.readBool()
    isVerbose = try reader.readBool()
    isQuiet = try reader.readBool()
    guard let errorReports = ErrorReports(rawValue: try reader.read()),
      let operatorFormat = OperatorFormat(rawValue: try reader.read())
    else { throw .invalid }
    self.errorReports = errorReports
    self.operatorFormat = operatorFormat
    for index in registrationReports.indices {
      guard let reports = RegistrationReports(rawValue: try reader.read()) else { throw .invalid }
      registrationReports[index] = reports
    }
    messagesAreText = try reader.readBool()
    for index in registers.indices { registers[index] = try reader.read() }
  }
}

/// The services that a modem registers for, each with a command of its own.
enum RegistrationDomain: Int, CaseIterable {
  /// Calls (TS 27.007, 7.2).
  case circuitSwitched
  /// Packets by GPRS (TS 27.007, 10.1.20).
  case packetSwitched
  /// Packets by LTE (TS 27.007, 10.1.22).
  case evolved

  /// The command's name.
  var command: String {
    switch self {
    case .circuitSwitched: "+CREG"
    case .packetSwitched: "+CGREG"
    case .evolved: "+CEREG"
    }
  }
}
