import Glibc
import Synchronization

/// The terminal that standard input is connected to.
///
/// In raw mode every key goes to the guest. The settings from before are kept where a signal handler finds
/// them, so that the terminal is usable again however the process ends.
enum Terminal {
  /// The size of a terminal in characters.
  struct Size: Equatable {
    var columns: UInt16
    var rows: UInt16
  }

  /// The address of the settings to go back to; zero while the terminal is as it was found. The memory is never
  /// freed, because a signal handler may hold the address at any time.
  private static let saved = Atomic<UInt>(0)

  /// Whether standard input is a terminal.
  static var isPresent: Bool { isatty(STDIN_FILENO) == 1 }

  /// Whether lines for people have to end with a carriage return too.
  static var isRaw: Bool { saved.load(ordering: .relaxed) != 0 }

  /// Hands every key to the program, and sends every character as it is.
  static func enterRawMode() {
    guard !isRaw else { return }
    let settings = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    settings.initialize(to: termios())
    guard tcgetattr(STDIN_FILENO, settings) == 0 else {
      settings.deallocate()
      return
    }
    saved.store(UInt(bitPattern: settings), ordering: .releasing)
    applyRawMode()
  }

  /// Sets raw mode once more, after another program has had the terminal.
  static func applyRawMode() {
    guard let settings = UnsafePointer<termios>(bitPattern: saved.load(ordering: .acquiring)) else { return }
    var raw = settings.pointee
    cfmakeraw(&raw)
    set(&raw)
  }

  /// Gives the terminal back as it was found.
  static func restore() {
    guard let settings = takeSaved() else { return }
    set(settings)
  }

  /// Gives the terminal back from a signal handler: only functions that POSIX allows there.
  static func restoreFromSignalHandler() {
    guard let settings = takeSaved() else { return }
    tcsetattr(STDIN_FILENO, TCSANOW, settings)
  }

  private static func takeSaved() -> UnsafePointer<termios>? {
    UnsafePointer(bitPattern: saved.exchange(0, ordering: .acquiringAndReleasing))
  }

  /// Does not wait until what was written is shown: a terminal that is held would hold the process too.
  private static func set(_ settings: UnsafePointer<termios>) {
    while tcsetattr(STDIN_FILENO, TCSANOW, settings) != 0, errno == EINTR {}
  }

  /// The size of the terminal's window; `nil` if it does not tell.
  static var size: Size? {
    var window = winsize()
    guard ioctl(STDIN_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
      return nil
    }
    return Size(columns: window.ws_col, rows: window.ws_row)
  }
}
