extension SVM {
  /// An entry of AVIC's physical APIC ID table, found by the guest's physical APIC ID (APM volume 2, 15.29.4).
  public struct PhysicalIdentifierEntry: Equatable, Sendable {
    /// The entry, which must be written as a whole.
    public let rawValue: UInt64
    /// The entry as it was found.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// An entry that holds a backing page.
    ///
    /// - Parameters:
    ///   - backingPage: its physical address, a multiple of 4 KiB.
    ///   - runsOn: the physical APIC ID of the processor that has the guest's processor, 0 to 4095.
    public init(backingPage: UInt64, runsOn: UInt32? = nil) {
      rawValue = 1 << 63 | backingPage & Self.addressMask | (runsOn.map { 1 << 62 | UInt64($0 & 0xFFF) } ?? 0)
    }

    /// The entry holds a backing page.
    public var isValid: Bool { rawValue >> 63 != 0 }
    /// The guest's processor has a processor, though perhaps not right now.
    public var isRunning: Bool { rawValue & 1 << 62 != 0 }
    /// The physical address of the backing page.
    public var backingPage: UInt64 { rawValue & Self.addressMask }
    /// The physical APIC ID of the processor, if ``isRunning``.
    public var hostIdentifier: UInt32 { UInt32(rawValue & 0xFFF) }

    private static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000
  }

  /// An entry of AVIC's logical APIC ID table (APM volume 2, 15.29.4).
  ///
  /// In the flat model entry n is for bit n of the destination; in the cluster model entry 4·c + n is for bit n in
  /// cluster c.
  public struct LogicalIdentifierEntry: Equatable, Sendable {
    /// The entry.
    public let rawValue: UInt32
    /// The entry as it was found.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// An entry for the guest's physical APIC ID.
    public init(identifier: UInt8) { rawValue = 1 << 31 | UInt32(identifier) }
    /// The entry names a processor.
    public var isValid: Bool { rawValue >> 31 != 0 }
    /// The guest's physical APIC ID.
    public var identifier: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
  }

  /// The word at 0F8h of a control block.
  public struct PhysicalIdentifierTable: Equatable, Sendable {
    /// The word.
    public let rawValue: UInt64
    /// The word as it was found.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// A table at a physical address, a multiple of 4 KiB, whose last entry in use is `lastIndex`, 0 to 511.
    public init(address: UInt64, lastIndex: Int) { rawValue = address & ~0xFFF | UInt64(lastIndex & 0x1FF) }
    /// The physical address of the table.
    public var address: UInt64 { rawValue & ~0xFFF }
    /// The index of the last entry that is looked at.
    public var lastIndex: Int { Int(rawValue & 0x1FF) }
    /// The greatest index that AVIC can use: 255 is the broadcast.
    public static let greatestIndex = 254
    /// The index of the broadcast, which a table may have, but which is never looked up.
    public static let broadcastIndex = 255
    /// The greatest index that x2AVIC takes.
    public static let greatestExtendedIndex = 511
  }

  /// Why AVIC could not finish an interprocessor interrupt (APM volume 2, 15.29.9.1).
  public enum IncompleteInterruptReason: UInt32, Sendable {
    /// Not a fixed, edge-triggered interrupt.
    case invalidType = 0
    /// A target has no processor now; the interrupt is in its backing page.
    case targetNotRunning = 1
    /// There is no such target.
    case invalidTarget = 2
    /// A backing page is not in the physical address space.
    case invalidBackingPage = 3
    /// The vector is below 16.
    case invalidVector = 4
  }

  /// What an exit of ``ExitCode/incompleteInterrupt`` tells.
  public struct IncompleteInterrupt: Equatable, Sendable {
    /// EXITINFO1: the interrupt command register.
    public let command: UInt64
    /// EXITINFO2.
    public let detail: UInt64

    /// What was found in the control block.
    public init(command: UInt64, detail: UInt64) {
      self.command = command
      self.detail = detail
    }

    /// An exit for a command; `index` is that of the table's entry.
    public init(command: UInt64, _ reason: IncompleteInterruptReason, index: Int) {
      self.command = command
      detail = UInt64(reason.rawValue) << 32 | UInt64(index & 0xFFF)
    }

    /// The reason; `nil` for a number without a meaning here.
    public var reason: IncompleteInterruptReason? {
      IncompleteInterruptReason(rawValue: UInt32(detail >> 32))
    }
    /// The index of the table's entry.
    public var index: Int { Int(detail & 0xFFF) }
  }

  /// What an exit of ``ExitCode/unacceleratedAccess`` tells.
  public struct UnacceleratedAccess: Equatable, Sendable {
    /// EXITINFO1.
    public let rawValue: UInt64
    /// EXITINFO1 as it was found.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// An access to the register at an offset, a multiple of 16.
    public init(offset: Int, isWrite: Bool) {
      rawValue = UInt64(offset & 0xFF0) | (isWrite ? 1 << 32 : 0)
    }
    /// The offset of the register.
    public var offset: Int { Int(rawValue & 0xFF0) }
    /// A write.
    public var isWrite: Bool { rawValue & 1 << 32 != 0 }
  }
}
