import Interfaces

/// An event as a file tells of it: like ``TraceEvent``, but it may be one that this program does not know.
struct EventDescription: Equatable, Sendable {
  /// A field of a record.
  struct Field: Equatable, Sendable {
    let name: String
    /// The type in C.
    let typeName: String
    /// In bytes from the start of the record.
    let offset: Int
    let size: Int
    let isSigned: Bool

    /// The field says where a text lies in the record.
    var isText: Bool { typeName.hasPrefix("__data_loc") }
  }

  /// What stands for a conversion of the format.
  enum Argument: Equatable, Sendable {
    case field(Int)
    case symbol(Int, [Symbol])
  }

  /// A value with its name.
  struct Symbol: Equatable, Sendable {
    let value: Int64
    let name: String
  }

  let system: String
  let name: String
  /// What records of the event begin with.
  let number: Int
  /// The fields behind the common ones.
  let fields: [Field]
  let format: String
  let arguments: [Argument]

  /// The fields that records of all events begin with.
  static let commonFields = [
    Field(
      name: "common_type", typeName: "unsigned short", offset: TraceRecord.event, size: 2, isSigned: false),
    Field(
      name: "common_flags", typeName: "unsigned char", offset: TraceRecord.flags, size: 1, isSigned: false),
    Field(
      name: "common_preempt_count", typeName: "unsigned char", offset: TraceRecord.preemptionCount, size: 1,
      isSigned: false),
    Field(name: "common_pid", typeName: "int", offset: TraceRecord.task, size: 4, isSigned: true),
  ]

  /// The field with a name, also a common one.
  func field(named name: String) -> Field? {
    (fields + Self.commonFields).first { $0.name == name }
  }
}

extension EventDescription {
  /// A declared event with its number.
  init(_ event: TraceEvent, number: Int) {
    system = "\(event.system)"
    name = "\(event.name)"
    self.number = number
    fields = zip(event.fields, TraceLayout(event).offsets).map { field, offset in
      Field(
        name: "\(field.name)", typeName: "\(field.kind.typeName)", offset: offset, size: field.kind.size,
        isSigned: field.kind.isSigned)
    }
    format = "\(event.format)"
    arguments = event.arguments.map {
      switch $0 {
      case .field(let index): .field(index)
      case .symbol(let index, let symbols):
        .symbol(index, symbols.map { Symbol(value: $0.value, name: "\($0.name)") })
      }
    }
  }
}

extension EventDescription.Field {
  /// The number in a record; 0 if the record is too short for it.
  func number(in record: UnsafeRawBufferPointer) -> Int64 {
    guard offset >= 0, offset + size <= record.count else { return 0 }
    func load<Number: FixedWidthInteger>(_ type: Number.Type) -> Int64 {
      Int64(truncatingIfNeeded: record.loadUnaligned(fromByteOffset: offset, as: type))
    }
    return switch (size, isSigned) {
    case (1, false): load(UInt8.self)
    case (1, true): load(Int8.self)
    case (2, false): load(UInt16.self)
    case (2, true): load(Int16.self)
    case (4, false): load(UInt32.self)
    case (4, true): load(Int32.self)
    case (8, _): load(Int64.self)
    default: 0
    }
  }

  /// The text in a record; empty if it does not lie in it.
  func text(in record: UnsafeRawBufferPointer) -> String {
    let place = UInt32(truncatingIfNeeded: number(in: record))
    let (start, count) = (Int(place & 0xFFFF), Int(place >> 16))
    guard count > 1, start + count <= record.count else { return "" }
    return String(decoding: record[start..<(start + count - 1)].prefix { $0 != 0 }, as: UTF8.self)
  }
}
