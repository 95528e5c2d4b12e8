import Glibc

/// A line whose output goes to a file and that has no input.
final class FileLine: HostLine {
  var output: OutputBuffer
  let source = LineSource.ended
  let isTyped = false

  /// Makes the file, or empties it. While the line is there, no other run writes to the file.
  init(path: String) throws(CommandError) {
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
      throw CommandError(
        "\(path) is no regular file, so no line is written to it: name another file",
        SystemExit.cannotCreate)
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw CommandError("cannot create \(path): \(CommandError.text(of: errno))", SystemExit.cannotCreate)
    }
    // File systems that have no locks do without.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      Glibc.close(descriptor)
      throw CommandError("another program writes \(path): name another file", SystemExit.cannotCreate)
    }
    ftruncate(descriptor, 0)
    output = OutputBuffer(descriptor: descriptor)
  }

  var failure: Int32? { output.failure }

  func receive() -> [LineInput] { [] }

  func close() {
    if let descriptor = output.descriptor { Glibc.close(descriptor) }
    output.descriptor = nil
  }
}
