import Glibc
import Testing

/// A terminal at which a test sits.
final class PseudoTerminal {
  /// The test's end.
  let master: Int32
  /// The name of the other end.
  let path: String

  private let slave: Int32
  private let initialSettings: [UInt8]

  init() throws {
    var (master, slave): (Int32, Int32) = (-1, -1)
    var name = [CChar](repeating: 0, count: 128)
    try #require(openpty(&master, &slave, &name, nil, nil) == 0)
    for end in [master, slave] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (self.master, self.slave) = (master, slave)
    path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    initialSettings = Self.settings(of: slave)
  }

  deinit {
    close(slave)
    close(master)
  }

  /// Whether the settings are those from before.
  var isAsItWas: Bool { Self.settings(of: slave) == initialSettings }

  private static func settings(of descriptor: Int32) -> [UInt8] {
    var settings = termios()
    guard tcgetattr(descriptor, &settings) == 0 else { return [] }
    return withUnsafeBytes(of: settings) { Array($0) }
  }
}
