import Tracing

/// A record with what it takes to read it.
struct ReadEvent {
  let record: FileRecord
  let kind: Kind

  /// An event of the file.
  struct Kind {
    let description: EventDescription
    let fields: TraceFieldReader
  }

  /// The event's name.
  var name: String { kind.description.name }

  /// The number in a field; 0 if there is none.
  func number(_ field: String) -> UInt64 { kind.fields.number(field, in: record) }

  /// The text in a field, or the name of its number, or its number.
  func text(_ field: String) -> String {
    switch kind.fields.value(field, in: record) {
    case .text(let text): text
    case .signed(let number): String(number)
    case .unsigned(let number): String(number)
    case .code(let address, let symbol): symbol ?? String(address, radix: 16)
    case nil: "?"
    }
  }
}

extension Picture {
  /// Something that happened, with all fields of its record.
  mutating func mark(_ event: ReadEvent) -> Mark {
    var mark = mark(event.name, category: event.kind.description.system, at: event.record.time)
    for (name, value) in zip(event.kind.fields.fieldNames, event.kind.fields.values(in: event.record)) {
      annotate(&mark, name, value)
    }
    return mark
  }
}
