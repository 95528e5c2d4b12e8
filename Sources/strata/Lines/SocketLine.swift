import Glibc

/// A line on a Unix-domain socket, which one client at a time may connect to.
///
/// What the guest sends before the first client comes is kept, up to a limit; what it sends between two clients
/// too.
final class SocketLine: HostLine {
  var output = OutputBuffer(descriptor: nil)
  let isTyped = false
  private let path: String
  private let listener: Int32
  private var client: Int32?

  private static let readSize = 4096

  /// Listens at `path`. A socket that nobody listens on any more is replaced; nothing else is.
  init(path: String) throws(CommandError) {
    self.path = path
    try Self.removeAbandonedSocket(path)
    listener = try Self.listen(at: path)
  }

  var source: LineSource { .awaited(client ?? listener) }

  /// A client that has gone is no failure.
  var failure: Int32? { nil }

  func receive() -> [LineInput] {
    guard let client else {
      acceptClient()
      return []
    }
    var bytes = [UInt8](repeating: 0, count: Self.readSize)
    let count = read(client, &bytes, bytes.count)
    if count < 0 && (errno == EINTR || errno == EAGAIN) { return [] }
    guard count > 0 else {
      dropClient()
      return []
    }
    return bytes[..<count].map(LineInput.character)
  }

  func close() {
    dropClient()
    Glibc.close(listener)
    unlink(path)
  }

  private func acceptClient() {
    let accepted = accept(listener, nil, nil)
    guard accepted >= 0 else { return }
    Descriptor.makePrivateAndNonblocking(accepted)
    client = accepted
    output.reconnect(to: accepted)
  }

  private func dropClient() {
    if let client { Glibc.close(client) }
    client = nil
    output.reconnect(to: nil)
  }

  // MARK: Listening

  private static func listen(at path: String) throws(CommandError) -> Int32 {
    guard var address = SocketAddress(path: path) else {
      throw CommandError(
        "the name \(path) is too long for a socket: use a shorter one", SystemExit.cannotCreate)
    }
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    Descriptor.makePrivateAndNonblocking(listener)
    guard listener >= 0, address.bind(listener) == 0, Glibc.listen(listener, 1) == 0 else {
      let error = CommandError(
        "cannot make the socket \(path): \(CommandError.text(of: errno))", SystemExit.cannotCreate)
      if listener >= 0 { Glibc.close(listener) }
      throw error
    }
    return listener
  }

  private static func removeAbandonedSocket(_ path: String) throws(CommandError) {
    var information = stat()
    guard lstat(path, &information) == 0 else { return }
    guard information.st_mode & S_IFMT == S_IFSOCK else {
      throw CommandError(
        "\(path) is there already and is no socket: name another place", SystemExit.cannotCreate)
    }
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { if probe >= 0 { Glibc.close(probe) } }
    if var address = SocketAddress(path: path), address.connect(probe) == 0 {
      throw CommandError(
        "another program listens on \(path): end it, or name another socket", SystemExit.cannotCreate)
    }
    unlink(path)
  }
}

/// The address of a Unix-domain socket.
private struct SocketAddress {
  private var address = sockaddr_un()

  /// `nil` if the name does not fit.
  init?(path: String) {
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(path.utf8)
    guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path), !name.contains(0) else {
      return nil
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
  }

  mutating func bind(_ descriptor: Int32) -> Int32 { perform { Glibc.bind(descriptor, $0, $1) } }
  mutating func connect(_ descriptor: Int32) -> Int32 { perform { Glibc.connect(descriptor, $0, $1) } }

  private mutating func perform(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
