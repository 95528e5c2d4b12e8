/// A line being typed at a terminal: takes bytes, says what to show.
///
/// Understands backspace and delete, the left, right, home and end keys, Ctrl-A, Ctrl-E, Ctrl-U, Ctrl-K and
/// Ctrl-C, and the up and down keys for earlier lines.
struct LineEditor {
  /// What came of a byte.
  enum Event {
    /// Nothing to do but to show the text.
    case show(String)
    /// The line is complete.
    case line(String)
  }

  private enum Key {
    static let home: UInt8 = 0x01
    static let interrupt: UInt8 = 0x03
    static let end: UInt8 = 0x05
    static let backspace: UInt8 = 0x08
    static let lineFeed: UInt8 = 0x0A
    static let killToEnd: UInt8 = 0x0B
    static let carriageReturn: UInt8 = 0x0D
    static let killAll: UInt8 = 0x15
    static let escape: UInt8 = 0x1B
    static let delete: UInt8 = 0x7F
    static let printable: ClosedRange<UInt8> = 0x20...0x7E
  }

  /// How far into an escape sequence "ESC [ digits letter" the input is.
  private enum Sequence {
    case none, escape
    case parameter(UInt8)
  }

  private static let longestLine = 256
  private static let longestHistory = 32

  let prompt: String
  private var text: [UInt8] = []
  private var cursor = 0
  private var sequence = Sequence.none
  private var history: [[UInt8]] = []
  /// The place in the history that is shown; its end means the line being typed.
  private var recalled = 0

  init(prompt: String) { self.prompt = prompt }

  /// Takes a byte from the terminal.
  mutating func receive(_ byte: UInt8) -> Event {
    switch sequence {
    case .escape:
      sequence = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") ? .parameter(0) : .none
      return .show("")
    case .parameter(let parameter):
      return continueSequence(byte, parameter)
    case .none:
      return receiveKey(byte)
    }
  }

  private mutating func receiveKey(_ byte: UInt8) -> Event {
    switch byte {
    case Key.carriageReturn, Key.lineFeed: return finish()
    case Key.backspace, Key.delete:
      guard cursor > 0 else { return .show("") }
      cursor -= 1
      text.remove(at: cursor)
    case Key.home: cursor = 0
    case Key.end: cursor = text.count
    case Key.killAll: replace([])
    case Key.killToEnd: text.removeSubrange(cursor...)
    case Key.interrupt:
      replace([])
      recalled = history.count
      return .show("^C\n" + line)
    case Key.escape:
      sequence = .escape
      return .show("")
    case Key.printable where text.count < Self.longestLine:
      text.insert(byte, at: cursor)
      cursor += 1
      // The usual case needs no redrawing.
      if cursor == text.count { return .show(String(decoding: [byte], as: UTF8.self)) }
    default: return .show("")
    }
    return .show(line)
  }

  private mutating func continueSequence(_ byte: UInt8, _ parameter: UInt8) -> Event {
    if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      sequence = .parameter(parameter &* 10 &+ (byte - UInt8(ascii: "0")))
      return .show("")
    }
    sequence = .none
    switch (byte, parameter) {
    case (UInt8(ascii: "A"), _): recall(recalled - 1)
    case (UInt8(ascii: "B"), _): recall(recalled + 1)
    case (UInt8(ascii: "C"), _): cursor = min(cursor + 1, text.count)
    case (UInt8(ascii: "D"), _): cursor = max(cursor - 1, 0)
    case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), 1): cursor = 0
    case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), 4): cursor = text.count
    case (UInt8(ascii: "~"), 3):
      if cursor < text.count { text.remove(at: cursor) }
    default: return .show("")
    }
    return .show(line)
  }

  private mutating func finish() -> Event {
    let finished = text
    if !finished.isEmpty {
      history.append(finished)
      if history.count > Self.longestHistory { history.removeFirst() }
    }
    replace([])
    recalled = history.count
    return .line(String(decoding: finished, as: UTF8.self))
  }

  private mutating func recall(_ place: Int) {
    guard (0...history.count).contains(place) else { return }
    recalled = place
    replace(place < history.count ? history[place] : [])
  }

  private mutating func replace(_ newText: [UInt8]) {
    text = newText
    cursor = newText.count
  }

  /// What draws the line over what is there, with the cursor in its place.
  private var line: String {
    let back = text.count - cursor
    return "\r" + prompt + String(decoding: text, as: UTF8.self) + "\u{1B}[K"
      + (back > 0 ? "\u{1B}[\(back)D" : "")
  }
}
