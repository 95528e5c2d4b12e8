import ArgumentParser

/// The command `strata`.
@main
struct Strata: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strata",
    abstract: "A whole x86-64 computer in software, which boots unmodified Linux.",
    subcommands: [DemoCommand.self, ImageCommand.self])
}
