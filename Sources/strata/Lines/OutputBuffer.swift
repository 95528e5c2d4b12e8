import Glibc

/// Characters on their way to a descriptor of the host.
struct OutputBuffer {
  /// Where they go; `nil` while nobody listens.
  var descriptor: Int32?
  /// Why the descriptor takes no more; what comes after is dropped.
  private(set) var failure: Int32?
  /// How many characters were ever appended.
  private(set) var count: UInt64 = 0
  /// The last character that was ever appended.
  private(set) var last: UInt8?

  private var bytes: [UInt8] = []
  private let backlogLimit: Int

  /// Writes of no more than this do not block once a pipe has room (POSIX, `PIPE_BUF`).
  private static let pieceSize = 4096
  private static let pollMilliseconds: Int32 = 100

  /// A buffer that keeps the last `backlogLimit` characters while there is no descriptor.
  init(descriptor: Int32?, backlogLimit: Int = 64 << 10) {
    self.descriptor = descriptor
    self.backlogLimit = backlogLimit
  }

  var isEmpty: Bool { bytes.isEmpty }

  mutating func append(_ byte: UInt8) {
    count &+= 1
    last = byte
    bytes.append(byte)
  }

  mutating func append(_ more: some Sequence<UInt8>) {
    for byte in more { append(byte) }
  }

  /// Forgets why the last descriptor failed, and goes on with another one.
  mutating func reconnect(to descriptor: Int32?) {
    self.descriptor = descriptor
    failure = nil
  }

  /// Writes everything, waiting as long as `mayWait` says.
  mutating func flush(mayWait: () -> Bool) {
    guard !bytes.isEmpty else { return }
    guard failure == nil else {
      bytes.removeAll(keepingCapacity: true)
      return
    }
    guard let descriptor else {
      if bytes.count > backlogLimit { bytes.removeFirst(bytes.count - backlogLimit) }
      return
    }
    var written = 0
    while written < bytes.count, failure == nil {
      var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if poll(&request, 1, Self.pollMilliseconds) <= 0 {
        guard mayWait() else { break }
        continue
      }
      let piece = min(Self.pieceSize, bytes.count - written)
      let result = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + written }, piece) }
      if result >= 0 {
        written += result
      } else if errno != EINTR && errno != EAGAIN {
        failure = errno
      }
    }
    bytes.removeFirst(failure == nil ? written : bytes.count)
  }
}
