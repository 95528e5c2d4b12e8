extension MHIEndpointTraceEvents {
  /// A group of registers.
  public enum Block: UInt8, CaseIterable, Sendable {
    case mhi = 0
    case bhi
    case bhie
    case doorbells
    case none

    var name: StaticString {
      switch self {
      case .mhi: "MHI"
      case .bhi: "BHI"
      case .bhie: "BHIE"
      case .doorbells: "DB"
      case .none: "none"
      }
    }
  }

  /// What a doorbell is for.
  public enum Doorbell: UInt8, CaseIterable, Sendable {
    case channel = 0
    case eventRing
    case command
    case wake
    case emergencyDownload

    var name: StaticString {
      switch self {
      case .channel: "channel"
      case .eventRing: "event ring"
      case .command: "command ring"
      case .wake: "wake"
      case .emergencyDownload: "emergency download"
      }
    }
  }

  /// Who changed a state.
  public enum Cause: UInt8, CaseIterable, Sendable {
    case host = 0
    case device
    case fault

    var name: StaticString {
      switch self {
      case .host: "host"
      case .device: "device"
      case .fault: "fault"
      }
    }
  }

  /// The direction of a transfer.
  public enum Direction: UInt8, CaseIterable, Sendable {
    case outbound = 0
    case inbound

    var name: StaticString {
      switch self {
      case .outbound: "UL"
      case .inbound: "DL"
      }
    }
  }

  /// Why an interrupt is sent.
  public enum InterruptCause: UInt8, CaseIterable, Sendable {
    case control = 0
    case transfer
    case moderation
    case boot
    case error

    var name: StaticString {
      switch self {
      case .control: "control"
      case .transfer: "transfer"
      case .moderation: "moderation"
      case .boot: "boot"
      case .error: "error"
      }
    }
  }

  /// A step of a transfer of firmware, or of a dump.
  public enum BootPhase: UInt8, CaseIterable, Sendable {
    case imageStarted = 0
    case imageDone
    case imageFailed
    case vectorStarted
    case vectorDone
    case vectorFailed
    case dumpArmed
    case dumpDone
    case dumpFailed

    var name: StaticString {
      switch self {
      case .imageStarted: "image started"
      case .imageDone: "image done"
      case .imageFailed: "image failed"
      case .vectorStarted: "vector started"
      case .vectorDone: "vector done"
      case .vectorFailed: "vector failed"
      case .dumpArmed: "dump armed"
      case .dumpDone: "dump done"
      case .dumpFailed: "dump failed"
      }
    }
  }

  /// A rule that a host broke.
  public enum Violation: UInt8, CaseIterable, Sendable {
    /// A doorbell's value is not the address of an element of the ring.
    case doorbellOutsideRing = 0
    /// A doorbell of a channel that does not run, of a ring that is not there, or in a state without doorbells.
    case doorbellUnexpected
    /// A ring's address or size makes no sense.
    case badRing
    /// A context cannot be read or written.
    case unreachableContext
    /// An element cannot be read or written.
    case unreachableElement
    /// A buffer is outside of the window for data, or not memory.
    case unreachableBuffer
    /// An element of a transfer ring makes no sense.
    case badElement
    /// A command that makes no sense, or not for this channel now.
    case badCommand
    /// A channel's event ring is not there.
    case badEventRing
    /// More events wait for room in a ring than the device can hold.
    case eventsLost
    /// A state that the host cannot ask for now; the value is from << 8 | to.
    case badStateRequest
    /// Firmware, or a place for a dump, cannot be reached.
    case badImage
    /// A message for the host found no room and was dropped.
    case transferDropped

    var name: StaticString {
      switch self {
      case .doorbellOutsideRing: "doorbell outside ring"
      case .doorbellUnexpected: "doorbell unexpected"
      case .badRing: "bad ring"
      case .unreachableContext: "unreachable context"
      case .unreachableElement: "unreachable element"
      case .unreachableBuffer: "unreachable buffer"
      case .badElement: "bad element"
      case .badCommand: "bad command"
      case .badEventRing: "bad event ring"
      case .eventsLost: "events lost"
      case .badStateRequest: "bad state request"
      case .badImage: "bad image"
      case .transferDropped: "transfer dropped"
      }
    }
  }
}

extension MHITraceSymbols {
  private typealias Values = MHIEndpointTraceEvents

  static let accesses = [TraceSymbol(0, "read"), TraceSymbol(1, "write")]
  static let masked = [TraceSymbol(0, ""), TraceSymbol(1, ", masked")]
  static let blocks = Values.Block.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let doorbells = Values.Doorbell.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let causes = Values.Cause.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let directions = Values.Direction.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let interruptCauses = Values.InterruptCause.allCases.map {
    TraceSymbol(Int64($0.rawValue), $0.name)
  }
  static let bootPhases = Values.BootPhase.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
  static let errors = Values.Violation.allCases.map { TraceSymbol(Int64($0.rawValue), $0.name) }
}
