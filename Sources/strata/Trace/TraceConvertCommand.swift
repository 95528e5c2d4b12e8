import ArgumentParser
import SystemPackage
import Tracing

/// `strata trace convert`: a file of events in another form.
struct TraceConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write the events of a trace.dat file in another form.",
    discussion: """
      Without --to the end of the output's name decides: .dat, .dat7, .txt or .text, .json or .jsonl.

      Examples:
        strata trace convert trace.dat trace.json
        strata trace convert trace.dat old.dat --to dat
        strata trace convert trace.dat ring100.txt -F 'mhi_gen_tre:ch_num == 100'
      """)

  /// What can be written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case dat, dat7, text, json

    /// The form that the end of a file's name asks for.
    init?(endOf name: String) {
      switch FilePath(name).extension {
      case "dat": self = .dat
      case "dat7": self = .dat7
      case "txt", "text": self = .text
      case "json", "jsonl": self = .json
      default: return nil
      }
    }
  }

  @Argument(help: ArgumentHelp("The file to read: trace.dat of version 6 or 7.", valueName: "file"))
  var file: String

  @Argument(help: ArgumentHelp("The file to write.", valueName: "output"))
  var output: String

  @Option(help: "The form: trace.dat of version 6 or 7, lines of text, or an object of JSON a line.")
  var to: Format?

  @OptionGroup var selection: TraceSelectionOptions

  @OptionGroup var symbols: SymbolOption

  @Flag(help: "Replace the output if it exists.")
  var force = false

  func validate() throws {
    guard let format = to ?? Format(endOf: output) else {
      throw ValidationError(
        "the name '\(output)' does not tell what to write: add --to dat, dat7, text or json")
    }
    guard ![.dat, .dat7].contains(format) || (selection.filter.isEmpty && selection.cpu == nil) else {
      throw ValidationError("a trace.dat file holds all records: -F and --cpu are for text and JSON")
    }
  }

  func run() throws {
    guard let format = to ?? Format(endOf: output) else { return }
    var input = try TraceInput(file)
    try symbols.add(to: &input.file)
    let selected = try selection.selection(of: input.file)
    let place = try OutputFile(
      FilePath(output), replacing: force ? .regularFiles : .never, inputs: [input.path])
    var progress = ProgressLine()
    defer { progress.end() }
    try input.reporting { file in
      try place.write { write in
        try file.write(
          format.fileFormat, selected, progress: { progress.update($0, of: $1) }, to: write)
      }
    }
  }
}

extension TraceConvertCommand.Format {
  /// What the form is written as.
  var fileFormat: TraceFileFormat {
    switch self {
    case .dat: .version6
    case .dat7: .version7
    case .text: .text(TraceTextStyle(.traceCommand))
    case .json: .json
    }
  }
}
