extension HyperV {
  /// VsmVpStatus: the trust levels of a virtual processor.
  public struct ProcessorLevelStatus: Equatable, Sendable {
    /// The register.
    public let rawValue: UInt64

    /// The register as it was read.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The level that runs, and those that are enabled, a bit for each.
    public init(active: VirtualTrustLevel, enabled: UInt16) {
      rawValue = UInt64(active.rawValue) | UInt64(enabled) << 16
    }

    /// The level that runs; `nil` for a number without a name here.
    public var active: VirtualTrustLevel? { VirtualTrustLevel(rawValue: UInt8(rawValue & 0xF)) }
    /// A bit for each level that is enabled.
    public var enabled: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 16) }
  }

  /// VsmPartitionStatus: the trust levels of a partition.
  public struct PartitionLevelStatus: Equatable, Sendable {
    /// The register.
    public let rawValue: UInt64

    /// The register as it was read.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A bit for each level that is enabled, the highest that can be, and a bit for each with separate rights to
    /// execute.
    public init(enabled: UInt16, maximum: VirtualTrustLevel, modeBasedExecution: UInt16) {
      rawValue = UInt64(enabled) | UInt64(maximum.rawValue) << 16 | UInt64(modeBasedExecution) << 20
    }

    /// A bit for each level that is enabled.
    public var enabled: UInt16 { UInt16(truncatingIfNeeded: rawValue) }
    /// The highest level that can be enabled.
    public var maximum: VirtualTrustLevel? { VirtualTrustLevel(rawValue: UInt8(rawValue >> 16 & 0xF)) }
  }

  /// VsmCapabilities.
  public struct LevelCapabilities: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt64
    /// The set with these bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// All levels share DR6.
    public static let sharedDebugStatus = LevelCapabilities(rawValue: 1 << 0)
    /// VTL0 can have separate rights to execute.
    public static let modeBasedExecution = LevelCapabilities(rawValue: 1 << 1)
    /// ``LevelConfiguration/denyLowerStartup``.
    public static let denyLowerStartup = LevelCapabilities(rawValue: 1 << 17)
  }

  /// VsmPartitionConfig: what a level above VTL0 demands.
  public struct LevelConfiguration: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt64
    /// The set with these bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Pages can be protected from lower levels; cannot be taken back.
    public static let protection = LevelConfiguration(rawValue: 1 << 0)
    /// Memory is cleared at reset.
    public static let clearMemoryOnReset = LevelConfiguration(rawValue: 1 << 5)
    /// Lower levels cannot start processors.
    public static let denyLowerStartup = LevelConfiguration(rawValue: 1 << 6)

    /// Bits 1 to 4: what lower levels may do with a page that nobody spoke of.
    public var defaultProtection: MapFlags { MapFlags(rawValue: UInt32(rawValue >> 1 & 0xF)) }
    /// ``defaultProtection`` as bits of the register.
    public static let defaultProtectionMask: UInt64 = 0xF << 1
  }

  /// VsmVina: how a level hears of interrupts for lower ones while it runs.
  public struct InterruptNotification: Equatable, Sendable {
    /// The register.
    public let rawValue: UInt64

    /// The register as it was written.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The interrupt that notifies.
    public var vector: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
    /// Notifications are sent.
    public var isEnabled: Bool { rawValue & 1 << 8 != 0 }
    /// The return to a lower level makes ready for the next one.
    public var resetsAutomatically: Bool { rawValue & 1 << 9 != 0 }
    /// No reserved bit is set.
    public var isDefined: Bool { rawValue >> 11 == 0 }
  }

  /// VsmCodePageOffsets: where the calls between levels are in the hypercall page.
  public struct CodePageOffsets: Equatable, Sendable {
    /// The register.
    public let rawValue: UInt64

    /// The register as it was read.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Two offsets in the page, 0 to 4095.
    public init(call: Int, return: Int) {
      rawValue = UInt64(call & 0xFFF) | UInt64(`return` & 0xFFF) << 12
    }

    /// The offset of the call to the next higher level.
    public var call: Int { Int(rawValue & 0xFFF) }
    /// The offset of the return to the next lower level.
    public var `return`: Int { Int(rawValue >> 12 & 0xFFF) }
  }

  /// The VP assist page, one for each virtual processor and level.
  public enum AssistPage {
    /// 32 bits: see ``EntryReason``.
    public static let entryReason = 0x08
    /// 8 bits: an interrupt for a lower level is waiting.
    public static let interruptNotified = 0x0C
    /// 64 bits: RAX of the lower level after a return that is not fast.
    public static let rax = 0x10
    /// 64 bits: RCX, likewise.
    public static let rcx = 0x18
  }

  /// Why a level was entered.
  public enum EntryReason: UInt32, Sendable {
    /// A lower level called.
    case call = 1
    /// An interrupt.
    case interrupt = 2
  }

  /// VTL return: RAX.
  public enum ReturnFlags {
    /// RAX and RCX of the lower level are what they are now.
    public static let fast: UInt64 = 1 << 0
  }
}
