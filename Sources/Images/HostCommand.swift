import Glibc
import SystemPackage

/// A program of the host that this module calls, and the Debian package that a person without it installs.
enum HostProgram: String {
  case aptCache = "apt-cache"
  case aptGet = "apt-get"
  case dpkgDeb = "dpkg-deb"
  case xz
  case zstd
  case gzip

  var debianPackage: String {
    switch self {
    case .aptCache, .aptGet: "apt"
    case .dpkgDeb: "dpkg"
    case .xz: "xz-utils"
    case .zstd: "zstd"
    case .gzip: "gzip"
    }
  }
}

/// One run of a program of the host: no input, output and diagnostics captured, messages in English.
///
/// The program stays in this process's group, so that Ctrl-C on the terminal ends both.
struct HostCommand {
  struct Result {
    let status: Int32
    let output: [UInt8]
    let diagnostics: String

    var outputText: String { String(decoding: output, as: UTF8.self) }

    /// The line of the diagnostics that says most: the last one that calls itself an error, or the last one.
    var complaint: String {
      let lines = diagnostics.split(whereSeparator: \.isNewline)
      let chosen = lines.last { $0.hasPrefix("E:") || $0.contains("error") } ?? lines.last
      guard let chosen else { return "status \(status)" }
      return String(chosen.hasPrefix("E: ") ? chosen.dropFirst(3) : chosen)
    }
  }

  /// What a shell ends with when it does not find the program.
  private static let statusOfMissingProgram: Int32 = 127

  private let program: String
  private let arguments: [String]
  private let folder: FilePath?
  private let adviceIfMissing: String

  init(_ program: HostProgram, _ arguments: [String], in folder: FilePath? = nil) {
    self.program = program.rawValue
    self.arguments = arguments
    self.folder = folder
    adviceIfMissing = "install the Debian package \(program.debianPackage)"
  }

  /// A program that is not installed but lies at `path`.
  init(at path: FilePath, _ arguments: [String]) {
    program = path.string
    self.arguments = arguments
    folder = nil
    adviceIfMissing = "it does not run on this host"
  }

  /// Runs the program and gives its output.
  ///
  /// - Throws: ``ImageError`` of kind `unavailable` when it cannot be started or ends with a status other
  ///   than 0.
  func output() throws(ImageError) -> Result {
    let result = try run()
    guard result.status == 0 else {
      throw ImageError(.unavailable, "\(program) failed: \(result.complaint)")
    }
    return result
  }

  /// Runs the program to its end. A signal that ended it counts as 128 and its number, as in a shell.
  ///
  /// - Throws: ``ImageError`` of kind `unavailable` when it cannot be started.
  func run() throws(ImageError) -> Result {
    do {
      let output = try FileDescriptor.pipe()
      let diagnostics: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
      do {
        diagnostics = try FileDescriptor.pipe()
      } catch {
        try? output.readEnd.close()
        try? output.writeEnd.close()
        throw error
      }
      defer {
        try? output.readEnd.close()
        try? diagnostics.readEnd.close()
      }
      let started = Swift.Result<pid_t, ImageError> { () throws(ImageError) in
        try start(output: output, diagnostics: diagnostics)
      }
      try? output.writeEnd.close()
      try? diagnostics.writeEnd.close()
      let process = try started.get()
      let captured = collect([output.readEnd, diagnostics.readEnd])
      var raw: Int32 = 0
      while waitpid(process, &raw, 0) == -1, errno == EINTR {}
      let signal = raw & 0x7f
      let status = signal == 0 ? (raw >> 8) & 0xff : 128 + signal
      guard status != Self.statusOfMissingProgram else {
        throw ImageError(.unavailable, "\(program) is not on this machine: \(adviceIfMissing)")
      }
      return Result(
        status: status, output: captured[0], diagnostics: String(decoding: captured[1], as: UTF8.self))
    } catch let error as ImageError {
      throw error
    } catch {
      throw ImageError(.unavailable, "cannot run \(program): \(error)")
    }
  }

  private typealias Pipe = (readEnd: FileDescriptor, writeEnd: FileDescriptor)

  private func start(output: Pipe, diagnostics: Pipe) throws(ImageError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.writeEnd.rawValue, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, diagnostics.writeEnd.rawValue, STDERR_FILENO)
    for descriptor in [output.readEnd, output.writeEnd, diagnostics.readEnd, diagnostics.writeEnd] {
      posix_spawn_file_actions_addclose(&actions, descriptor.rawValue)
    }
    let words = wordsForShell.map { strdup($0) }
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, "/bin/sh", &actions, nil, words + [nil], environ)
    guard failure == 0 else {
      throw ImageError(.unavailable, "cannot run \(program): \(Errno(rawValue: failure))")
    }
    return process
  }

  /// The shell sets the language, so that messages can be read by a program, and the folder to run in, for
  /// which `posix_spawn` has no portable action. Nothing is put into the script's own text.
  private var wordsForShell: [String] {
    let script = "export LC_ALL=C.UTF-8; cd \"$0\" && exec \"$@\""
    return ["sh", "-c", script, folder?.string ?? ".", program] + arguments
  }

  /// Reads several pipes until all are at their end, whichever has something first.
  private func collect(_ pipes: [FileDescriptor]) -> [[UInt8]] {
    var collected = pipes.map { _ in [UInt8]() }
    var waiting = pipes.map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
    while waiting.contains(where: { $0.fd >= 0 }) {
      guard poll(&waiting, nfds_t(waiting.count), -1) >= 0 || errno == EINTR else { break }
      for index in waiting.indices where waiting[index].fd >= 0 && waiting[index].revents != 0 {
        let piece = try? [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
          count = try pipes[index].read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        if let piece, !piece.isEmpty {
          collected[index].append(contentsOf: piece)
        } else {
          waiting[index].fd = -1
        }
        waiting[index].revents = 0
      }
    }
    return collected
  }
}
