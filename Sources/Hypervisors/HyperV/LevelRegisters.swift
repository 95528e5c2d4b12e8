import Interfaces
import Processor

/// The registers of virtual secure mode (TLFS 15.4 and 15.5).
extension HyperVHypervisor {
  private static let capabilities: HyperV.LevelCapabilities = [
    .sharedDebugStatus, .modeBasedExecution, .denyLowerStartup,
  ]

  /// What is offered of ``HyperV/LevelConfiguration``.
  private static let configurations: HyperV.LevelConfiguration = [.protection, .denyLowerStartup]

  /// The value of one of these registers; `nil` for another one.
  func levelRegister(
    _ name: HyperV.RegisterName, of owner: RegisterOwner
  ) throws(HyperV.HypercallStatus) -> RegisterValue? {
    switch name {
    case .codePageOffsets:
      let is64Bit = owner.processor.processor.isIn64BitMode
      return RegisterValue((is64Bit ? HypercallPage.offsets64 : HypercallPage.offsets32).rawValue)
    case .processorLevelStatus:
      return RegisterValue(
        HyperV.ProcessorLevelStatus(
          active: owner.processor.active, enabled: owner.processor.enabledLevels
        ).rawValue)
    case .partitionLevelStatus: return RegisterValue(partitionStatus.rawValue)
    case .levelCapabilities: return RegisterValue(Self.capabilities.rawValue)
    case .levelConfiguration: return RegisterValue(try configurableLevel(owner).configuration.rawValue)
    case .guestLevelConfiguration: return RegisterValue(UInt64(highestLevel.rawValue))
    case .interruptNotification:
      guard owner.level > .vtl0 else { throw .accessDenied }
      return RegisterValue(owner.processor[owner.level].interruptNotification.rawValue)
    case .secureConfiguration0, .secureConfiguration1, .secureConfiguration2:
      return RegisterValue(try secureConfiguration(name, of: owner).separatesUserExecution ? 1 : 0)
    case .waitForTranslationLock: return RegisterValue(0)
    default: return nil
    }
  }

  /// Writes one of these registers; `false` for another one.
  func setLevelRegister(
    _ name: HyperV.RegisterName, _ value: UInt64, of owner: RegisterOwner
  ) throws(HyperV.HypercallStatus) -> Bool {
    switch name {
    case .levelConfiguration: try setConfiguration(value, of: try configurableLevel(owner))
    case .interruptNotification:
      let new = HyperV.InterruptNotification(rawValue: value)
      guard owner.level > .vtl0 else { throw .accessDenied }
      guard new.isDefined, !new.isEnabled || new.vector >= 16 else { throw .invalidRegisterValue }
      owner.processor[owner.level].interruptNotification = new
    case .secureConfiguration0, .secureConfiguration1, .secureConfiguration2:
      let level = try secureConfiguration(name, of: owner)
      // Rights to execute are set for a whole partition; there is nothing to lock.
      guard value == (level.separatesUserExecution ? 1 : 0) else { throw .invalidRegisterValue }
    case .codePageOffsets, .processorLevelStatus, .partitionLevelStatus, .levelCapabilities,
      .guestLevelConfiguration, .waitForTranslationLock:
      throw .accessDenied
    default: return false
    }
    return true
  }

  private var partitionStatus: HyperV.PartitionLevelStatus {
    func mask(_ isIncluded: (PartitionLevel) -> Bool) -> UInt16 {
      levels.reduce(0) { isIncluded($1) ? $0 | 1 << UInt16($1.level.rawValue) : $0 }
    }
    return HyperV.PartitionLevelStatus(
      enabled: mask(\.isEnabled), maximum: highestLevel, modeBasedExecution: mask(\.separatesUserExecution))
  }

  /// The level whose configuration is meant: VTL0 has none.
  private func configurableLevel(_ owner: RegisterOwner) throws(HyperV.HypercallStatus) -> PartitionLevel {
    guard owner.level > .vtl0 else { throw .accessDenied }
    let level = partition(owner.level)
    guard level.isEnabled else { throw .invalidTrustLevelState }
    return level
  }

  private func setConfiguration(_ value: UInt64, of level: PartitionLevel) throws(HyperV.HypercallStatus) {
    let new = HyperV.LevelConfiguration(rawValue: value)
    let old = level.configuration
    let known = Self.configurations.rawValue | HyperV.LevelConfiguration.defaultProtectionMask
    guard value & ~known == 0 else { throw .invalidRegisterValue }
    if old.contains(.protection) {
      guard new.contains(.protection), new.defaultProtection == old.defaultProtection else {
        throw .invalidRegisterValue
      }
    } else if new.contains(.protection) {
      guard new.defaultProtection.isSuperset(of: [.read, .write]) else { throw .invalidRegisterValue }
    }
    level.configuration = new
    if new.contains(.protection), level.protection == nil { beginProtection(by: level) }
  }

  /// The level of a VsmVpSecureConfigVtlN, which only higher levels may see.
  private func secureConfiguration(
    _ name: HyperV.RegisterName, of owner: RegisterOwner
  ) throws(HyperV.HypercallStatus) -> PartitionLevel {
    let number = name.rawValue - HyperV.RegisterName.secureConfiguration0.rawValue
    guard let level = HyperV.VirtualTrustLevel(rawValue: UInt8(number)), level < owner.caller else {
      throw .accessDenied
    }
    return partition(owner.caller)
  }
}
