import Glibc
import SystemPackage

/// The guest that is a part of this repository: `Guests/Greeter`, built when it is first needed.
enum BuiltInGuest {
  private static let script = "Guests/build"
  private static let image = ".build-guests/greeter.elf"

  /// What `Guests/build` ends with when the Swift toolchain is missing or lacks a part.
  private static let statusOfMissingToolchain: Int32 = 2

  /// The guest's ELF file, up to date with its source where there is a compiler.
  static func image(report: (String) -> Void) throws(CommandError) -> FilePath {
    guard let repository = findRepository() else {
      throw CommandError(
        "the folder Guests is neither above this program nor above the working directory:"
          + " start it in a clone of Strata's repository",
        SystemExit.noInput)
    }
    let image = repository.appending(Self.image)
    let hasImage = access(image.string, R_OK) == 0
    if !hasImage { report("building the guest from \(repository.appending("Guests")), once") }
    let status = run(repository.appending(script))
    guard status == 0 else {
      if hasImage {
        report("the guest cannot be built anew, so this is the one that was built before")
        return image
      }
      let reason =
        status == statusOfMissingToolchain
        ? "the Swift compiler is missing or incomplete: install Swift 6.3 from swift.org"
        : "'\(script)' failed with status \(status): its messages are above"
      throw CommandError("the guest cannot be built: \(reason)", SystemExit.unavailable)
    }
    return image
  }

  /// The nearest folder with guests above the program's file, or above the working directory.
  private static func findRepository() -> FilePath? {
    for start in [path(of: "/proc/self/exe"), path(of: "/proc/self/cwd")] {
      guard var folder = start else { continue }
      repeat {
        if access(folder.appending(script).string, X_OK) == 0 { return folder }
      } while folder.removeLastComponent()
    }
    return nil
  }

  private static func path(of link: String) -> FilePath? {
    guard let resolved = realpath(link, nil) else { return nil }
    defer { free(resolved) }
    return FilePath(platformString: resolved)
  }

  /// Runs a program without input, its output on standard error; gives its exit status, 127 if it cannot be
  /// started.
  private static func run(_ program: FilePath) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    var process: pid_t = 0
    let name = strdup(program.string)
    defer { free(name) }
    guard posix_spawn(&process, program.string, &actions, nil, [name, nil], environ) == 0 else { return 127 }
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }
}
