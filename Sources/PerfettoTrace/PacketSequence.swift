import SwiftProtobuf

/// Collects the packets of a file, in the order of time.
struct PacketSequence {
  /// What a name stands for.
  enum NameKind: CaseIterable {
    case category, event, annotation
  }

  /// A name that stands in the file once.
  struct Name: Hashable {
    fileprivate let number: UInt64
  }

  private static let identifier: UInt32 = 1
  /// The clock that runs since the start, also through sleep.
  private static let clock: UInt32 = 6

  private enum Flags {
    static let stateCleared: UInt32 = 1
    static let needsState: UInt32 = 2
  }

  private var bytes: [UInt8] = []
  private var names: [NameKind: [String: Name]] = [:]
  private var newNames = PerfettoInternedData()
  private var hasBegun = false

  /// The name with a text.
  mutating func name(_ text: String, _ kind: NameKind) -> Name {
    if let name = names[kind]?[text] { return name }
    let name = Name(number: UInt64((names[kind]?.count ?? 0) + 1))
    names[kind, default: [:]][text] = name
    let interned = PerfettoInternedName.with {
      $0.iid = name.number
      $0.name = text
    }
    switch kind {
    case .category: newNames.eventCategories.append(interned)
    case .event: newNames.eventNames.append(interned)
    case .annotation: newNames.debugAnnotationNames.append(interned)
    }
    return name
  }

  /// Adds a packet about a track.
  mutating func add(_ track: PerfettoTrackDescriptor) throws {
    try add(.with { $0.trackDescriptor = track })
  }

  /// Adds a packet about something that happened.
  mutating func add(_ event: PerfettoTrackEvent, at time: UInt64) throws {
    try add(
      .with {
        $0.trackEvent = event
        $0.timestamp = time
        $0.timestampClockID = Self.clock
      })
  }

  private mutating func add(_ packet: PerfettoTracePacket) throws {
    var packet = packet
    packet.trustedPacketSequenceID = Self.identifier
    packet.sequenceFlags = hasBegun ? Flags.needsState : Flags.stateCleared
    hasBegun = true
    if newNames != PerfettoInternedData() {
      packet.internedData = newNames
      newNames = PerfettoInternedData()
    }
    let body: [UInt8] = try packet.serializedBytes()
    // Field 1 of the file, with a length.
    bytes.append(1 << 3 | 2)
    put(variableLength: body.count)
    bytes += body
  }

  private mutating func put(variableLength number: Int) {
    var rest = UInt64(number)
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Gives what was collected to `body`, if it is more than so many bytes.
  mutating func flush(ifOver size: Int, to body: ([UInt8]) throws -> Void) rethrows {
    guard bytes.count > size else { return }
    try body(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}

extension PerfettoTrackEvent {
  /// An event on a track.
  init(_ type: TypeEnum, on track: Track) {
    self.init()
    self.type = type
    trackUuid = track.number
  }

  /// Names the event by what stands in the file once.
  mutating func use(name: PacketSequence.Name) { nameIid = name.number }

  /// Puts the event into a group of what stands in the file once.
  mutating func use(category: PacketSequence.Name) { categoryIids = [category.number] }
}

extension PerfettoDebugAnnotation {
  /// A member of an event, without its value.
  init(_ name: PacketSequence.Name) {
    self.init()
    nameIid = name.number
  }
}
