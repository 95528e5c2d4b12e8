/// What a trace can be written as.
public enum TraceFileFormat: Sendable {
  /// `trace.dat` of version 6.
  case version6
  /// `trace.dat` of version 7.
  case version7
  /// Lines of text.
  case text(TraceTextStyle)
  /// Lines of JSON.
  case json
}

extension TraceFile {
  private static let chunkSize = 1 << 16

  /// Called now and then with the pages that were read, and how many there are.
  public typealias Progress = (_ done: Int, _ total: Int) -> Void

  /// Gives the bytes of the trace to `body`, piece by piece.
  ///
  /// - Parameter selection: the records that are wanted. Files of `trace.dat` hold all of them.
  /// - Returns: the numbers of events whose text the file does not say, if text was asked for.
  /// - Throws: ``TraceFileError``, and what `body` throws.
  @discardableResult
  public func write(
    _ format: TraceFileFormat, _ selection: TraceSelection = TraceSelection(),
    progress: Progress = { _, _ in }, to body: ([UInt8]) throws -> Void
  ) throws -> Set<Int> {
    switch format {
    case .version6: try TraceFileVersion6.layout(of: parts).write(progress, body)
    case .version7: try TraceFileVersion7.layout(of: parts).write(progress, body)
    case .text(let style):
      let report = TraceTextReport(self, style: style)
      try body(Array(report.heading.utf8))
      return try writeLines(selection, by: report.put, progress, to: body)
    case .json: return try writeLines(selection, by: TraceJSONReport(self).put, progress, to: body)
    }
    return []
  }

  private func writeLines(
    _ selection: TraceSelection, by put: (FileRecord, inout TextBuffer) -> Void, _ progress: Progress,
    to body: ([UInt8]) throws -> Void
  ) throws -> Set<Int> {
    var undescribed: Set<Int> = []
    var buffer = TextBuffer()
    try forEachRecord(selection, progress: progress) { record in
      if events[record.event]?.text == nil { undescribed.insert(record.event) }
      put(record, &buffer)
      guard buffer.bytes.count >= Self.chunkSize else { return }
      try body(buffer.bytes)
      buffer.removeAll()
    }
    try body(buffer.bytes)
    return undescribed
  }
}
