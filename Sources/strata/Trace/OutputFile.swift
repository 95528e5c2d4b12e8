import ArgumentParser
import Glibc
import SystemPackage

/// A file that a command writes: it appears complete or not at all.
struct OutputFile {
  /// What to do about a file that is in the way.
  enum Replacement {
    case never
    case regularFiles
  }

  let path: FilePath

  /// A place that can be written.
  ///
  /// - Parameter inputs: files that are read meanwhile and are never replaced.
  /// - Throws: `ExitCode`, after telling what is in the way.
  init(_ path: FilePath, replacing: Replacement, inputs: [FilePath] = []) throws {
    self.path = path
    let folder = FileIdentity.folder(of: path)
    guard folder.withPlatformString({ access($0, W_OK | X_OK) }) == 0 else {
      throw Self.refusal("cannot write \(path): \(CommandError.text(of: errno))")
    }
    guard let status = FileIdentity.status(of: path) else { return }
    if let identity = FileIdentity(path), inputs.contains(where: { FileIdentity($0) == identity }) {
      throw Self.refusal("\(path) is the file that is read: choose another name for what is written")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Self.refusal("\(path) exists and is not a regular file")
    }
    guard replacing == .regularFiles else { throw Self.refusal("\(path) exists: --force replaces it") }
  }

  /// Writes the file.
  ///
  /// - Throws: `ExitCode` if the host refuses, after telling why, and what `body` throws.
  func write(_ body: (_ write: ([UInt8]) throws -> Void) throws -> Void) throws {
    let partial = FilePath("\(path).partial-\(getpid())")
    do {
      let file = try FileDescriptor.open(
        partial, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      try file.closeAfter { try body { _ = try file.writeAll($0) } }
      let result = partial.withPlatformString { from in path.withPlatformString { rename(from, $0) } }
      guard result == 0 else { throw Errno(rawValue: errno) }
    } catch {
      _ = partial.withPlatformString { unlink($0) }
      guard let error = error as? Errno else { throw error }
      throw Self.refusal("cannot write \(path): \(error)")
    }
  }

  private static func refusal(_ line: String) -> ExitCode {
    Diagnostic.write(line)
    return SystemExit.cannotCreate
  }
}
