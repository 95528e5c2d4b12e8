import Tracing

/// Writes traces for Perfetto's viewer (perfetto.dev/docs/reference/trace-packet-proto).
///
/// There is a process for the processors, with a thread for each, and one for each side of each modem. What happens on a
/// processor is on its thread; what lasts, such as an address space or a channel between START and RESET, is a slice.
public enum PerfettoTraceFile {
  /// What is collected before it is given away, in bytes.
  private static let chunkSize = 1 << 16

  /// Gives the bytes of a trace to `body`, piece by piece.
  ///
  /// - Throws: `TraceFileError`, and what `body` throws.
  public static func write(
    _ file: TraceFile, _ selection: TraceSelection = TraceSelection(),
    progress: TraceFile.Progress = { _, _ in }, to body: ([UInt8]) throws -> Void
  ) throws {
    var picture = Picture()
    var modems = ModemEvents()
    var kinds: [Int: ReadEvent.Kind] = [:]
    for event in file.eventList {
      kinds[event.number] = ReadEvent.Kind(
        description: event, fields: TraceFieldReader(event, of: file))
    }
    try file.forEachRecord(selection, progress: progress) { record in
      try drawLoss(before: record, on: &picture)
      if let kind = kinds[record.event] {
        let event = ReadEvent(record: record, kind: kind)
        if ModemEvents.systems.contains(kind.description.system) {
          try modems.draw(event, on: &picture)
        } else {
          try ProcessorEvents.draw(event, on: &picture)
        }
      } else {
        let mark = picture.mark("unknown event \(record.event)", category: "unknown", at: record.time)
        try picture.instant(mark, on: picture.processor(record.processor))
      }
      try picture.flush(ifOver: chunkSize, to: body)
    }
    try picture.flush(ifOver: 0, to: body)
  }

  private static func drawLoss(before record: FileRecord, on picture: inout Picture) throws {
    guard record.loss != .none else { return }
    var mark = picture.mark("events lost", category: "trace", at: record.time)
    if case .counted(let count) = record.loss { picture.annotate(&mark, "count", .unsigned(count)) }
    try picture.instant(mark, on: picture.processor(record.processor))
  }
}
