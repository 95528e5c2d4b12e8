import Bus

/// Does what commands say.
struct ATInterpreter {
  let modem: CellularModem
  var settings = ATSettings()

  /// Handles one command in one form; gives lines of information.
  typealias Handler = @Sendable (inout ATInterpreter, ATCommand.Form) throws(ATError) -> [String]

  private static let table: [String: Handler] = {
    var table: [String: Handler] = [:]
    for group in [
      basicCommands, identificationCommands, equipmentCommands, subscriberCommands, networkCommands,
      packetCommands, faultCommands,
    ] {
      for (name, handler) in group { table[name] = handler }
    }
    return table
  }()

  /// The names of all commands but those for registers, in alphabetical order.
  static var commandNames: [String] { table.keys.sorted() }

  init(modem: CellularModem) { self.modem = modem }

  /// Does all commands of a line up to the first that fails; hands each line of information to `say`.
  mutating func perform(_ line: [UInt8], say: (String) -> Void) -> ATResult {
    var parser = ATLineParser(line)
    do throws(ATError) {
      while let command = try parser.nextCommand() {
        for text in try perform(command) { say(text) }
      }
      return .ok
    } catch {
      return switch error {
      case .syntax: .error
      case .equipment(let error): .equipmentError(error)
      case .noCarrier: .noCarrier
      }
    }
  }

  private mutating func perform(_ command: ATCommand) throws(ATError) -> [String] {
    if command.name.first == "S", let register = Int(command.name.dropFirst()) {
      return try accessRegister(register, command.form)
    }
    guard let handler = Self.table[command.name] else { throw .syntax }
    return try handler(&self, command.form)
  }
}

extension ATCommand.Form {
  /// The number at `index`; what was omitted is `omitted`, if anything may be.
  func number(_ index: Int, omitted: Int? = nil) throws(ATError) -> Int {
    switch value(index) {
    case .number(let number): return number
    case .omitted:
      guard let omitted else { throw .equipment(.incorrectParameters) }
      return omitted
    case .text: throw .equipment(.incorrectParameters)
    }
  }

  /// The text at `index`; digits may be given without quotes.
  func text(_ index: Int, omitted: String? = nil) throws(ATError) -> String {
    switch value(index) {
    case .text(let text): return text
    case .number(let number): return String(number)
    case .omitted:
      guard let omitted else { throw .equipment(.incorrectParameters) }
      return omitted
    }
  }

  /// The choice at `index`, by its number.
  func choice<Choice: RawRepresentable>(_ index: Int, omitted: Choice? = nil) throws(ATError) -> Choice
  where Choice.RawValue == UInt8 {
    let number = try number(index, omitted: (omitted?.rawValue).map { Int($0) })
    guard let choice = UInt8(exactly: number).flatMap({ Choice(rawValue: $0) }) else {
      throw .equipment(.incorrectParameters)
    }
    return choice
  }

  private func value(_ index: Int) -> ATValue {
    guard case .set(let values) = self, index < values.count else { return .omitted }
    return values[index]
  }
}
