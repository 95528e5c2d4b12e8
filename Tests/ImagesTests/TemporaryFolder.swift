import Glibc
import SystemPackage
import Testing

@testable import Images

/// A folder of the host that is there for one test.
final class TemporaryFolder {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/strata-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
    try #require(made)
    path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  deinit {
    HostFiles.remove(path)
  }

  /// Writes a file and the folders above it.
  @discardableResult
  func write(
    _ relative: String, _ bytes: some Sequence<UInt8>, permissions: FilePermissions = .ownerReadWrite
  )
    throws -> FilePath
  {
    let file = path.pushing(FilePath(relative))
    try HostFiles.makeFolders(file.removingLastComponent())
    try HostFiles.replace(file) { _ = try $0.writeAll(bytes) }
    try #require(file.withPlatformString { chmod($0, permissions.rawValue) } == 0)
    return file
  }

  @discardableResult
  func write(_ relative: String, _ text: String, permissions: FilePermissions = .ownerReadWrite) throws
    -> FilePath
  {
    try write(relative, text.utf8, permissions: permissions)
  }

  func link(_ relative: String, to target: String) throws {
    try #require(path.pushing(FilePath(relative)).withPlatformString { symlink(target, $0) } == 0)
  }
}

/// Gathers the lines that are reported to a person.
final class ReportedLines: @unchecked Sendable {
  private(set) var lines: [String] = []

  var report: ProgressReport {
    { self.lines.append($0) }
  }
}
