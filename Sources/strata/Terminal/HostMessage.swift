import Glibc
import Logging

/// Text for the person at the terminal, on standard error, in whatever mode the terminal is.
enum HostMessage {
  /// Writes text and a newline.
  static func write(_ text: String) {
    var bytes: [UInt8] = []
    for byte in (text + "\n").utf8 {
      if byte == UInt8(ascii: "\n"), Terminal.isRaw { bytes.append(UInt8(ascii: "\r")) }
      bytes.append(byte)
    }
    writeAll(bytes, to: STDERR_FILENO)
  }

  /// Writes bytes as far as the descriptor takes them; tells whether it took them all.
  @discardableResult
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count > 0 { written += count }
      guard count > 0 || count < 0 && errno == EINTR else { return false }
    }
    return true
  }
}

/// Writes log messages like every other line of this program.
struct HostLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { HostMessage.write("strata: \(event.level): \(event.message)") }

  /// A logger that writes to standard error.
  static func logger(_ label: String) -> Logger { Logger(label: label) { _ in HostLog() } }
}
