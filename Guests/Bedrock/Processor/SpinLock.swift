import Synchronization

/// A lock for data that processors and their interrupt handlers share.
///
/// Whoever holds it has interrupts held back, so that a handler on the same processor never waits for it.
/// It does not nest.
public struct SpinLock: ~Copyable, Sendable {
  private let held = Atomic<Bool>(false)

  /// A lock that nobody holds.
  public init() {}

  /// Runs `body` while holding the lock.
  public func withLock<Result>(_ body: () -> Result) -> Result {
    InterruptFlag.withInterruptsHeldBack {
      while held.exchange(true, ordering: .acquiring) { ProcessorControl.spinHint() }
      defer { held.store(false, ordering: .releasing) }
      return body()
    }
  }
}
