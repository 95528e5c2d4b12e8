import ArgumentParser

/// `strata trace`: what can be traced, and what was.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "List the events that can be traced; read and convert files of events.",
    subcommands: [TraceListCommand.self, TraceReportCommand.self, TraceConvertCommand.self])
}
