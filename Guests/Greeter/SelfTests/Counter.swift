import Synchronization

/// A number that interrupt handlers and other processors count up.
final class Counter: Sendable {
  private let storage = Atomic<UInt64>(0)

  var value: UInt64 { storage.load(ordering: .acquiring) }

  func increment() { storage.add(1, ordering: .acquiringAndReleasing) }
}
