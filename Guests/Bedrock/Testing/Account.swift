/// A plain number behind a lock: additions get lost unless the lock works.
public final class Account: @unchecked Sendable {
  private let lock = SpinLock()
  private var storage: UInt64 = 0

  /// An account with nothing in it.
  public init() {}

  /// How often something was put in.
  public var balance: UInt64 { lock.withLock { storage } }

  /// Adds one.
  public func deposit() { lock.withLock { storage += 1 } }
}
