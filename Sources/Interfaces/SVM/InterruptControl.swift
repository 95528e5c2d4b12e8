extension SVM {
  /// The word at 060h of a control block: virtual interrupts (APM volume 2, 15.21).
  public struct InterruptControl: Equatable, Sendable {
    /// The word.
    public var rawValue: UInt64

    /// The word as it was found.
    public init(rawValue: UInt64 = 0) { self.rawValue = rawValue }

    /// V_TPR: the guest's CR8.
    public var taskPriority: UInt8 {
      get { UInt8(rawValue & 0xF) }
      set { rawValue = rawValue & ~0xFF | UInt64(newValue & 0xF) }
    }

    /// V_IRQ: an interrupt waits for the guest.
    public var isInterruptPending: Bool {
      get { rawValue & 1 << 8 != 0 }
      set { rawValue = newValue ? rawValue | 1 << 8 : rawValue & ~(1 << 8) }
    }

    /// V_INTR_PRIO: the priority of that interrupt, 0 to 15.
    public var priority: UInt8 { UInt8(rawValue >> 16 & 0xF) }
    /// V_IGN_TPR: that interrupt does not look at the task priority.
    public var ignoresTaskPriority: Bool { rawValue & 1 << 20 != 0 }
    /// V_INTR_MASKING: the host's interrupt flag holds off the processor's interrupts, the guest's only virtual ones.
    public var isMaskingVirtual: Bool { rawValue & 1 << 24 != 0 }
    /// x2AVIC is enabled.
    public var isX2AVICEnabled: Bool { rawValue & 1 << 30 != 0 }
    /// AVIC is enabled.
    public var isAVICEnabled: Bool { rawValue & 1 << 31 != 0 }
    /// V_INTR_VECTOR: the vector of the interrupt that waits.
    public var vector: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 32) }

    /// A word of these parts.
    public init(
      taskPriority: UInt8 = 0, pending: (vector: UInt8, priority: UInt8)? = nil,
      isMaskingVirtual: Bool = false, isAVICEnabled: Bool = false, isX2AVICEnabled: Bool = false
    ) {
      rawValue = UInt64(taskPriority & 0xF)
      if let pending {
        rawValue |= 1 << 8 | UInt64(pending.priority & 0xF) << 16 | UInt64(pending.vector) << 32
      }
      if isMaskingVirtual { rawValue |= 1 << 24 }
      if isX2AVICEnabled { rawValue |= 1 << 30 }
      if isAVICEnabled { rawValue |= 1 << 31 }
    }
  }

  /// EVENTINJ and EXITINTINFO: an event for the guest, or one whose delivery did not end (APM volume 2, 15.20).
  public struct EventInjection: Equatable, Sendable {
    /// The word.
    public var rawValue: UInt64

    /// The word as it was found; zero is no event.
    public init(rawValue: UInt64 = 0) { self.rawValue = rawValue }

    /// What an event is.
    public enum Kind: UInt8, Sendable {
      /// An interrupt.
      case interrupt = 0
      /// NMI.
      case nonMaskableInterrupt = 2
      /// An exception.
      case exception = 3
      /// INT n.
      case softwareInterrupt = 4
    }

    /// An event of these parts.
    public init(_ kind: Kind, vector: UInt8, errorCode: UInt32? = nil) {
      rawValue = UInt64(vector) | UInt64(kind.rawValue) << 8 | Self.valid
      if let errorCode { rawValue |= 1 << 11 | UInt64(errorCode) << 32 }
    }

    /// Bit 31: there is an event.
    public static let valid: UInt64 = 1 << 31
    /// There is an event.
    public var isValid: Bool { rawValue & Self.valid != 0 }
    /// Its vector.
    public var vector: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
    /// What it is; `nil` for a reserved number.
    public var kind: Kind? { Kind(rawValue: UInt8(rawValue >> 8 & 7)) }
    /// The error code that it pushes, if it does.
    public var errorCode: UInt32? {
      rawValue & 1 << 11 != 0 ? UInt32(truncatingIfNeeded: rawValue >> 32) : nil
    }
  }
}
