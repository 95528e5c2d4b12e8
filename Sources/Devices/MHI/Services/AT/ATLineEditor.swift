import Bus

/// Collects characters to command lines (ITU-T V.250, 5.2.1 and 5.2.2).
struct ATLineEditor {
  /// What a character led to.
  enum Event: Equatable {
    case none
    /// A command line without its AT and without what ended it.
    case line([UInt8])
    /// `A/`: the line before is to be done again.
    case again
    /// The line was longer than ``maximumLength``.
    case tooLong
  }

  private enum Progress: UInt8 {
    /// Before the first character of AT.
    case outside
    case afterA
    case body
    /// In a line that became too long.
    case overflow
  }

  /// How many characters a line may have.
  static let maximumLength = 2048

  private var progress = Progress.outside
  private var body: [UInt8] = []

  mutating func take(_ character: UInt8, settings: ATSettings) -> Event {
    switch progress {
    case .outside:
      if [UInt8(ascii: "A"), UInt8(ascii: "a")].contains(character) { progress = .afterA }
      return .none
    case .afterA:
      switch character {
      case UInt8(ascii: "T"), UInt8(ascii: "t"):
        progress = .body
        body.removeAll(keepingCapacity: true)
      case UInt8(ascii: "A"), UInt8(ascii: "a"): break
      case UInt8(ascii: "/"):
        progress = .outside
        return .again
      default: progress = .outside
      }
      return .none
    case .body, .overflow: return takeOfBody(character, settings: settings)
    }
  }

  private mutating func takeOfBody(_ character: UInt8, settings: ATSettings) -> Event {
    if character == settings.lineTermination {
      let isWhole = progress == .body
      progress = .outside
      return isWhole ? .line(body) : .tooLong
    }
    if character == settings.lineEditing {
      if !body.isEmpty { body.removeLast() }
      return .none
    }
    // Other control characters mean nothing, a line feed among them.
    guard character >= 0x20, progress == .body else { return .none }
    guard body.count < Self.maximumLength else {
      progress = .overflow
      return .none
    }
    body.append(character)
    return .none
  }

  func save(to writer: inout StateWriter) {
    writer.write(progress.rawValue)
    writer.write(body)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    guard let progress = Progress(rawValue: try reader.read()) else { throw .invalid }
    self.progress = progress
    body = try reader.readBytes()
    guard body.count <= Self.maximumLength else { throw .invalid }
  }
}
