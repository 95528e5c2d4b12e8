import Glibc

/// A process that sends back each byte that it is sent.
struct Echo {
  /// The argument that makes a process such a partner.
  static let argument = "echo"

  private let process: pid_t
  private let output: Int32
  private let input: Int32

  /// Starts this program once more; `nil` if that fails.
  init?() {
    var (there, back): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
    guard pipe(&there) == 0, pipe(&back) == 0 else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, there[0], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, back[1], STDOUT_FILENO)
    for descriptor in there + back { posix_spawn_file_actions_addclose(&actions, descriptor) }
    let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("workloads"), strdup(Self.argument), nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, "/proc/self/exe", &actions, nil, arguments, [nil])
    guard failure == 0 else { return nil }
    close(there[0])
    close(back[1])
    (self.process, output, input) = (process, there[1], back[0])
  }

  /// Sends bytes one at a time, then ends the other process; returns how many came back.
  func exchange(rounds: Int) -> UInt64 {
    var byte: UInt8 = 0
    var count: UInt64 = 0
    for _ in 0..<rounds where write(output, &byte, 1) == 1 && read(input, &byte, 1) == 1 { count += 1 }
    close(output)
    close(input)
    waitpid(process, nil, 0)
    return count
  }

  /// What the other process does.
  static func serve() {
    var byte: UInt8 = 0
    while read(STDIN_FILENO, &byte, 1) == 1, write(STDOUT_FILENO, &byte, 1) == 1 {}
  }
}
