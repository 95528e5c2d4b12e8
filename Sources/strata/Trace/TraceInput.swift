import ArgumentParser
import SystemPackage
import Tracing

/// A file of events that a command reads.
struct TraceInput {
  let path: FilePath
  var file: TraceFile

  /// Opens a file.
  ///
  /// - Throws: `ExitCode`, after telling what is wrong.
  init(_ name: String) throws {
    path = FilePath(name)
    do {
      file = try TraceFile(try HostFileStorage(path))
    } catch let error as Errno {
      Diagnostic.write("cannot read \(name): \(error)")
      throw SystemExit.noInput
    } catch let error as TraceFileError {
      throw Self.exitCode(error, name)
    }
  }

  /// Runs `body`, which reads records, and makes of the file's errors what a command ends with.
  func reporting(_ body: (TraceFile) throws -> Void) throws {
    do {
      try body(file)
    } catch let error as TraceFileError {
      throw Self.exitCode(error, path.string)
    }
  }

  private static func exitCode(_ error: TraceFileError, _ name: String) -> ExitCode {
    Diagnostic.write("\(name): \(error)")
    switch error {
    case .unreadable: return SystemExit.noInput
    case .libraryMissing: return SystemExit.unavailable
    default: return SystemExit.data
    }
  }
}
