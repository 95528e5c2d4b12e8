/// Writes the records of a file as lines of JSON, each an object.
struct TraceJSONReport {
  private let file: TraceFile
  private let events: [Int: Event]
  /// The names of tasks, in quotes.
  private let tasks: [Int32: [UInt8]]

  /// What the lines of an event have in common.
  private struct Event {
    /// The members for system and name, up to the first field.
    let head: [UInt8]
    let fields: [(name: [UInt8], field: EventDescription.Field)]
    /// Those that hold code addresses.
    let codeFields: [EventDescription.Field]
    let format: TraceTextFormat?
  }

  init(_ file: TraceFile) {
    self.file = file
    tasks = file.tasks.mapValues { Array(JSONText.quoted($0).utf8) }
    events = file.events.mapValues { event in
      let head =
        ",\"system\":\(JSONText.quoted(event.system)),\"event\":\(JSONText.quoted(event.name)),\"fields\":{"
      return Event(
        head: Array(head.utf8),
        fields: event.fields.enumerated().map { index, field in
          (Array("\(index > 0 ? "," : "")\(JSONText.quoted(field.name)):".utf8), field)
        },
        codeFields: file.symbols.isEmpty ? [] : event.codeFields,
        format: event.text.map { TraceTextFormat($0, names: file.names) })
    }
  }

  /// Writes the line of a record.
  func put(_ record: FileRecord, to buffer: inout TextBuffer) {
    buffer.put("{\"time\":")
    buffer.put(record.time)
    buffer.put(",\"processor\":")
    buffer.put(UInt64(record.processor))
    buffer.put(",\"task\":")
    buffer.put(signed: Int64(record.task))
    buffer.put(",\"comm\":")
    if let task = tasks[record.task] { buffer.put(task) } else { buffer.put("\"<...>\"") }
    buffer.put(",\"flags\":")
    buffer.put(UInt64(record.flags))
    buffer.put(",\"preemptionCount\":")
    buffer.put(UInt64(record.preemptionCount))
    switch record.loss {
    case .none: break
    case .counted(let count): buffer.put(",\"lostBefore\":\(count)")
    case .uncounted: buffer.put(",\"lostBefore\":null")
    }
    if let event = events[record.event] {
      put(event, record.bytes, to: &buffer)
    } else {
      buffer.put(",\"number\":\(record.event)")
    }
    buffer.put("}\n")
  }

  private func put(_ event: Event, _ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer) {
    buffer.put(event.head)
    for (name, field) in event.fields {
      buffer.put(name)
      put(field, record, to: &buffer)
    }
    buffer.put("}")
    putSymbols(event, record, to: &buffer)
    guard let format = event.format else { return }
    buffer.put(",\"text\":")
    buffer.put(quoted: format.text(of: record))
  }

  /// The functions that code addresses lie in, if any does.
  private func putSymbols(_ event: Event, _ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer) {
    let symbols = event.codeFields.compactMap { field in
      file.names.symbolText(field.bits(in: record)).map {
        "\(JSONText.quoted(field.name)):\(JSONText.quoted($0))"
      }
    }
    if !symbols.isEmpty { buffer.put(",\"symbols\":{\(symbols.joined(separator: ","))}") }
  }

  private func put(
    _ field: EventDescription.Field, _ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer
  ) {
    switch field.content {
    case .text: buffer.put(quoted: field.text(in: record))
    case .number where field.isSigned: buffer.put(signed: field.number(in: record))
    case .number: buffer.put(field.bits(in: record))
    case .array(_, let size):
      let bytes = field.bytes(in: record)
      buffer.put("[")
      for index in 0..<bytes.count / size {
        if index > 0 { buffer.put(",") }
        let number = EventDescription.Field.number(
          in: bytes, at: index * size, size: size, isSigned: field.isSigned)
        if field.isSigned { buffer.put(signed: number) } else { buffer.put(UInt64(bitPattern: number)) }
      }
      buffer.put("]")
    }
  }
}
