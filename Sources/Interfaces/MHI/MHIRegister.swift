/// The registers of an MHI device at the start of its first base address register: offsets in bytes. Each has 32 bits;
/// of a register for an address, the offset is that of the lower half, and the upper half is 4 bytes behind it.
public enum MHIRegister {
  /// The length of the block.
  public static let length: UInt32 = 0x00
  /// The version: major, minor and step.
  public static let version: UInt32 = 0x08
  /// How many rings and channels there are; see ``MHIConfiguration``.
  public static let configuration: UInt32 = 0x10
  /// Where the doorbells of the channels are, from the start of the base address register.
  public static let channelDoorbellOffset: UInt32 = 0x18
  /// Where the doorbells of the event rings are, likewise.
  public static let eventDoorbellOffset: UInt32 = 0x20
  /// Where the block ``BHIRegister`` is, likewise.
  public static let bhiOffset: UInt32 = 0x28
  /// Where the block ``BHIERegister`` is, likewise.
  public static let bhieOffset: UInt32 = 0x2C
  /// Where registers for debugging are, likewise.
  public static let debugOffset: UInt32 = 0x30
  /// What the host asks for; see ``MHIControl``.
  public static let control: UInt32 = 0x38
  /// What the device is in; see ``MHIStatus``.
  public static let status: UInt32 = 0x48
  /// The address of the array of channel contexts.
  public static let channelContextBase: UInt32 = 0x58
  /// The address of the array of event ring contexts.
  public static let eventContextBase: UInt32 = 0x60
  /// The address of the context of the command ring.
  public static let commandContextBase: UInt32 = 0x68
  /// The doorbell of the command ring.
  public static let commandDoorbell: UInt32 = 0x70
  /// The first address at which the device may look for rings and contexts.
  public static let controlBase: UInt32 = 0x80
  /// The last such address.
  public static let controlLimit: UInt32 = 0x88
  /// The first address at which the device may look for data.
  public static let dataBase: UInt32 = 0x98
  /// The last such address.
  public static let dataLimit: UInt32 = 0xA0
  /// Bit 0 resets everything that is behind the interface.
  public static let systemOnChipReset: UInt32 = 0xB0

  /// The distance between two doorbells, in bytes.
  public static let doorbellStride: UInt32 = 8
  /// The doorbell of this channel wakes the device (1) or lets it sleep (0).
  public static let wakeDoorbell: UInt8 = 127
  /// The doorbell of this channel takes ``emergencyDownloadCookie``.
  public static let emergencyDownloadDoorbell: UInt8 = 91
  /// Lets the device enter emergency download at its next reset.
  public static let emergencyDownloadCookie: UInt32 = 0xEDED_EDED
  /// How many channels there can be.
  public static let channelCount = 128
}

/// ``MHIRegister/configuration``.
public struct MHIConfiguration: Equatable, Sendable {
  /// The register.
  public var rawValue: UInt32

  /// The register as it was read.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A register with these numbers.
  public init(channels: UInt8, hardwareChannels: UInt8, eventRings: UInt8, hardwareEventRings: UInt8) {
    rawValue =
      UInt32(channels) | UInt32(hardwareChannels) << 8 | UInt32(eventRings) << 16
      | UInt32(hardwareEventRings) << 24
  }

  /// The channels.
  public var channels: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
  /// Those of them that are served by hardware.
  public var hardwareChannels: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }
  /// The event rings.
  public var eventRings: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 16) }
  /// Those of them that are served by hardware.
  public var hardwareEventRings: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 24) }
}

/// ``MHIRegister/control``.
public struct MHIControl: Equatable, Sendable {
  /// The register.
  public var rawValue: UInt32

  /// The register as it was read.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Bit 1: the device is to reset itself; it clears the bit when that is done.
  public static let reset: UInt32 = 1 << 1
  /// The bits of the state that is asked for.
  public static let stateMask: UInt32 = 0xFF00

  /// Asks for a reset.
  public var asksForReset: Bool { rawValue & Self.reset != 0 }
  /// The number of the state that is asked for.
  public var requestedState: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }

  /// The same register, asking for another state.
  public func requesting(_ state: MHIState) -> MHIControl {
    MHIControl(rawValue: rawValue & ~Self.stateMask | UInt32(state.rawValue) << 8)
  }
}

/// ``MHIRegister/status``.
public struct MHIStatus: Equatable, Sendable {
  /// The register.
  public var rawValue: UInt32

  /// The register as it was read.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A register of these parts.
  public init(state: MHIState, isReady: Bool) {
    rawValue =
      UInt32(state.rawValue) << 8 | (isReady ? Self.ready : 0)
      | (state == .systemError ? Self.systemError : 0)
  }

  /// Bit 0: the host may set up its rings.
  public static let ready: UInt32 = 1 << 0
  /// Bit 2: something went wrong.
  public static let systemError: UInt32 = 1 << 2

  /// The number of the state.
  public var state: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }
  /// The host may set up its rings.
  public var isReady: Bool { rawValue & Self.ready != 0 }
  /// Something went wrong.
  public var isSystemError: Bool { rawValue & Self.systemError != 0 }
}
