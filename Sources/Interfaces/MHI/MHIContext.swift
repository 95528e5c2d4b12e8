/// The contexts that a host keeps in memory, without gaps between them: offsets in bytes. Numbers of 64 bits are aligned
/// to 4 bytes only.
public enum MHIContext {
  /// The size of each.
  public static let size = 44
  /// 64 bits: the address of the ring.
  public static let ringBase = 12
  /// 64 bits: the size of the ring in bytes.
  public static let ringLength = 20
  /// 64 bits: the address of the element that is read next; of event rings, that is written next.
  public static let readPointer = 28
  /// 64 bits: the address of the element that the host writes next; of event rings, up to which it has read.
  public static let writePointer = 36
}

/// The context of a channel, beyond ``MHIContext``.
public enum MHIChannelContext {
  /// 32 bits: see ``MHIChannelConfiguration``.
  public static let configuration = 0
  /// 32 bits: see ``MHIChannelType``.
  public static let type = 4
  /// 32 bits: the number of the event ring that tells of its transfers.
  public static let eventRing = 8
}

/// The context of an event ring, beyond ``MHIContext``.
public enum MHIEventContext {
  /// 32 bits: see ``MHIInterruptModeration``.
  public static let moderation = 0
  /// 32 bits: ``validType``.
  public static let type = 4
  /// 32 bits: the interrupt vector.
  public static let vector = 8

  /// The one type of event rings.
  public static let validType: UInt32 = 1
}

/// The first register of a channel's context.
public struct MHIChannelConfiguration: Equatable, Sendable {
  /// The register.
  public var rawValue: UInt32

  /// The register as it was read.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A register of these parts.
  public init(state: MHIChannelState, burstMode: MHIBurstMode) {
    rawValue = UInt32(state.rawValue) | UInt32(burstMode.rawValue) << 8
  }

  /// The number of the state: bits 0 to 7.
  public var state: UInt8 {
    get { UInt8(truncatingIfNeeded: rawValue) }
    set { rawValue = rawValue & ~0xFF | UInt32(newValue) }
  }
  /// How its doorbell is used: bits 8 and 9; `nil` for numbers without a meaning.
  public var burstMode: MHIBurstMode? { MHIBurstMode(rawValue: UInt8(rawValue >> 8 & 0b11)) }
}

/// The state of a channel.
public enum MHIChannelState: UInt8, Sendable {
  case disabled = 0
  /// The host has filled the context.
  case enabled = 1
  case running = 2
  case suspended = 3
  case stopped = 4
  case error = 5
}

/// How the doorbell of a channel is used.
public enum MHIBurstMode: UInt8, Sendable {
  /// It rings for every buffer.
  case disabled = 2
  /// It rings once; later buffers show in the context's write pointer until the device asks for the next ring.
  case enabled = 3
}

/// The direction of a channel.
public enum MHIChannelType: UInt32, Sendable {
  /// From the host to the device.
  case outbound = 1
  /// From the device to the host.
  case inbound = 2
  /// Likewise, with transfers that share an event.
  case inboundCoalesced = 3
}

/// The first register of an event ring's context: how often the ring may interrupt.
public struct MHIInterruptModeration: Equatable, Sendable {
  /// The register.
  public let rawValue: UInt32

  /// The register as it was read.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A register of these parts.
  public init(milliseconds: UInt16, count: UInt8 = 0) {
    rawValue = UInt32(milliseconds) << 16 | UInt32(count) << 8
  }

  /// How long an interrupt that may wait waits at most.
  public var milliseconds: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 16) }
  /// How many events may share an interrupt.
  public var count: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }
}
