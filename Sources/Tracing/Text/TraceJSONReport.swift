/// Writes the records of a file as lines of JSON, each an object.
struct TraceJSONReport {
  private let file: TraceFile
  private let formats: [Int: TraceTextFormat]
  /// By event, the fields that hold code addresses.
  private let codeFields: [Int: [EventDescription.Field]]

  init(_ file: TraceFile) {
    self.file = file
    formats = file.events.compactMapValues { event in
      event.text.map { TraceTextFormat($0, names: file.names) }
    }
    codeFields = file.symbols.isEmpty ? [:] : file.events.mapValues(\.codeFields)
  }

  /// Writes the line of a record.
  func put(_ record: FileRecord, to buffer: inout TextBuffer) {
    buffer.put("{\"time\":\(record.time),\"processor\":\(record.processor),\"task\":\(record.task)")
    buffer.put(",\"comm\":\(JSONText.quoted(file.tasks[record.task] ?? "<...>"))")
    buffer.put(",\"flags\":\(record.flags),\"preemptionCount\":\(record.preemptionCount)")
    switch record.loss {
    case .none: break
    case .counted(let count): buffer.put(",\"lostBefore\":\(count)")
    case .uncounted: buffer.put(",\"lostBefore\":null")
    }
    if let event = file.events[record.event] {
      put(event, record, to: &buffer)
    } else {
      buffer.put(",\"number\":\(record.event)")
    }
    buffer.put("}\n")
  }

  private func put(_ event: EventDescription, _ record: FileRecord, to buffer: inout TextBuffer) {
    buffer.put(",\"system\":\(JSONText.quoted(event.system)),\"event\":\(JSONText.quoted(event.name))")
    buffer.put(",\"fields\":{")
    for (index, field) in event.fields.enumerated() {
      if index > 0 { buffer.put(",") }
      buffer.put(JSONText.quoted(field.name))
      buffer.put(":")
      put(field, record.bytes, to: &buffer)
    }
    buffer.put("}")
    putSymbols(event, record.bytes, to: &buffer)
    if let format = formats[event.number] {
      buffer.put(",\"text\":\(JSONText.quoted(format.text(of: record.bytes)))")
    }
  }

  /// The functions that code addresses lie in, if any does.
  private func putSymbols(
    _ event: EventDescription, _ record: UnsafeRawBufferPointer, to buffer: inout TextBuffer
  ) {
    let symbols = (codeFields[event.number] ?? []).compactMap { field in
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
    case .text: buffer.put(JSONText.quoted(field.text(in: record)))
    case .number where field.isSigned: buffer.put(String(field.number(in: record)))
    case .number: buffer.put(field.bits(in: record))
    case .array(_, let size):
      let bytes = field.bytes(in: record)
      buffer.put("[")
      for index in 0..<bytes.count / size {
        if index > 0 { buffer.put(",") }
        let number = EventDescription.Field.number(
          in: bytes, at: index * size, size: size, isSigned: field.isSigned)
        buffer.put(field.isSigned ? String(number) : String(UInt64(bitPattern: number)))
      }
      buffer.put("]")
    }
  }
}
