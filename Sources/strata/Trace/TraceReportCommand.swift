import ArgumentParser
import Tracing

/// `strata trace report`: the records of a file.
struct TraceReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show the events of a trace.dat file.",
    discussion: """
      The lines are those of 'trace-cmd report', or, with --format ftrace, those of the file 'trace' in \
      Linux's tracefs.

      Examples:
        strata trace report trace.dat
        strata trace report trace.dat -F 'mhi_gen_tre:ch_num == 101' --cpu 0
        strata trace report trace.dat --format json
      """)

  /// How records are shown.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, ftrace, json
  }

  @Argument(help: ArgumentHelp("The file: trace.dat of version 6 or 7.", valueName: "file"))
  var file = "trace.dat"

  @OptionGroup var selection: TraceSelectionOptions

  @OptionGroup var symbols: SymbolOption

  @Flag(
    name: [.customShort("l"), .long],
    help: "Show whether interrupts were off, and in which kind of interrupt and how deep without preemption.")
  var latency = false

  @Flag(name: [.customShort("t"), .long], help: "Show nanoseconds.")
  var nanoseconds = false

  @Flag(name: [.customShort("R"), .long], help: "Show the fields instead of the text.")
  var raw = false

  @Option(help: "The lines of trace-cmd, those of ftrace, or one object of JSON a line.")
  var format = Format.text

  @Flag(help: "Count records by processor and by event instead.")
  var stat = false

  func validate() throws {
    guard format != .json || !(latency || nanoseconds || raw) else {
      throw ValidationError("-l, -t and -R are about text: JSON has all there is to tell")
    }
  }

  func run() throws {
    var input = try TraceInput(file)
    try symbols.add(to: &input.file)
    let selected = try selection.selection(of: input.file)
    try input.reporting { file in
      try StandardOutput.reporting { output in
        if stat {
          try output.write(TraceStatistics(file, selected).description)
        } else {
          let undescribed = try file.write(outputFormat, selected, to: output.write)
          Self.note(undescribed, of: file)
        }
      }
    }
  }

  /// Says which events have no text in what was written.
  private static func note(_ undescribed: Set<Int>, of file: TraceFile) {
    guard !undescribed.isEmpty else { return }
    let names = undescribed.sorted().map { number in
      file.event(number).map { "\($0.system):\($0.name)" } ?? "number \(number)"
    }
    Diagnostic.write(
      "events shown by their fields, as the file does not say their text: \(names.joined(separator: ", "))")
  }

  private var outputFormat: TraceFileFormat {
    guard format != .json else { return .json }
    var style = TraceTextStyle(format == .ftrace ? .tracefs : .traceCommand)
    if latency { style.state = .letters }
    if nanoseconds { style.timeUnit = .nanoseconds }
    if raw { style.content = .fields }
    return .text(style)
  }
}
