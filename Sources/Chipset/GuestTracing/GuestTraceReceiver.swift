import Bus
import Interfaces
import Tracing

/// The ports of ``GuestTracePort``: what programs on the bare machine record goes to the machine's tracer.
public final class GuestTraceReceiver: PortDevice {
  /// Names the device on the board.
  public let name = "trace-port"
  /// Records that were refused: they lie outside of RAM, are of no known event or have not its form.
  public private(set) var refusedRecords: UInt64 = 0

  private let memory: GuestMemory
  private let clock: EventQueue
  private let tracer: Tracer
  private let points: [TracePoint]
  private let layouts: [TraceLayout]
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: GuestTracePort.Handover.record + TraceRecordWriter.capacity, alignment: 8)

  /// Ports that lead to a tracer; events that it does not have are never recorded.
  public init(memory: GuestMemory, clock: EventQueue, tracer: Tracer) {
    self.memory = memory
    self.clock = clock
    self.tracer = tracer
    points = GuestTracePort.events.map { tracer.point(for: $0) }
    layouts = GuestTracePort.events.map(TraceLayout.init)
  }

  deinit { buffer.deallocate() }

  /// Forgets what was refused.
  public func reset() { refusedRecords = 0 }

  /// Reads the signature.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    guard offset == GuestTracePort.table, width == .doubleword else {
      return UInt32(truncatingIfNeeded: width.mask)
    }
    return GuestTracePort.signature
  }

  /// Fills a table, or takes a record.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    guard width == .doubleword else { return }
    switch offset {
    case GuestTracePort.table: fillTable(at: UInt64(value))
    case GuestTracePort.record: if !takeRecord(at: UInt64(value)) { refusedRecords &+= 1 }
    default: break
    }
  }

  private func fillTable(at address: UInt64) {
    for (index, event) in GuestTracePort.events.enumerated() {
      let isEnabled = tracer.index(of: event).map(tracer.isEnabled) ?? false
      _ = memory.store(UInt8(isEnabled ? 1 : 0), at: address &+ UInt64(index))
    }
  }

  private func takeRecord(at address: UInt64) -> Bool {
    typealias Handover = GuestTracePort.Handover
    guard let event = memory.load(address &+ UInt64(Handover.event), as: UInt32.self),
      let size = memory.load(address &+ UInt64(Handover.size), as: UInt32.self),
      event < UInt32(points.count)
    else { return false }
    let number = Int(event)
    guard let count = Int(exactly: size), layouts[number].size...TraceRecordWriter.capacity ~= count else {
      return false
    }
    let record = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    guard memory.read(address &+ UInt64(Handover.record), into: record),
      hasSoundTexts(UnsafeRawBufferPointer(record), number)
    else { return false }
    points[number].record(
      processor: tracer.currentProcessor, time: clock.now,
      task: record.load(fromByteOffset: TraceRecord.task, as: Int32.self),
      flags: TraceFlags(rawValue: record[TraceRecord.flags])
    ) { $0.put(body: UnsafeRawBufferPointer(rebasing: record[TraceRecord.headerSize...])) }
    return true
  }

  /// Whether each text lies behind the fields, inside of the record, and ends with zero.
  private func hasSoundTexts(_ record: UnsafeRawBufferPointer, _ event: Int) -> Bool {
    let layout = layouts[event]
    for (field, offset) in zip(GuestTracePort.events[event].fields, layout.offsets) where field.kind == .text
    {
      let place = record.load(fromByteOffset: offset, as: UInt32.self)
      let (start, count) = (Int(place & 0xFFFF), Int(place >> 16))
      guard start >= layout.size, count > 0, start + count <= record.count, record[start + count - 1] == 0
      else { return false }
    }
    return true
  }

  /// Writes how many records were refused.
  public func save(to writer: inout StateWriter) { writer.write(refusedRecords) }

  /// Reads how many records were refused.
  public func restore(from reader: inout StateReader) throws(StateError) {
    refusedRecords = try reader.read()
  }
}
