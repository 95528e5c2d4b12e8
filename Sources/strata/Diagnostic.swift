import ArgumentParser
import Images
import SystemPackage

/// Lines for the person at the terminal, on standard error, so that standard output stays the guest's.
enum Diagnostic {
  /// Writes one line that begins with the program's name.
  static func write(_ line: String) {
    _ = try? FileDescriptor.standardError.writeAll("strata: \(line)\n".utf8)
  }
}

/// The exit codes of BSD's `sysexits.h` that this command uses besides 0.
enum SystemExit {
  static let usage = ExitCode(64)
  static let noInput = ExitCode(66)
  static let unavailable = ExitCode(69)
  static let cannotCreate = ExitCode(73)
}

extension ImageError {
  /// The code with which a command ends because of this error.
  var exitCode: ExitCode {
    switch kind {
    case .usage: SystemExit.usage
    case .noInput: SystemExit.noInput
    case .unavailable: SystemExit.unavailable
    case .cannotCreate: SystemExit.cannotCreate
    }
  }
}
