import Glibc
import SystemPackage

/// Tells a person at a terminal how far a long command is, from its third second on.
struct ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now
  private var last: ContinuousClock.Instant?

  private static let patience = Duration.seconds(2)
  private static let interval = Duration.milliseconds(200)

  /// Takes note of how far it is.
  mutating func update(_ done: Int, of total: Int) {
    guard isTerminal, total > 0 else { return }
    let now = ContinuousClock.now
    guard now - start > Self.patience, last.map({ now - $0 > Self.interval }) ?? true else { return }
    last = now
    Self.write("\rstrata: \(done * 100 / total) %\u{1B}[K")
  }

  /// Takes the line away.
  func end() {
    if last != nil { Self.write("\r\u{1B}[K") }
  }

  private static func write(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll(text.utf8)
  }
}
