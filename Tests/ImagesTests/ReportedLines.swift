@testable import Images

/// Gathers the lines that are reported to a person.
final class ReportedLines: @unchecked Sendable {
  private(set) var lines: [String] = []

  var report: ProgressReport {
    { self.lines.append($0) }
  }
}
