import Tracing

/// A value of JSON (RFC 8259), written in one line with the members of objects in the order given.
enum JSONValue {
  case null
  case truth(Bool)
  case integer(UInt64)
  /// A number with at most this many decimals.
  case decimal(Double, decimals: Int)
  case text(String)
  case array([JSONValue])
  case object([(name: String, value: JSONValue)])
}

extension JSONValue: CustomStringConvertible {
  /// The value as JSON.
  var description: String {
    switch self {
    case .null: "null"
    case .truth(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .decimal(let value, let decimals): DecimalText.fixed(value, decimals: decimals)
    case .text(let text): JSONText.quoted(text)
    case .array(let values): "[" + values.map(\.description).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { JSONText.quoted($0.name) + ":" + $0.value.description }.joined(separator: ",") + "}"
    }
  }
}
