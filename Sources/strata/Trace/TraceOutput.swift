import ArgumentParser
import Interfaces
import Machine
import SystemPackage
import Tracing

/// Where the trace of a run goes, and in which form.
struct TraceOutput {
  let file: OutputFile
  let format: TraceConvertCommand.Format
  /// The guest's functions, if they are known.
  var symbols: SymbolTable?

  /// A file that can be made, or replaced.
  ///
  /// - Parameters:
  ///   - format: the form; `nil` for the one that the end of the file's name asks for, which otherwise is
  ///     `trace.dat` of version 6.
  ///   - replacing: what to do about a file that is in the way.
  /// - Throws: `ExitCode`, after telling what is in the way.
  init(
    path: String, format: TraceConvertCommand.Format?, replacing: OutputFile.Replacement = .regularFiles
  ) throws {
    file = try OutputFile(FilePath(path), replacing: replacing)
    self.format = format ?? TraceConvertCommand.Format(endOf: path) ?? .dat
  }

  /// Where what a trigger sets aside goes.
  var snapshotPath: FilePath { FilePath("\(file.path).snapshot") }

  /// Writes what was recorded, and beside it what a trigger set aside.
  ///
  /// - Throws: `ExitCode`, after telling what the host refused.
  func write(_ tracer: Tracer) throws {
    try write(tracer.contents, to: file)
    guard let snapshot = tracer.snapshot else { return }
    try write(snapshot, to: try OutputFile(snapshotPath, replacing: .regularFiles))
  }

  private func write(_ contents: TraceContents, to file: OutputFile) throws {
    var description = TraceFileDescription()
    description.tasks = [(0, "guest")]
    description.constantTexts = MHITraceEvents.Reason.allCases.map { ($0.rawValue, $0.text.description) }
    var trace = TraceFile(contents, description)
    if let symbols { trace.symbols = symbols }
    try file.write { write in try format.write(trace, to: write) }
  }
}
