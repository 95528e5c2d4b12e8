import Interfaces

extension HyperVHypervisor {
  /// HvCallEnablePartitionVtl: the partition gets a level.
  func enablePartitionLevel(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    typealias Input = HyperV.EnablePartitionLevelInput
    try call.requireOwnPartition(at: Input.partition)
    let level = try call.plainLevel(at: Input.level)
    let flags = HyperV.EnableLevelFlags(rawValue: call.load(Input.flags))
    try call.requireZero(Input.zero..<Input.size)
    guard flags.isSubset(of: .modeBasedExecution) else { throw .invalidParameter }
    guard level <= highestLevel else { throw .accessDenied }
    let target = partition(level)
    guard !target.isEnabled else { throw .trustLevelAlreadyEnabled }
    guard level < call.level || highestEnabledLevel(below: level) == call.level else { throw .accessDenied }
    target.isEnabled = true
    target.separatesUserExecution = flags.contains(.modeBasedExecution)
  }

  /// The highest level below one that the partition has; `nil` if there is none.
  func highestEnabledLevel(below level: HyperV.VirtualTrustLevel) -> HyperV.VirtualTrustLevel? {
    levels.last { $0.isEnabled && $0.level < level }?.level
  }
}
