import Interfaces

/// An event as a file tells of it: like ``TraceEvent``, but it may be one that this program does not know.
public struct EventDescription: Equatable, Sendable {
  /// The group of events.
  public let system: String
  /// The name in its group.
  public let name: String
  /// What records of the event begin with.
  public let number: Int
  /// The fields behind the common ones.
  public let fields: [Field]
  /// How a record becomes text; `nil` if that cannot be told from what the file says.
  let text: PrintFormat?

  /// The text in the notation of `printf`, without an end of line; `nil` if nobody can tell.
  public var format: String? { text?.format }

  /// The number of the first declared event: those of ftrace's own are far below.
  public static let firstNumber = 1000

  /// The fields that records of all events begin with.
  static let commonFields = [
    Field("common_type", type: "unsigned short", offset: TraceRecord.event, size: 2, isSigned: false),
    Field("common_flags", type: "unsigned char", offset: TraceRecord.flags, size: 1, isSigned: false),
    Field(
      "common_preempt_count", type: "unsigned char", offset: TraceRecord.preemptionCount, size: 1,
      isSigned: false),
    Field("common_pid", type: "int", offset: TraceRecord.task, size: 4, isSigned: true),
  ]

  /// The field with a name, also a common one.
  func field(named name: String) -> Field? {
    (fields + Self.commonFields).first { $0.name == name }
  }
}

/// A text in the notation of `printf`, and what stands for its conversions.
struct PrintFormat: Equatable, Sendable {
  let format: String
  let arguments: [PrintExpression]
}

extension EventDescription {
  /// A declared event with its number.
  public init(_ event: TraceEvent, number: Int) {
    system = "\(event.system)"
    name = "\(event.name)"
    self.number = number
    let fields = zip(event.fields, TraceLayout(event).offsets).map { field, offset in
      Field(
        "\(field.name)", type: "\(field.kind.typeName)", offset: offset, size: field.kind.size,
        isSigned: field.kind.isSigned)
    }
    self.fields = fields
    text = PrintFormat(
      format: "\(event.format)",
      arguments: event.arguments.map {
        switch $0 {
        case .field(let index): .field(fields[index])
        case .symbol(let index, let symbols):
          .symbol(
            .field(fields[index]),
            symbols.map { PrintExpression.Symbol(value: $0.value, name: "\($0.name)") })
        }
      })
  }
}
