import Interfaces

/// What a partition asked of its hypervisor.
public struct HyperVStatistics: Sendable {
  /// How often a call was made.
  public struct Entry: Sendable {
    /// The number of the call.
    public let code: HyperV.HypercallCode
    /// How often it was made, also in vain.
    public var count: UInt64
  }

  /// How often a call failed with a status.
  public struct Failure: Equatable, Sendable {
    /// The number of the call.
    public let code: HyperV.HypercallCode
    /// The status.
    public let status: HyperV.HypercallStatus
    /// How often that happened.
    public var count: UInt64
  }

  /// The calls that were made, in the order of their first time.
  public private(set) var calls: [Entry] = []
  /// The calls that failed, in the order of their first time.
  public private(set) var failures: [Failure] = []
  /// How often a call started a processor.
  public internal(set) var processorStarts: UInt64 = 0
  /// INIT signals that reached a local APIC.
  public internal(set) var initSignals: UInt64 = 0
  /// Startup IPIs that reached a local APIC.
  public internal(set) var startupSignals: UInt64 = 0
  /// How often a higher level was entered.
  public internal(set) var levelEntries: UInt64 = 0
  /// Accesses that a higher level did not allow.
  public internal(set) var intercepts: UInt64 = 0

  mutating func note(_ code: HyperV.HypercallCode) {
    if let known = calls.firstIndex(where: { $0.code == code }) {
      calls[known].count += 1
    } else {
      calls.append(Entry(code: code, count: 1))
    }
  }

  mutating func note(_ status: HyperV.HypercallStatus, of code: HyperV.HypercallCode) {
    if let known = failures.firstIndex(where: { $0.code == code && $0.status == status }) {
      failures[known].count += 1
    } else {
      failures.append(Failure(code: code, status: status, count: 1))
    }
  }

  /// How often a call was made.
  public func count(of code: HyperV.HypercallCode) -> UInt64 {
    calls.first { $0.code == code }?.count ?? 0
  }
}
