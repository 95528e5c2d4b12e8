import Interfaces

/// Writes the records of a file as lines of text.
public struct TraceTextReport {
  private let file: TraceFile
  private let style: TraceTextStyle
  private let formats: [Int: Format]

  private enum Format {
    case text(TraceTextFormat)
    case fields(TraceFieldsText)
    /// The event's text says something that cannot be read.
    case unparsed(TraceFieldsText)
  }

  /// A report of a file in a style.
  public init(_ file: TraceFile, style: TraceTextStyle) {
    self.file = file
    self.style = style
    formats = file.events.mapValues { event in
      let fields = TraceFieldsText(event, names: file.names, dialect: style.dialect)
      guard style.content == .text else { return .fields(fields) }
      guard let text = event.text else { return .unparsed(fields) }
      return .text(TraceTextFormat(text, names: file.names, dialect: style.dialect))
    }
  }

  /// What stands before the first record, with the end of its line.
  public var heading: String {
    switch style.layout {
    case .traceCommand: "cpus=\(file.processorCount)\n"
    case .tracefs: "# tracer: nop\n#\n"
    }
  }

  /// Writes the line of a record, after one that tells what was lost before.
  func put(_ record: FileRecord, to buffer: inout TextBuffer) {
    putLoss(record, to: &buffer)
    TraceTextLine(style: style).put(record, task: name(ofTask: record.task), to: &buffer)
    if let event = file.events[record.event] {
      let start = buffer.bytes.count
      buffer.put(foreign: event.name)
      buffer.put(":")
      if style.layout == .traceCommand { buffer.pad(from: start, to: 21, atEnd: true) }
      buffer.put(" ")
    }
    switch formats[record.event] {
    case .text(let format): format.put(record.bytes, to: &buffer)
    case .fields(let format): format.put(record.bytes, to: &buffer)
    case .unparsed(let format):
      buffer.put("[FAILED TO PARSE]")
      format.put(record.bytes, to: &buffer)
    case nil: putUnknown(record, to: &buffer)
    }
    buffer.put("\n")
  }

  /// Linux and trace-cmd call number 0 so whatever the file says.
  private func name(ofTask number: Int32) -> String {
    number == 0 ? "<idle>" : file.tasks[number] ?? "<...>"
  }

  private func putLoss(_ record: FileRecord, to buffer: inout TextBuffer) {
    guard record.loss != .none else { return }
    buffer.put("CPU:\(record.processor) [")
    if case .counted(let count) = record.loss { buffer.put("\(count) ") }
    buffer.put(style.layout == .traceCommand ? "EVENTS DROPPED]\n" : "LOST EVENTS]\n")
  }

  /// An event that the file does not describe.
  private func putUnknown(_ record: FileRecord, to buffer: inout TextBuffer) {
    buffer.put("unknown event \(record.event): ")
    buffer.putBytes(record.bytes.dropFirst(TraceRecord.headerSize), separator: " ")
  }
}
