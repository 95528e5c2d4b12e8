import Synchronization

/// A number that interrupt handlers and other processors count up.
public final class Counter: Sendable {
  private let storage = Atomic<UInt64>(0)

  /// A counter at zero.
  public init() {}

  /// How often it was counted up.
  public var value: UInt64 { storage.load(ordering: .acquiring) }

  /// Counts one more.
  public func increment() { storage.add(1, ordering: .acquiringAndReleasing) }
}
