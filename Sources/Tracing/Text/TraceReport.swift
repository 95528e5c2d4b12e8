import Interfaces

/// The records of a file in the order of time, as text.
public struct TraceReport {
  private let file: TraceFile
  private let formats: [Int: TraceTextFormat]

  /// A report of a file.
  public init(_ file: TraceFile) {
    self.file = file
    formats = file.events.mapValues { TraceTextFormat($0, constantTexts: file.constantTexts) }
  }

  /// A processor's place in its records.
  private struct Cursor {
    let processor: Int
    var pages: ArraySlice<[UInt8]>
    var page: [UInt8] = []
    var reader: TracePageReader?
    var next: PlacedRecord?
    /// Records that were lost before ``next``; `nil` if nobody counted.
    var lost: UInt64? = 0

    init(processor: Int, pages: [[UInt8]]) {
      self.processor = processor
      self.pages = pages[...]
      advance()
    }

    mutating func advance() {
      lost = 0
      next = reader?.next()
      while next == nil, let page = pages.popFirst() {
        self.page = page
        reader = TracePageReader(page)
        next = reader?.next()
        lost = reader.map(\.lost) ?? 0
      }
    }
  }

  /// Calls `body` with each line, without its end, in the layout of tracefs's file `trace`.
  public func lines(_ body: (String) -> Void) {
    forEachRecord { cursor, record in
      if cursor.lost != 0 {
        body("CPU:\(cursor.processor) [\(cursor.lost.map { "\($0) " } ?? "")LOST EVENTS]")
      }
      cursor.page[record.range].withUnsafeBytes { body(line(of: $0, record.time, cursor.processor)) }
    }
  }

  /// Calls `body` with each record as one line of JSON.
  public func jsonLines(_ body: (String) -> Void) {
    forEachRecord { cursor, record in
      cursor.page[record.range].withUnsafeBytes { body(json(of: $0, record.time, cursor)) }
    }
  }

  private func forEachRecord(_ body: (Cursor, PlacedRecord) -> Void) {
    var cursors = file.processors.enumerated().map { Cursor(processor: $0, pages: $1) }
    while let index = cursors.indices.filter({ cursors[$0].next != nil }).min(by: {
      (cursors[$0].next?.time ?? 0) < (cursors[$1].next?.time ?? 0)
    }) {
      if let record = cursors[index].next { body(cursors[index], record) }
      cursors[index].advance()
    }
  }

  // MARK: Text

  private static func header(_ record: UnsafeRawBufferPointer) -> (
    number: Int, flags: UInt8, count: UInt8, task: Int32
  ) {
    guard record.count >= TraceRecord.headerSize else { return (0, 0, 0, 0) }
    return (
      Int(record.loadUnaligned(fromByteOffset: TraceRecord.event, as: UInt16.self)),
      record[TraceRecord.flags], record[TraceRecord.preemptionCount],
      record.loadUnaligned(fromByteOffset: TraceRecord.task, as: Int32.self)
    )
  }

  private func line(of record: UnsafeRawBufferPointer, _ time: UInt64, _ processor: Int) -> String {
    let header = Self.header(record)
    let prefix = TraceTextLine.prefix(
      task: file.tasks[header.task] ?? "<...>", identifier: header.task, processor: processor,
      flags: header.flags, preemptionCount: header.count, time: time)
    guard let event = file.events[header.number], let format = formats[header.number] else {
      return prefix + "unknown event \(header.number)"
    }
    return prefix + "\(event.name): \(format.text(of: record))"
  }

  // MARK: JSON

  private func json(of record: UnsafeRawBufferPointer, _ time: UInt64, _ cursor: Cursor) -> String {
    let header = Self.header(record)
    var members = [
      "\"time\":\(time)", "\"processor\":\(cursor.processor)", "\"task\":\(header.task)",
      "\"comm\":\(JSONText.quoted(file.tasks[header.task] ?? "<...>"))", "\"flags\":\(header.flags)",
    ]
    if cursor.lost != 0 { members.append("\"lostBefore\":\(cursor.lost.map(String.init) ?? "null")") }
    guard let event = file.events[header.number], let format = formats[header.number] else {
      return "{" + (members + ["\"number\":\(header.number)"]).joined(separator: ",") + "}"
    }
    members.append("\"system\":\(JSONText.quoted(event.system))")
    members.append("\"event\":\(JSONText.quoted(event.name))")
    let fields = event.fields.map { field in
      let value =
        field.isText
        ? JSONText.quoted(field.text(in: record))
        : field.isSigned
          ? String(field.number(in: record))
          : String(
            UInt64(bitPattern: field.number(in: record))
              & (field.size < 8 ? 1 << UInt64(field.size * 8) - 1 : .max))
      return "\(JSONText.quoted(field.name)):\(value)"
    }
    members.append("\"fields\":{\(fields.joined(separator: ","))}")
    members.append("\"text\":\(JSONText.quoted(format.text(of: record)))")
    return "{" + members.joined(separator: ",") + "}"
  }
}
