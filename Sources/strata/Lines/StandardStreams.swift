import Glibc

/// A line on standard input and output.
final class StandardStreams: HostLine {
  var output = OutputBuffer(descriptor: STDOUT_FILENO)
  private(set) var source: LineSource
  let isTyped: Bool
  private var escapes = EscapeInterpreter()

  private static let readSize = 4096

  init() {
    isTyped = Terminal.isPresent
    source = Self.sourceOfStandardInput()
  }

  private static func sourceOfStandardInput() -> LineSource {
    var information = stat()
    guard fstat(STDIN_FILENO, &information) == 0 else { return .ended }
    switch information.st_mode & S_IFMT {
    case S_IFREG: return .immediate(STDIN_FILENO)
    case S_IFCHR where isatty(STDIN_FILENO) == 0: return .immediate(STDIN_FILENO)
    case S_IFDIR: return .ended
    default: return .awaited(STDIN_FILENO)
    }
  }

  /// A reader that has gone, a full disk: output is what the run is for.
  var failure: Int32? { output.failure }

  func receive() -> [LineInput] {
    var bytes = [UInt8](repeating: 0, count: Self.readSize)
    let count = read(STDIN_FILENO, &bytes, bytes.count)
    if count < 0 && (errno == EINTR || errno == EAGAIN) { return [] }
    guard count > 0 else {
      source = .ended
      return []
    }
    guard isTyped else { return bytes[..<count].map(LineInput.character) }
    return bytes[..<count].compactMap {
      switch escapes.interpret($0) {
      case .character(let byte): .character(byte)
      case .command(let command): .command(command)
      case .pending: nil
      }
    }
  }

  func close() {}
}
