/// What a ring consists of: 16 bytes, little-endian. What they mean depends on ``type``.
public struct MHIRingElement: Equatable, Sendable {
  /// An address: the first 8 bytes.
  public var pointer: UInt64
  /// The next 4 bytes.
  public var dword0: UInt32
  /// The last 4 bytes.
  public var dword1: UInt32

  /// The size in bytes.
  public static let size = 16
  /// Where ``dword0`` is, in bytes.
  public static let dword0Offset = 8
  /// Where ``dword1`` is, in bytes.
  public static let dword1Offset = 12

  /// An element of these parts.
  public init(pointer: UInt64, dword0: UInt32, dword1: UInt32) {
    self.pointer = pointer
    self.dword0 = dword0
    self.dword1 = dword1
  }

  /// Reads an element from memory, which need not be aligned.
  public init(reading bytes: UnsafeRawPointer) {
    pointer = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    dword0 = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: Self.dword0Offset, as: UInt32.self))
    dword1 = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: Self.dword1Offset, as: UInt32.self))
  }

  /// Writes the element to memory, which need not be aligned.
  public func write(to bytes: UnsafeMutableRawPointer) {
    bytes.storeBytes(of: pointer.littleEndian, as: UInt64.self)
    bytes.storeBytes(of: dword0.littleEndian, toByteOffset: Self.dword0Offset, as: UInt32.self)
    bytes.storeBytes(of: dword1.littleEndian, toByteOffset: Self.dword1Offset, as: UInt32.self)
  }

  /// The number of the type: bits 16 to 23 of ``dword1``.
  public var type: UInt8 { UInt8(truncatingIfNeeded: dword1 >> 16) }
  /// The channel of a command or of an event: bits 24 to 31 of ``dword1``.
  public var channel: UInt8 { UInt8(truncatingIfNeeded: dword1 >> 24) }
  /// Bits 24 to 31 of ``dword0``: a completion code, a state or an environment, as the type says.
  public var code: UInt8 { UInt8(truncatingIfNeeded: dword0 >> 24) }
  /// Bits 0 to 15 of ``dword0``: the length of a buffer, or what was transferred, in bytes.
  public var length: UInt16 { UInt16(truncatingIfNeeded: dword0) }

  private static func typed(_ type: UInt8, channel: UInt8 = 0) -> UInt32 {
    UInt32(channel) << 24 | UInt32(type) << 16
  }
}

// MARK: Transfers

/// What a host asks for with a buffer.
public struct MHITransferFlags: OptionSet, Sendable {
  /// The bits, as in the element's ``MHIRingElement/dword1``.
  public let rawValue: UInt32
  /// The set with these bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// CHAIN: the transfer goes on in the next element.
  public static let chain = MHITransferFlags(rawValue: 1 << 0)
  /// IEOB: tell when the buffer is done.
  public static let interruptOnEndOfBlock = MHITransferFlags(rawValue: 1 << 8)
  /// IEOT: tell when the transfer is done.
  public static let interruptOnEndOfTransfer = MHITransferFlags(rawValue: 1 << 9)
  /// BEI: the interrupt for the event may wait.
  public static let blockEventInterrupt = MHITransferFlags(rawValue: 1 << 10)
  /// All of them.
  public static let all: MHITransferFlags = [
    .chain, .interruptOnEndOfBlock, .interruptOnEndOfTransfer, .blockEventInterrupt,
  ]
}

/// The types of elements that a host puts into the ring of a channel.
public enum MHITransferType {
  /// A buffer.
  public static let transfer: UInt8 = 2
  /// A buffer whose transfers may share an event.
  public static let coalesced: UInt8 = 8
}

extension MHIRingElement {
  /// A buffer.
  public static func transfer(buffer: UInt64, length: UInt16, flags: MHITransferFlags) -> MHIRingElement {
    MHIRingElement(
      pointer: buffer, dword0: UInt32(length), dword1: typed(MHITransferType.transfer) | flags.rawValue)
  }

  /// What the host asks for with the buffer.
  public var transferFlags: MHITransferFlags { MHITransferFlags(rawValue: dword1).intersection(.all) }
}

// MARK: Commands

/// What a host asks for in the command ring.
public enum MHICommand: UInt8, CaseIterable, Sendable {
  case none = 1
  case resetChannel = 16
  case stopChannel = 17
  case startChannel = 18

  /// What the specification calls it.
  public var name: StaticString {
    switch self {
    case .none: "NOP"
    case .resetChannel: "RESET"
    case .stopChannel: "STOP"
    case .startChannel: "START"
    }
  }
}

extension MHIRingElement {
  /// A command for a channel.
  public static func command(_ command: MHICommand, channel: UInt8) -> MHIRingElement {
    MHIRingElement(pointer: 0, dword0: 0, dword1: typed(command.rawValue, channel: channel))
  }

  /// The command; `nil` for a number without a meaning.
  public var command: MHICommand? { MHICommand(rawValue: type) }
}

// MARK: Events

/// What a device tells in an event ring.
public enum MHIEventType: UInt8, CaseIterable, Sendable {
  case stateChange = 0x20
  case commandCompletion = 0x21
  case transferCompletion = 0x22
  case coalescedCompletion = 0x28
  case executionEnvironment = 0x40
  case timeSynchronization = 0x48
  case bandwidthRequest = 0x50

  /// A name for a person.
  public var name: StaticString {
    switch self {
    case .stateChange: "STATE CHANGE"
    case .commandCompletion: "COMMAND COMPLETION"
    case .transferCompletion: "TRANSFER COMPLETION"
    case .coalescedCompletion: "COALESCED COMPLETION"
    case .executionEnvironment: "EXECUTION ENVIRONMENT"
    case .timeSynchronization: "TIME SYNCHRONIZATION"
    case .bandwidthRequest: "BANDWIDTH REQUEST"
    }
  }
}

/// How a command or a transfer went.
public enum MHICompletionCode: UInt8, CaseIterable, Sendable {
  case invalid = 0
  /// A command was carried out.
  case success = 1
  /// EOT: the transfer is done.
  case endOfTransfer = 2
  /// The buffer was too short; the transfer goes on in the next.
  case overflow = 3
  /// EOB: the buffer is done.
  case endOfBlock = 4
  /// OOB: the device ran out of buffers; it wants the doorbell again.
  case outOfBuffers = 5
  /// The device wants the doorbell again.
  case doorbellMode = 6
  case undefinedError = 0x10
  /// The element makes no sense.
  case badElement = 0x11

  /// What the specification calls it.
  public var name: StaticString {
    switch self {
    case .invalid: "INVALID"
    case .success: "SUCCESS"
    case .endOfTransfer: "EOT"
    case .overflow: "OVERFLOW"
    case .endOfBlock: "EOB"
    case .outOfBuffers: "OOB"
    case .doorbellMode: "DB_MODE"
    case .undefinedError: "UNDEFINED"
    case .badElement: "BAD_TRE"
    }
  }
}

extension MHIRingElement {
  /// The event that the device's state changed.
  public static func stateChange(to state: MHIState) -> MHIRingElement {
    MHIRingElement(
      pointer: 0, dword0: UInt32(state.rawValue) << 24, dword1: typed(MHIEventType.stateChange.rawValue))
  }

  /// The event that something else runs on the device.
  public static func executionEnvironment(_ environment: MHIExecutionEnvironment) -> MHIRingElement {
    MHIRingElement(
      pointer: 0, dword0: UInt32(environment.rawValue) << 24,
      dword1: typed(MHIEventType.executionEnvironment.rawValue))
  }

  /// The event that a command is done.
  ///
  /// - Parameter address: that of the command in its ring.
  public static func commandCompletion(at address: UInt64, _ code: MHICompletionCode) -> MHIRingElement {
    MHIRingElement(
      pointer: address, dword0: UInt32(code.rawValue) << 24,
      dword1: typed(MHIEventType.commandCompletion.rawValue))
  }

  /// The event that a transfer, or a part of it, is done.
  ///
  /// - Parameters:
  ///   - address: that of the element in its ring.
  ///   - length: what was transferred, in bytes.
  public static func transferCompletion(
    at address: UInt64, _ code: MHICompletionCode, length: UInt16, channel: UInt8
  ) -> MHIRingElement {
    MHIRingElement(
      pointer: address, dword0: UInt32(code.rawValue) << 24 | UInt32(length),
      dword1: typed(MHIEventType.transferCompletion.rawValue, channel: channel))
  }

  /// The type of an event; `nil` for a number without a meaning.
  public var eventType: MHIEventType? { MHIEventType(rawValue: type) }
  /// How it went; `nil` for a number without a meaning.
  public var completionCode: MHICompletionCode? { MHICompletionCode(rawValue: code) }
  /// The state that an event of its change tells; `nil` for a number without a meaning.
  public var state: MHIState? { MHIState(rawValue: code) }
  /// The environment that an event tells; `nil` for a number without a meaning.
  public var executionEnvironment: MHIExecutionEnvironment? { MHIExecutionEnvironment(rawValue: code) }
}
