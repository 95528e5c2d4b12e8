import TestSupport

@testable import Images

extension TemporaryFolder {
  /// What a line of shell prints in the folder; an error if it does not end with success.
  @discardableResult
  func run(_ line: String) throws -> String {
    try HostCommand(at: "sh", ["-c", "cd \"$0\" && \(line)", path.string]).output().outputText
  }
}
