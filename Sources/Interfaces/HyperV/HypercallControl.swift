extension HyperV {
  /// What RCX tells about a call (TLFS 3.8).
  public struct HypercallControl: Equatable, Sendable {
    /// The register.
    public var rawValue: UInt64

    /// The register as the caller passed it.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A call of these parts.
    ///
    /// - Parameters:
    ///   - isFast: the input is in registers.
    ///   - headerSize: the size of the variable part of the header, in units of 8 bytes, at most 1023.
    ///   - count: the repetitions, at most 4095; 0 for a call that does not repeat.
    ///   - start: the first repetition that is to be done.
    public init(
      _ code: HypercallCode, isFast: Bool = false, headerSize: Int = 0, count: Int = 0, start: Int = 0
    ) {
      rawValue =
        UInt64(code.rawValue) | (isFast ? Self.fast : 0) | UInt64(headerSize & 0x3FF) << 17
        | UInt64(count & 0xFFF) << 32 | UInt64(start & 0xFFF) << 48
    }

    private static let fast: UInt64 = 1 << 16
    private static let reserved: UInt64 = 0xF000_F000_F800_0000

    /// The number of the call.
    public var code: UInt16 { UInt16(truncatingIfNeeded: rawValue) }
    /// The input is in registers.
    public var isFast: Bool { rawValue & Self.fast != 0 }
    /// The size of the variable part of the header, in units of 8 bytes.
    public var headerSize: Int { Int(rawValue >> 17 & 0x3FF) }
    /// The repetitions.
    public var count: Int { Int(rawValue >> 32 & 0xFFF) }
    /// The first repetition that is to be done.
    public var start: Int {
      get { Int(rawValue >> 48 & 0xFFF) }
      set { rawValue = rawValue & ~(0xFFF << 48) | UInt64(newValue & 0xFFF) << 48 }
    }
    /// No reserved bit is set. Bit 31 asks the hypervisor below a hypervisor, of which there is none.
    public var isDefined: Bool { rawValue & Self.reserved == 0 }
  }

  /// What RAX tells after a call (TLFS 3.9).
  public struct HypercallResult: Equatable, Sendable {
    /// The register.
    public let rawValue: UInt64

    /// The register as the hypervisor left it.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A result of these parts; `completed` counts repetitions from the first of all, at most 4095.
    public init(_ status: HypercallStatus, completed: Int = 0) {
      rawValue = UInt64(status.rawValue) | UInt64(completed & 0xFFF) << 32
    }

    /// What became of the call; `nil` for a number that has no name here.
    public var status: HypercallStatus? { HypercallStatus(rawValue: UInt16(truncatingIfNeeded: rawValue)) }
    /// The repetitions that are done, with those before the first that was asked for.
    public var completed: Int { Int(rawValue >> 32 & 0xFFF) }
  }

  /// What becomes of a call (TLFS, HV_STATUS).
  public enum HypercallStatus: UInt16, Error, Sendable {
    /// It is done.
    case success = 0x00
    /// There is no call of this number.
    case invalidCode = 0x02
    /// The control word contradicts the call.
    case invalidInput = 0x03
    /// An address is not aligned, or what lies there crosses a page or is not RAM.
    case invalidAlignment = 0x04
    /// A parameter is not valid.
    case invalidParameter = 0x05
    /// The caller may not do that.
    case accessDenied = 0x06
    /// The partition is not in a state for it.
    case invalidPartitionState = 0x07
    /// The hypervisor does not do that.
    case operationDenied = 0x08
    /// There is no such partition.
    case invalidPartition = 0x0D
    /// There is no such virtual processor.
    case invalidProcessorIndex = 0x0E
    /// The virtual processor is not in a state for it.
    case invalidProcessorState = 0x15
    /// A register cannot have this value.
    case invalidRegisterValue = 0x50
    /// The virtual trust level is not in a state for it.
    case invalidTrustLevelState = 0x51
    /// The virtual trust level is enabled already.
    case trustLevelAlreadyEnabled = 0x86
    /// There is no register of this name.
    case unknownRegister = 0x87
  }

  /// The numbers of the calls (TLFS, appendix "Hypercall Code Reference").
  public enum HypercallCode: UInt16, CaseIterable, Sendable {
    /// HvCallFlushVirtualAddressSpace.
    case flushAddressSpace = 0x02
    /// HvCallFlushVirtualAddressList.
    case flushAddressList = 0x03
    /// HvCallNotifyLongSpinWait.
    case notifyLongSpin = 0x08
    /// HvCallSendSyntheticClusterIpi.
    case sendInterrupt = 0x0B
    /// HvCallModifyVtlProtectionMask.
    case modifyProtection = 0x0C
    /// HvCallEnablePartitionVtl.
    case enablePartitionLevel = 0x0D
    /// HvCallEnableVpVtl.
    case enableProcessorLevel = 0x0F
    /// HvCallVtlCall.
    case callLevel = 0x11
    /// HvCallVtlReturn.
    case returnLevel = 0x12
    /// HvCallFlushVirtualAddressSpaceEx.
    case flushAddressSpaceOfSet = 0x13
    /// HvCallFlushVirtualAddressListEx.
    case flushAddressListOfSet = 0x14
    /// HvCallSendSyntheticClusterIpiEx.
    case sendInterruptToSet = 0x15
    /// HvCallGetVpRegisters.
    case getRegisters = 0x50
    /// HvCallSetVpRegisters.
    case setRegisters = 0x51
    /// HvCallStartVirtualProcessor.
    case startProcessor = 0x99
    /// HvCallGetVpIndexFromApicId.
    case getProcessorIndex = 0x9A
  }
}

extension HyperV.HypercallCode {
  /// The name in the specification, without `HvCall`.
  public var name: StaticString {
    switch self {
    case .flushAddressSpace: "FlushVirtualAddressSpace"
    case .flushAddressList: "FlushVirtualAddressList"
    case .notifyLongSpin: "NotifyLongSpinWait"
    case .sendInterrupt: "SendSyntheticClusterIpi"
    case .modifyProtection: "ModifyVtlProtectionMask"
    case .enablePartitionLevel: "EnablePartitionVtl"
    case .enableProcessorLevel: "EnableVpVtl"
    case .callLevel: "VtlCall"
    case .returnLevel: "VtlReturn"
    case .flushAddressSpaceOfSet: "FlushVirtualAddressSpaceEx"
    case .flushAddressListOfSet: "FlushVirtualAddressListEx"
    case .sendInterruptToSet: "SendSyntheticClusterIpiEx"
    case .getRegisters: "GetVpRegisters"
    case .setRegisters: "SetVpRegisters"
    case .startProcessor: "StartVirtualProcessor"
    case .getProcessorIndex: "GetVpIndexFromApicId"
    }
  }
}
