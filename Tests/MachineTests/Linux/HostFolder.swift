import Glibc
import SystemPackage
import Testing

@testable import Images

/// A folder of the host that is there for one test, and commands that run in it.
final class HostFolder {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/strata-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
    try #require(made)
    path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  deinit { HostFiles.remove(path) }

  /// What a line of shell prints; an error if it does not end with success.
  @discardableResult
  func run(_ line: String) throws -> String {
    try HostCommand(at: "sh", ["-c", "cd \"$0\" && \(line)", path.string]).output().outputText
  }
}
