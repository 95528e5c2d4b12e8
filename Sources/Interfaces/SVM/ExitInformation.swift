extension SVM {
  /// EXITINFO1 of a nested page fault (APM volume 2, 15.25.6); EXITINFO2 is the guest-physical address.
  public struct NestedPageFault: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt64
    /// The set with these bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// The page is there; its rights do not suffice.
    public static let present = NestedPageFault(rawValue: 1 << 0)
    /// A write.
    public static let write = NestedPageFault(rawValue: 1 << 1)
    /// An access with the rights of a user, which all of a guest's are.
    public static let user = NestedPageFault(rawValue: 1 << 2)
    /// A reserved bit is set in an entry.
    public static let reservedBit = NestedPageFault(rawValue: 1 << 3)
    /// The fetch of an instruction.
    public static let instructionFetch = NestedPageFault(rawValue: 1 << 4)
    /// The address is that of the access itself.
    public static let finalAddress = NestedPageFault(rawValue: 1 << 32)
    /// The address is that of an entry of the guest's page tables.
    public static let pageTable = NestedPageFault(rawValue: 1 << 33)
  }

  /// EXITINFO1 of an access to a port (APM volume 2, 15.10.2); EXITINFO2 is the RIP after the instruction.
  public struct PortAccess: Equatable, Sendable {
    /// The word.
    public let rawValue: UInt64
    /// The word as it was found.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A word of these parts.
    ///
    /// - Parameters:
    ///   - width: 1, 2 or 4 bytes.
    ///   - addressSize: 2, 4 or 8 bytes.
    ///   - segment: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS.
    public init(
      port: UInt16, width: UInt8, isInput: Bool, isString: Bool, isRepeated: Bool, addressSize: UInt8,
      segment: UInt8
    ) {
      var value = UInt64(port) << 16 | UInt64(width & 7) << 4 | UInt64(segment & 7) << 10
      value |= UInt64(addressSize >> 1 & 7) << 7
      if isInput { value |= 1 << 0 }
      if isString { value |= 1 << 2 }
      if isRepeated { value |= 1 << 3 }
      rawValue = value
    }

    /// The port.
    public var port: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 16) }
    /// 1, 2 or 4 bytes.
    public var width: UInt8 { UInt8(rawValue >> 4 & 7) }
    /// IN and INS.
    public var isInput: Bool { rawValue & 1 != 0 }
    /// INS and OUTS.
    public var isString: Bool { rawValue & 1 << 2 != 0 }
    /// With a REP prefix.
    public var isRepeated: Bool { rawValue & 1 << 3 != 0 }
  }

  /// EXITINFO1 of a move to or from a control or debug register with decode assists (APM volume 2, 15.33.2).
  public struct RegisterMove: Equatable, Sendable {
    /// The word.
    public let rawValue: UInt64
    /// The word as it was found.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// MOV with a general register, 0 to 15.
    public init(controlRegisterMove general: UInt8) { rawValue = 1 << 63 | UInt64(general & 15) }
    /// MOV of a debug register with a general register, 0 to 15.
    public init(debugRegisterMove general: UInt8) { rawValue = UInt64(general & 15) }
    /// The general register.
    public var general: UInt8 { UInt8(rawValue & 15) }
    /// MOV, and not LMSW, SMSW or CLTS; of control registers only.
    public var isMove: Bool { rawValue >> 63 != 0 }
  }

  /// EXITINFO2 of a task switch (APM volume 2, 15.14.1); EXITINFO1 is the selector of the new task.
  public enum TaskSwitch {
    /// IRET caused it.
    public static let interruptReturn: UInt64 = 1 << 36
    /// A far jump caused it.
    public static let jump: UInt64 = 1 << 38
    /// An event with an error code caused it, which is in the low half.
    public static let errorCode: UInt64 = 1 << 44
    /// RFLAGS.RF as it would have been saved.
    public static let resumeFlag: UInt64 = 1 << 48
  }

  /// The register permission map: two bits for each register, the lower one for reads (APM volume 2, 15.11).
  public enum RegisterPermissionMap {
    /// The size of the map, in bytes.
    public static let size = 0x2000

    /// The number, from the start of the map, of the bit for reads; `nil` for registers that always cause an exit.
    public static func bit(of register: UInt32) -> Int? {
      let index = Int(register & 0x1FFF) * 2
      return switch register >> 13 {
      case 0: index
      case 0xC000_0000 >> 13: 0x800 * 8 + index
      case 0xC001_0000 >> 13: 0x1000 * 8 + index
      default: nil
      }
    }
  }

  /// The port permission map.
  public enum PortPermissionMap {
    /// The size of the map, in bytes.
    public static let size = 0x3000
  }
}
