import ArgumentParser
import SystemPackage

/// Results on standard output.
struct StandardOutput {
  /// Writes bytes.
  ///
  /// - Throws: `Errno`.
  func write(_ bytes: [UInt8]) throws { _ = try FileDescriptor.standardOutput.writeAll(bytes) }

  /// Writes a text.
  ///
  /// - Throws: `Errno`.
  func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Runs `body` and makes of errors of writing what a command ends with. A reader that has gone needs no words.
  static func reporting(_ body: (StandardOutput) throws -> Void) throws {
    do {
      try body(StandardOutput())
    } catch Errno.brokenPipe {
      throw SystemExit.inputOutput
    } catch let error as Errno {
      Diagnostic.write("cannot write to standard output: \(error)")
      throw SystemExit.inputOutput
    }
  }
}
