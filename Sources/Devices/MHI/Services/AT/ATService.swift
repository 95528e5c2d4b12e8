import Bus

/// A port that takes AT commands: 3GPP TS 27.007 on top of ITU-T V.250.
final class ATService: ModemService, CellularObserver {
  private var port: (any ModemPort)?
  private var editor = ATLineEditor()
  private var interpreter: ATInterpreter
  /// The last line, for `A/`.
  private var lastLine: [UInt8] = []
  private var output: [UInt8] = []

  /// Answers longer than this are sent in pieces.
  private static let pieceSize = 4096

  init(modem: CellularModem) {
    interpreter = ATInterpreter(modem: modem)
    modem.add(self)
  }

  func open(_ port: any ModemPort) { self.port = port }

  /// The settings stay; a line that was begun is forgotten.
  func close() {
    port = nil
    editor = ATLineEditor()
  }

  func receive(_ transfer: UnsafeRawBufferPointer) {
    for character in transfer {
      if interpreter.settings.echoes { output.append(character) }
      switch editor.take(character, settings: interpreter.settings) {
      case .none: break
      case .line(let line):
        lastLine = line
        perform(line)
      case .again: perform(lastLine)
      case .tooLong: say(.error)
      }
      if output.count >= Self.pieceSize { flush() }
    }
    flush()
  }

  func modemChanged(_ changes: CellularChanges) {
    guard changes.contains(.registration), port != nil else { return }
    for domain in RegistrationDomain.allCases {
      guard let report = interpreter.unsolicitedReport(of: domain) else { continue }
      say(report)
    }
    // During a command the report goes out with the answer.
    if !isPerforming { flush() }
  }

  // MARK: Answers

  private var isPerforming = false

  private func perform(_ line: [UInt8]) {
    // A command may change the registration, and reports of that need the interpreter, too.
    var interpreter = interpreter
    isPerforming = true
    let result = interpreter.perform(line) { say($0) }
    isPerforming = false
    self.interpreter = interpreter
    say(result)
  }

  /// One line of information (V.250, 5.7.1 and 6.2.6).
  private func say(_ text: String) {
    if interpreter.settings.isVerbose { endLine() }
    output += text.utf8
    endLine()
  }

  private func say(_ result: ATResult) {
    let settings = interpreter.settings
    guard !settings.isQuiet else { return }
    switch (result, settings.errorReports) {
    case (.equipmentError(let error), .numbers): say("+CME ERROR: \(error.rawValue)")
    case (.equipmentError(let error), .texts): say("+CME ERROR: \(error.text)")
    default:
      guard settings.isVerbose else {
        output += String(result.number).utf8
        output.append(settings.lineTermination)
        return
      }
      say(result.word)
    }
  }

  private func endLine() {
    output.append(interpreter.settings.lineTermination)
    output.append(interpreter.settings.responseFormatting)
  }

  private func flush() {
    output.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Self.pieceSize)
        rest = rest.dropFirst(piece.count)
        // A host that sends commands and never reads loses answers, as on a serial line.
        guard port?.send(UnsafeRawBufferPointer(rebasing: piece)) == true else { return }
      }
    }
    output.removeAll(keepingCapacity: true)
  }

  // MARK: State

  func save(to writer: inout StateWriter) {
    editor.save(to: &writer)
    interpreter.settings.save(to: &writer)
    writer.write(lastLine)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    try editor.restore(from: &reader)
    try interpreter.settings.restore(from: &reader)
    lastLine = try reader.readBytes()
  }
}

extension ATResult {
  /// V.250, table 1.
  fileprivate var word: String {
    switch self {
    case .ok: "OK"
    case .noCarrier: "NO CARRIER"
    case .error, .equipmentError: "ERROR"
    }
  }

  /// V.250, table 1.
  fileprivate var number: Int {
    switch self {
    case .ok: 0
    case .noCarrier: 3
    case .error, .equipmentError: 4
    }
  }
}
