import ArgumentParser
import PerfettoTrace
import SystemPackage
import Tracing

/// `strata trace convert`: a file of events in another form.
struct TraceConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write the events of a trace.dat file in another form.",
    discussion: """
      Without --to the end of the output's name decides: .dat, .dat7, .txt or .text, .json or .jsonl, .pftrace or \
      .perfetto-trace. The last is for the viewer at ui.perfetto.dev.

      Examples:
        strata trace convert trace.dat trace.json
        strata trace convert trace.dat old.dat --to dat
        strata trace convert trace.dat ring100.txt -F 'mhi_gen_tre:ch_num == 100'
      """)

  /// What can be written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case dat, dat7, text, json, perfetto

    /// The form that the end of a file's name asks for.
    init?(endOf name: String) {
      switch FilePath(name).extension {
      case "dat": self = .dat
      case "dat7": self = .dat7
      case "txt", "text": self = .text
      case "json", "jsonl": self = .json
      case "pftrace", "perfetto-trace": self = .perfetto
      default: return nil
      }
    }
  }

  @Argument(help: ArgumentHelp("The file to read: trace.dat of version 6 or 7.", valueName: "file"))
  var file: String

  @Argument(help: ArgumentHelp("The file to write.", valueName: "output"))
  var output: String

  @Option(
    help: "The form: trace.dat of version 6 or 7, lines of text, an object of JSON a line, or Perfetto's.")
  var to: Format?

  @OptionGroup var selection: TraceSelectionOptions

  @OptionGroup var symbols: SymbolOption

  @Flag(help: "Replace the output if it exists.")
  var force = false

  func validate() throws {
    guard let format = to ?? Format(endOf: output) else {
      throw ValidationError(
        "the name '\(output)' does not tell what to write: add --to and one of \(Format.allValueStrings.joined(separator: ", "))"
      )
    }
    guard ![.dat, .dat7].contains(format) || (selection.filter.isEmpty && selection.cpu == nil) else {
      throw ValidationError("a trace.dat file holds all records: -F and --cpu are for the other forms")
    }
  }

  func run() throws {
    guard let format = to ?? Format(endOf: output) else { return }
    var input = try TraceInput(file)
    try symbols.add(to: &input.file)
    let selected = try selection.selection(of: input.file)
    let place = try OutputFile(
      FilePath(output), replacing: force ? .regularFiles : .never, inputs: [input.path] + symbols.paths)
    var progress = ProgressLine()
    defer { progress.end() }
    try input.reporting { file in
      try place.write { write in
        try format.write(file, selected, progress: { progress.update($0, of: $1) }, to: write)
      }
    }
  }
}

extension TraceConvertCommand.Format {
  /// Gives the bytes of a trace in this form to `body`, piece by piece.
  ///
  /// - Throws: ``TraceFileError``, and what `body` throws.
  func write(
    _ file: TraceFile, _ selection: TraceSelection = TraceSelection(),
    progress: TraceFile.Progress = { _, _ in }, to body: ([UInt8]) throws -> Void
  ) throws {
    switch self {
    case .dat: try file.write(.version6, progress: progress, to: body)
    case .dat7: try file.write(.version7, progress: progress, to: body)
    case .text: try file.write(.text(TraceTextStyle(.traceCommand)), selection, progress: progress, to: body)
    case .json: try file.write(.json, selection, progress: progress, to: body)
    case .perfetto: try PerfettoTraceFile.write(file, selection, progress: progress, to: body)
    }
  }
}
