/// What a machine runs in a test.
protocol TestGuest: Hashable, Sendable {
  /// Runs the machine from power-on to its end.
  func run() throws -> LinuxRun
}

/// Runs of guests that several tests look at; each guest runs once.
actor LinuxRuns {
  static let shared = LinuxRuns()

  private var runs: [AnyHashable: Task<LinuxRun, any Error>] = [:]

  /// The run of a guest, which starts with the first who asks.
  func run(of guest: some TestGuest) async throws -> LinuxRun {
    if let known = runs[guest] { return try await known.value }
    let task = Task.detached { try guest.run() }
    runs[guest] = task
    return try await task.value
  }
}
