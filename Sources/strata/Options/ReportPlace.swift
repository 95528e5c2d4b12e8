import ArgumentParser

/// Where the report of a run goes.
enum ReportPlace: Equatable, ExpressibleByArgument, CustomStringConvertible {
  /// The last line of standard output.
  case standardOutput
  /// A file, which is replaced.
  case file(path: String)

  /// Reads a file's name; `-` is standard output.
  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self = argument == "-" ? .standardOutput : .file(path: argument)
  }

  /// The place as the option takes it.
  var description: String {
    switch self {
    case .standardOutput: "-"
    case .file(let path): path
    }
  }
}
