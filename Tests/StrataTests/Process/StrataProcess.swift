import Glibc
import Testing

/// The command `strata` as a process of its own, as people and scripts start it.
final class StrataProcess {
  /// What its standard streams are.
  enum Streams {
    /// A terminal for all three.
    case terminal
    /// Pipes; standard input ends after what is given.
    case pipes(input: String)

    /// Pipes, with nothing on standard input.
    static let pipes = pipes(input: "")
  }

  /// Something that was waited for did not come.
  struct Silence: Error, CustomStringConvertible {
    let description: String
  }

  /// What the process wrote: all of it on a terminal, else its standard output.
  var output: String { String(decoding: streams[0].bytes, as: UTF8.self) }
  /// What it wrote to standard error, unless that is a terminal.
  var diagnostics: String { streams.count > 1 ? String(decoding: streams[1].bytes, as: UTF8.self) : "" }

  /// `POSIX_SPAWN_SETSID`, so that the terminal becomes the controlling terminal of the process. The header has
  /// it for programs that ask for GNU's extensions only.
  private static let newSession: Int16 = 0x80

  private let process: pid_t
  private let terminal: PseudoTerminal?
  private var streams: [(descriptor: Int32, bytes: [UInt8])]
  /// What ``expect(_:within:)`` has read already.
  private var position = 0
  private var status: Int32?

  /// Starts the command.
  ///
  /// - Parameter environment: variables that differ from those of the tests.
  init(_ arguments: [String], on streams: Streams, environment: [String: String] = [:]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The threads that run tests hold signals back, which a process would inherit.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Self.newSession | Int16(POSIX_SPAWN_SETSIGMASK))
    var childEnds: [Int32] = []
    switch streams {
    case .terminal:
      let terminal = try PseudoTerminal()
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal.path, O_RDWR, 0)
      posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
      posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
      self.terminal = terminal
      self.streams = [(terminal.master, [])]
    case .pipes(let input):
      terminal = nil
      self.streams = []
      let (inputEnd, sourceEnd) = try Self.makePipe()
      posix_spawn_file_actions_adddup2(&actions, inputEnd, STDIN_FILENO)
      childEnds += [inputEnd, sourceEnd]
      // A pipe holds at least a page.
      try #require(input.utf8.count <= 4096)
      try #require(write(sourceEnd, Array(input.utf8), input.utf8.count) == input.utf8.count)
      for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
        let (ownEnd, childEnd) = try Self.makePipe()
        posix_spawn_file_actions_adddup2(&actions, childEnd, descriptor)
        childEnds.append(childEnd)
        self.streams.append((ownEnd, []))
      }
    }
    defer { for end in childEnds { close(end) } }
    let words = ([CommandFiles.strata] + arguments).map { strdup($0) }
    let variables = CommandFiles.environment(environment).map { strdup($0) }
    defer { for word in words + variables { free(word) } }
    var process: pid_t = 0
    let failure = posix_spawn(
      &process, CommandFiles.strata, &actions, &attributes, words + [nil], variables + [nil])
    try #require(failure == 0, "\(CommandFiles.strata) cannot be started")
    self.process = process
  }

  deinit {
    if status == nil {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    if terminal == nil { for stream in streams where stream.descriptor >= 0 { close(stream.descriptor) } }
  }

  private static func makePipe() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Reads no more of standard output, as a program that has gone.
  func closeOutput() {
    close(streams[0].descriptor)
    streams[0].descriptor = -1
  }

  /// Types on the terminal.
  func type(_ keys: String) throws {
    let bytes = Array(keys.utf8)
    try #require(write(streams[0].descriptor, bytes, bytes.count) == bytes.count)
  }

  /// Sends a signal.
  func signal(_ number: Int32) { kill(process, number) }

  /// Waits until the process has written a text, after what was waited for before.
  func expect(_ text: String, within seconds: Int = 300) throws {
    let wanted = Array(text.utf8)
    let deadline = time(nil) + seconds
    while true {
      let bytes = streams[0].bytes
      if let found = bytes[position...].firstRange(of: wanted) {
        position = found.upperBound
        return
      }
      guard time(nil) < deadline, status == nil else {
        let rest = String(decoding: bytes[position...].suffix(2000), as: UTF8.self)
        throw Silence(description: "'\(text)' did not come; what came is:\n\(rest)\n\(diagnostics)")
      }
      collect()
    }
  }

  /// Waits for the end and gives the exit code; 128 and its number for a signal.
  func end(within seconds: Int = 300) throws -> Int32 {
    let deadline = time(nil) + seconds
    while status == nil {
      guard time(nil) < deadline else {
        throw Silence(description: "the process goes on; its output ends with:\n\(output.suffix(2000))")
      }
      collect()
    }
    guard let status else { return -1 }
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }

  /// Whether the terminal is set as it was when the process started.
  var hasRestoredTerminal: Bool { terminal?.isAsItWas ?? true }

  /// Reads what is there, waiting a moment for it, and notices the end.
  private func collect() {
    var ended: Int32 = 0
    let hasEnded = status == nil && waitpid(process, &ended, WNOHANG) == process
    var polled = streams.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    while poll(&polled, nfds_t(polled.count), hasEnded ? 0 : 50) > 0 {
      var hasRead = false
      for index in polled.indices where polled[index].revents != 0 {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(polled[index].fd, &piece, piece.count)
        guard count > 0 else { continue }
        streams[index].bytes += piece[..<count]
        hasRead = true
      }
      guard hasRead, hasEnded else { break }
    }
    if hasEnded { status = ended }
  }
}

extension StrataProcess {
  /// Runs the command with pipes to its end.
  static func run(
    _ arguments: [String], input: String = ""
  ) throws -> (code: Int32, output: String, diagnostics: String) {
    let process = try StrataProcess(arguments, on: .pipes(input: input))
    let code = try process.end()
    return (code, process.output, process.diagnostics)
  }
}
