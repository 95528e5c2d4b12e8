import Interfaces

/// Records events, one ring of pages for each processor.
///
/// Events are enabled one by one. A ``TracePoint`` of an event that is not enabled costs one load and one branch.
public final class Tracer {
  /// How much is kept, and which part of it.
  public struct Capacity: Equatable, Sendable {
    /// What becomes of records when there is no room.
    public enum Policy: Sendable {
      /// The oldest go.
      case overwrite
      /// New ones are lost.
      case stop
    }

    /// Bytes for each processor; at least two pages of 4 KiB are taken.
    public var bytesPerProcessor: Int
    /// What becomes of records when there is no room.
    public var policy: Policy

    /// So much room, used like that.
    public init(bytesPerProcessor: Int = 4 << 20, policy: Policy = .overwrite) {
      self.bytesPerProcessor = bytesPerProcessor
      self.policy = policy
    }
  }

  /// The events, in the order of their numbers.
  public let events: [TraceEvent]
  let layouts: [TraceLayout]
  /// Whether records are kept at all.
  @exclusivity(unchecked)
  public var isRecording = true
  /// The processor whose turn it is: where events of devices are recorded.
  @exclusivity(unchecked)
  public var currentProcessor = 0

  /// What is added to the times of records.
  @exclusivity(unchecked)
  private(set) var timeOffset: UInt64 = 0

  private let enabled: UnsafeMutablePointer<Bool>
  /// What recording an event has to look at, by event.
  private let forms: UnsafeMutablePointer<Form>
  /// What ``Form/filter`` refers to, by event.
  private var filters: [TraceFilterProgram?]
  private let processorCount: Int
  private let capacity: Capacity
  /// One for each processor, from when an event is first enabled.
  private var buffers: [TraceBuffer] = []
  private let bufferPointers: UnsafeMutablePointer<Unmanaged<TraceBuffer>>
  @exclusivity(unchecked) private var bufferCount = 0

  /// How the records of an event are made.
  private struct Form {
    /// The size of header and fields.
    let size: Int
    let hasTexts: Bool
    var filter: Unmanaged<TraceFilterProgram>?
    var hasTriggers = false

    /// The size is known, and nobody looks at a record before it is kept.
    var isPlain: Bool { !hasTexts && filter == nil && !hasTriggers }

    /// Whether the filter, if there is one, lets a record pass. No reference is counted.
    func passes(_ record: UnsafeRawBufferPointer) -> Bool {
      guard let filter else { return true }
      return filter._withUnsafeGuaranteedRef { $0.passes(record) }
    }
  }
  private let scratch = UnsafeMutableRawPointer.allocate(
    byteCount: TraceRecordWriter.capacity, alignment: 8)
  /// By event.
  private var triggers: [[TraceTrigger]]
  /// What a trigger set aside last.
  public private(set) var snapshot: TraceContents?

  private let firstEventNumber: Int

  /// A tracer for events, none of which is enabled.
  ///
  /// - Parameter firstEventNumber: the number of the first event in records, above those of ftrace's own.
  public init(
    _ events: [TraceEvent], processorCount: Int, capacity: Capacity = Capacity(),
    firstEventNumber: Int = EventDescription.firstNumber
  ) {
    self.events = events
    self.firstEventNumber = firstEventNumber
    layouts = events.map(TraceLayout.init)
    filters = Array(repeating: nil, count: events.count)
    triggers = Array(repeating: [], count: events.count)
    enabled = .allocate(capacity: max(events.count, 1))
    enabled.initialize(repeating: false, count: max(events.count, 1))
    forms = .allocate(capacity: max(events.count, 1))
    for (index, event) in events.enumerated() {
      let hasTexts = event.fields.contains { $0.kind == .text }
      (forms + index).initialize(to: Form(size: layouts[index].size, hasTexts: hasTexts))
    }
    bufferPointers = .allocate(capacity: max(processorCount, 1))
    self.processorCount = processorCount
    self.capacity = capacity
  }

  private func makeBuffers() {
    let policy: TraceBuffer.Policy = capacity.policy == .overwrite ? .overwrite : .stop
    buffers = (0..<processorCount).map { _ in
      TraceBuffer(pageCount: capacity.bytesPerProcessor / TracePage.size, policy: policy)
    }
    for (index, buffer) in buffers.enumerated() {
      (bufferPointers + index).initialize(to: .passUnretained(buffer))
    }
    bufferCount = buffers.count
  }

  deinit {
    enabled.deallocate()
    forms.deallocate()
    bufferPointers.deallocate()
    scratch.deallocate()
  }

  /// Where code tells of the event with this number, counted from 0.
  public func point(for event: Int) -> TracePoint {
    TracePoint(isEnabled: UnsafePointer(enabled + event), event: event, tracer: self)
  }

  /// Where code tells of an event; one that this tracer does not have is never recorded.
  public func point(for event: TraceEvent) -> TracePoint {
    index(of: event).map(point(for:)) ?? .silent
  }

  /// The number of an event, counted from 0, by its system and name.
  public func index(of event: TraceEvent) -> Int? { events.firstIndex { $0.isSame(as: event) } }

  /// Whether an event is recorded.
  public func isEnabled(_ event: Int) -> Bool { enabled[event] }

  /// Lets an event be recorded, or not.
  public func setEnabled(_ event: Int, _ isEnabled: Bool) {
    if isEnabled, buffers.isEmpty { makeBuffers() }
    enabled[event] = isEnabled
  }

  /// Keeps only those records of an event that fulfil a condition; `nil` keeps all.
  ///
  /// - Throws: ``TraceFilterError``; the filter stays as it was.
  public func setFilter(_ filter: String?, for event: Int) throws(TraceFilterError) {
    let description = EventDescription(events[event], number: firstEventNumber + event)
    let program = try filter.map { text throws(TraceFilterError) in
      try TraceFilter(text, for: description).program
    }
    forms[event].filter = program.map(Unmanaged.passUnretained)
    filters[event] = program
  }

  /// Lets an event start or stop the recording or set aside what is kept, as in ftrace's files `trigger`. The event must
  /// be enabled.
  ///
  /// - Throws: ``TraceTriggerError``.
  public func addTrigger(_ trigger: String, for event: Int) throws(TraceTriggerError) {
    let description = EventDescription(events[event], number: firstEventNumber + event)
    triggers[event].append(try TraceTrigger(trigger, for: description))
    forms[event].hasTriggers = true
  }

  @inline(never)
  func record(
    _ event: Int, processor: Int, time: UInt64, task: Int32, flags: TraceFlags,
    _ fill: (inout TraceRecordWriter) -> Void
  ) {
    let form = forms[event]
    guard form.isPlain else {
      return recordSlowly(event, processor: processor, time: time, task: task, flags: flags, fill)
    }
    guard isRecording, processor < bufferCount,
      let place = buffer(processor).append(form.size, at: time)
    else { return }
    putHeader(of: event, task: task, flags: flags, at: place)
    var writer = TraceRecordWriter(place, layoutSize: form.size)
    fill(&writer)
  }

  /// Makes a record where it has no place yet: its size is not known, or filters and triggers look at it first.
  private func recordSlowly(
    _ event: Int, processor: Int, time: UInt64, task: Int32, flags: TraceFlags,
    _ fill: (inout TraceRecordWriter) -> Void
  ) {
    let form = forms[event]
    guard isRecording || form.hasTriggers, processor < bufferCount else { return }
    scratch.initializeMemory(as: UInt8.self, repeating: 0, count: form.size)
    putHeader(of: event, task: task, flags: flags, at: scratch)
    var writer = TraceRecordWriter(scratch, layoutSize: form.size)
    fill(&writer)
    let record = UnsafeRawBufferPointer(start: scratch, count: writer.size)
    if form.hasTriggers { pull(event, .start, record) }
    if isRecording, form.passes(record),
      let place = buffer(processor).append(record.count, at: time)
    {
      place.copyMemory(from: scratch, byteCount: record.count)
    }
    guard form.hasTriggers else { return }
    pull(event, .snapshot, record)
    pull(event, .stop, record)
  }

  /// No reference is counted: the buffers are there as long as the tracer.
  @inline(__always)
  private func buffer(_ processor: Int) -> TraceBuffer {
    bufferPointers[processor]._withUnsafeGuaranteedRef { $0 }
  }

  @inline(__always)
  private func putHeader(of event: Int, task: Int32, flags: TraceFlags, at place: UnsafeMutableRawPointer) {
    let number = UInt64(UInt16(truncatingIfNeeded: firstEventNumber &+ event))
    let header =
      number << UInt64(TraceRecord.event * 8) | UInt64(flags.rawValue) << UInt64(TraceRecord.flags * 8)
      | UInt64(UInt32(bitPattern: task)) << UInt64(TraceRecord.task * 8)
    place.storeBytes(of: header.littleEndian, as: UInt64.self)
  }

  /// Does what the event's triggers of one kind say.
  private func pull(_ event: Int, _ action: TraceTrigger.Action, _ record: UnsafeRawBufferPointer) {
    for index in triggers[event].indices {
      let trigger = triggers[event][index]
      guard trigger.action == action, trigger.remaining != 0, trigger.filter?.passes(record) ?? true else {
        continue
      }
      triggers[event][index].remaining = trigger.remaining.map { $0 - 1 }
      switch action {
      case .start: isRecording = true
      case .stop: isRecording = false
      case .snapshot: snapshot = contents
      }
    }
  }

  /// What is kept now.
  public var contents: TraceContents {
    TraceContents(
      events: events, firstEventNumber: firstEventNumber,
      processors: buffers.isEmpty
        ? Array(repeating: TraceContents.Processor(pages: [], written: 0, lost: 0), count: processorCount)
        : buffers.map { TraceContents.Processor(pages: $0.pages, written: $0.written, lost: $0.lost) })
  }

  /// Goes on with the records of a machine that takes the place of another one, and whose time begins anew.
  ///
  /// - Parameter duration: how long there was the other one, in nanoseconds.
  public func continueAfter(nanoseconds duration: UInt64) {
    timeOffset &+= duration
    currentProcessor = 0
  }

  /// Forgets every record.
  public func clear() { for buffer in buffers { buffer.clear() } }
}

/// Where code tells of an event.
public struct TracePoint {
  @usableFromInline let isEnabled: UnsafePointer<Bool>
  private let event: Int
  private unowned(unsafe) let tracer: Tracer

  init(isEnabled: UnsafePointer<Bool>, event: Int, tracer: Tracer) {
    self.isEnabled = isEnabled
    self.event = event
    self.tracer = tracer
  }

  /// Records nothing, ever: for code that nobody gave a tracer.
  public static var silent: TracePoint { silentTracer.point(for: 0) }

  /// Its one event is none, and never enabled.
  nonisolated(unsafe) private static let silentTracer = Tracer([], processorCount: 0)

  /// Records the event if it is enabled. The tracer must be there.
  ///
  /// - Parameters:
  ///   - processor: on which it happened.
  ///   - time: when it happened, in nanoseconds; it is asked for only if the event is recorded.
  ///   - task: who did it.
  ///   - flags: in which state.
  ///   - fill: writes the fields.
  @inlinable @inline(__always)
  public func record(
    processor: Int, time: @autoclosure () -> UInt64, task: Int32 = 0,
    flags: @autoclosure () -> TraceFlags = [], _ fill: (inout TraceRecordWriter) -> Void
  ) {
    if isOn { recordNow(processor: processor, time: time(), task: task, flags: flags(), fill) }
  }

  /// Records an event of a device, which happened in the turn of ``Tracer/currentProcessor``.
  @inlinable @inline(__always)
  public func record(time: @autoclosure () -> UInt64, _ fill: (inout TraceRecordWriter) -> Void) {
    if isOn { recordInTurn(time: time(), fill) }
  }

  @usableFromInline
  func recordInTurn(time: UInt64, _ fill: (inout TraceRecordWriter) -> Void) {
    recordNow(processor: tracer.currentProcessor, time: time, task: 0, flags: [], fill)
  }

  /// The event is enabled.
  @inlinable public var isOn: Bool { isEnabled.pointee }

  @usableFromInline
  func recordNow(
    processor: Int, time: UInt64, task: Int32, flags: TraceFlags, _ fill: (inout TraceRecordWriter) -> Void
  ) {
    tracer.record(
      event, processor: processor, time: time &+ tracer.timeOffset, task: task, flags: flags, fill)
  }
}

/// Records that were kept, with what it takes to read them.
public struct TraceContents: Sendable {
  /// The records of one processor.
  public struct Processor: Sendable {
    /// Pages of 4 KiB, the oldest first.
    public var pages: [[UInt8]]
    /// The records that were written, with those that were overwritten.
    public var written: UInt64
    /// The records that were lost.
    public var lost: UInt64
  }

  /// The events, in the order of their numbers.
  public var events: [TraceEvent]
  /// The number of the first event in records.
  public var firstEventNumber: Int
  /// By the number of the processor.
  public var processors: [Processor]
}
