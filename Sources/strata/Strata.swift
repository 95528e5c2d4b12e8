import ArgumentParser

/// The command `strata`.
@main
struct Strata: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strata",
    abstract: "A whole x86-64 computer in software, which boots unmodified Linux.",
    subcommands: [RunCommand.self, DemoCommand.self, ImageCommand.self, TraceCommand.self, CPUCommand.self])

  /// Runs the command. What is wrong with the arguments is told in one line; `--help` tells the rest.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let code as ExitCode {
      // Whoever threw it has told why.
      exit(withError: code)
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      let message = message(for: error).split(whereSeparator: \.isNewline).joined(separator: "; ")
      Diagnostic.write("\(message) (more: --help)")
      exit(withError: ExitCode.validationFailure)
    }
  }
}
