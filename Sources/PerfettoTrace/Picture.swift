import Tracing

/// What is drawn: things that happen, on tracks.
struct Picture {
  private var sequence = PacketSequence()
  private var tracks = Tracks()
  /// How many slices have begun on a track and not ended.
  private var openSlices: [Track: Int] = [:]

  /// Something that happened, before it is said on which track.
  struct Mark {
    /// When, in nanoseconds.
    let time: UInt64
    fileprivate let category: PacketSequence.Name
    fileprivate let name: PacketSequence.Name
    fileprivate var annotations: [PerfettoDebugAnnotation] = []
    /// The number of the arrow that leads here.
    var flow: Flow?
  }

  /// An arrow between events.
  enum Flow {
    /// It goes on.
    case through(UInt64)
    /// It ends here.
    case ending(UInt64)
  }

  /// Gives what was drawn to `body`, if it is more than so many bytes.
  mutating func flush(ifOver size: Int, to body: ([UInt8]) throws -> Void) rethrows {
    try sequence.flush(ifOver: size, to: body)
  }

  // MARK: Tracks

  /// The thread of a processor.
  mutating func processor(_ number: Int) throws -> Track {
    let process = try tracks.process("processors", in: &sequence)
    return try tracks.thread(number, of: process, "CPU \(number)", in: &sequence)
  }

  /// The process for one side of a device.
  mutating func device(_ name: String) throws -> Track { try tracks.process(name, in: &sequence) }

  /// A track below another.
  mutating func track(_ name: String, of parent: Track) throws -> Track {
    try tracks.child(of: parent, name, in: &sequence)
  }

  /// One of several tracks for slices that overlap.
  mutating func lane(_ number: Int, of parent: Track, _ name: String) throws -> Track {
    try tracks.lane(number, of: parent, name, in: &sequence)
  }

  // MARK: Marks

  /// Something that happened, without what there is to tell of it.
  mutating func mark(_ name: String, category: String, at time: UInt64) -> Mark {
    Mark(time: time, category: sequence.name(category, .category), name: sequence.name(name, .event))
  }

  /// Adds a member to what is told.
  mutating func annotate(_ mark: inout Mark, _ name: String, _ value: TraceFieldReader.Value) {
    var annotation = PerfettoDebugAnnotation(sequence.name(name, .annotation))
    switch value {
    case .signed(let number): annotation.intValue = number
    case .unsigned(let number): annotation.uintValue = number
    case .text(let text): annotation.stringValue = text
    case .code(let address, nil): annotation.pointerValue = address
    case .code(_, let symbol?): annotation.stringValue = symbol
    }
    mark.annotations.append(annotation)
  }

  // MARK: Drawing

  /// Draws a moment.
  mutating func instant(_ mark: Mark, on track: Track) throws { try add(.instant, mark, on: track) }

  /// Begins a slice, with a name of its own or that of the mark.
  mutating func begin(_ mark: Mark, name: String? = nil, on track: Track) throws {
    openSlices[track, default: 0] += 1
    try add(.sliceBegin, mark, name: name, on: track)
  }

  /// Ends the slice that began last, if there is one.
  mutating func end(_ mark: Mark, on track: Track) throws {
    guard let open = openSlices[track], open > 0 else { return }
    openSlices[track] = open - 1
    var event = PerfettoTrackEvent(.sliceEnd, on: track)
    event.add(mark.flow)
    try sequence.add(event, at: mark.time)
  }

  /// Ends what goes on on a track and begins a slice: for tracks that always are in one state.
  mutating func change(_ mark: Mark, to name: String, on track: Track) throws {
    while openSlices[track] ?? 0 > 0 { try end(mark, on: track) }
    try begin(mark, name: name, on: track)
  }

  /// Draws a number that changes.
  mutating func count(_ value: UInt64, _ name: String, of parent: Track, at time: UInt64) throws {
    let track = try tracks.counter(of: parent, name, in: &sequence)
    var event = PerfettoTrackEvent(.counter, on: track)
    event.counterValue = Int64(truncatingIfNeeded: value)
    try sequence.add(event, at: time)
  }

  private mutating func add(
    _ type: PerfettoTrackEvent.TypeEnum, _ mark: Mark, name: String? = nil, on track: Track
  ) throws {
    var event = PerfettoTrackEvent(type, on: track)
    event.use(category: mark.category)
    if let name { event.name = name } else { event.use(name: mark.name) }
    event.debugAnnotations = mark.annotations
    event.add(mark.flow)
    try sequence.add(event, at: mark.time)
  }
}

extension PerfettoTrackEvent {
  fileprivate mutating func add(_ flow: Picture.Flow?) {
    switch flow {
    case .through(let number): flowIds = [number]
    case .ending(let number): terminatingFlowIds = [number]
    case nil: break
    }
  }
}
