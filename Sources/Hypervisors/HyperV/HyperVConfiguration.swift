import Interfaces

/// What a partition finds when it looks for its hypervisor.
public struct HyperVConfiguration: Equatable, Sendable {
  /// The trust level in which the first processor starts.
  public var level: HyperV.VirtualTrustLevel
  /// What the partition may do.
  public var privileges: HyperV.Privileges
  /// What the hypervisor has.
  public var features: HyperV.Features
  /// What the hypervisor recommends.
  public var recommendations: HyperV.Recommendations
  /// The processors have XSAVE. Trust levels share its registers, so that a kernel above VTL0 must not use them.
  public var showsExtendedState: Bool
  /// How many virtual processors the partition is told it can have; `nil` for as many as it has.
  public var processorLimit: UInt32?
  /// How virtual processors are numbered.
  public var numbering: ProcessorNumbering

  /// The relation between the index of a virtual processor and its number on the board.
  public enum ProcessorNumbering: String, CaseIterable, Sendable {
    /// They are the same.
    case ascending
    /// The first processor has the highest index: software that takes an APIC ID for an index fails.
    case descending
  }

  /// What is usual for a program at a level.
  ///
  /// A kernel at VTL0 finds the recommendations that make it use the hypervisor's calls, and a TSC that it reads
  /// through the reference page; one at VTL2 finds no recommendations and an invariant TSC.
  public init(level: HyperV.VirtualTrustLevel) {
    self.level = level
    privileges = Self.commonPrivileges
    features = [.vectorInput, .frequencies, .crashRegisters, .directTimers]
    numbering = .ascending
    showsExtendedState = level == .vtl0
    if level == .vtl0 {
      recommendations = Self.enlightenments
    } else {
      privileges.insert(.invariantCounterControl)
      recommendations = []
    }
  }

  private static let commonPrivileges: HyperV.Privileges = [
    .referenceCounter, .syntheticInterruptController, .syntheticTimers, .localAPICRegisters, .hypercalls,
    .processorIndex, .referencePage, .guestIdle, .frequencies, .virtualSecureMode, .processorRegisters,
    .startVirtualProcessor,
  ]

  /// Calls and registers in place of what is slow on a hypervisor that traps accesses to the local APIC.
  public static let enlightenments: HyperV.Recommendations = [
    .remoteFlush, .localAPICRegisters, .relaxedTiming, .clusterInterrupts, .processorSets,
  ]
}
