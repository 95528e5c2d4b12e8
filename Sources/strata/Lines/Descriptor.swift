import Glibc

/// Settings of descriptors.
enum Descriptor {
  /// Programs that this one starts do not get the descriptor, and reading and writing never wait.
  static func makePrivateAndNonblocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }
}
