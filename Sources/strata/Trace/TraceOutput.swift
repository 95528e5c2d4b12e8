import ArgumentParser
import Interfaces
import Machine
import SystemPackage
import Tracing

/// Where the trace of a run goes, and in which form.
struct TraceOutput {
  let file: OutputFile
  let format: TraceConvertCommand.Format

  /// A file that can be made, or replaced.
  ///
  /// - Parameters:
  ///   - format: the form; `nil` for the one that the end of the file's name asks for, which otherwise is
  ///     `trace.dat` of version 6.
  ///   - inputs: what the run reads and must not be replaced.
  /// - Throws: `ExitCode`, after telling what is in the way.
  init(
    path: String, format: TraceConvertCommand.Format?, replacing: OutputFile.Replacement = .regularFiles,
    inputs: [FilePath]
  ) throws {
    file = try OutputFile(FilePath(path), replacing: replacing, inputs: inputs)
    self.format = format ?? TraceConvertCommand.Format(endOf: path) ?? .dat
  }

  /// Writes what was recorded, and beside it what a trigger set aside.
  ///
  /// - Throws: `ExitCode`, after telling what the host refused.
  func write(_ tracer: Tracer) throws {
    try write(tracer.contents, to: file)
    guard let snapshot = tracer.snapshot else { return }
    let name = FilePath("\(file.path).snapshot")
    try write(snapshot, to: try OutputFile(name, replacing: .regularFiles, inputs: []))
  }

  private func write(_ contents: TraceContents, to file: OutputFile) throws {
    var description = TraceFileDescription()
    description.tasks = [(0, "guest")]
    description.constantTexts = MHITraceEvents.Reason.allCases.map { ($0.rawValue, $0.text.description) }
    let trace = TraceFile(contents, description)
    try file.write { write in try format.write(trace, to: write) }
  }
}
