import Glibc

/// Reads lines from standard input, which the terminal lets a person edit.
struct LineReader {
  /// What came.
  enum Item: Equatable {
    case line(String)
    /// Ctrl-C, or the return from Ctrl-Z: what was typed is gone.
    case interrupted
    /// Ctrl-D, or a signal that ends the run.
    case ended
  }

  private var bytes: [UInt8] = []

  /// Waits for a line.
  mutating func next() -> Item {
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        defer { bytes.removeFirst(end + 1) }
        return .line(String(decoding: bytes[..<end], as: UTF8.self))
      }
      var piece = [UInt8](repeating: 0, count: 1024)
      let count = read(STDIN_FILENO, &piece, piece.count)
      if count > 0 {
        bytes += piece[..<count]
      } else if count < 0, errno == EINTR {
        if let item = itemOfSignal() { return item }
      } else {
        return .ended
      }
    }
  }

  /// Signals that came while nobody else could look after them.
  private mutating func itemOfSignal() -> Item? {
    if HostSignals.take(SIGTSTP) {
      HostSignals.performDefault(SIGTSTP)
      return .interrupted
    }
    if HostSignals.take(SIGINT) {
      bytes = []
      return .interrupted
    }
    return HostSignals.endingSignal == nil ? nil : .ended
  }
}
