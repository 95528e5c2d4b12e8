import Interfaces

/// How often a guest processor has exited, and why.
struct ExitStatistics {
  private var counts: [(code: SVM.ExitCode, count: Int)] = []

  /// Counts one exit more.
  mutating func count(_ code: SVM.ExitCode) {
    if let index = counts.firstIndex(where: { $0.code == code }) {
      counts[index].count += 1
    } else {
      counts.append((code, 1))
    }
  }

  /// How often the processor has exited for a reason.
  subscript(code: SVM.ExitCode) -> Int { counts.first { $0.code == code }?.count ?? 0 }

  /// All exits.
  var total: Int { counts.reduce(0) { $0 + $1.count } }
}
