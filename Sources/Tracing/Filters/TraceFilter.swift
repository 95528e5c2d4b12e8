/// A condition on an event's records, in the grammar of ftrace's filters (Linux, Documentation/trace/events.rst,
/// section 5): comparisons `field op value`, joined by `&&`, `||`, `!` and parentheses.
public struct TraceFilter: Sendable {
  indirect enum Node: Sendable {
    case number(EventDescription.Field, NumberOperator, Int64)
    case text(EventDescription.Field, TextOperator, String)
    case not(Node)
    case all([Node])
    case any([Node])
  }

  enum NumberOperator: String, CaseIterable, Sendable {
    case equal = "=="
    case unequal = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case common = "&"
  }

  enum TextOperator: String, CaseIterable, Sendable {
    case equal = "=="
    case unequal = "!="
    case matches = "~"
  }

  /// What judges records.
  let program: TraceFilterProgram

  /// Reads a condition.
  ///
  /// - Throws: ``TraceFilterError`` with the place of what is wrong.
  init(_ text: String, for event: EventDescription) throws(TraceFilterError) {
    var parser = TraceFilterParser(text, event)
    program = TraceFilterProgram(try parser.parse())
  }

  /// Whether a record passes.
  func passes(_ record: UnsafeRawBufferPointer) -> Bool { program.passes(record) }
}

/// What is wrong with a filter.
public struct TraceFilterError: Error, Equatable, CustomStringConvertible {
  /// The reasons, in ftrace's words.
  public enum Reason: String, Sendable {
    case emptyFilter = "No filter found"
    case fieldNotFound = "Field not found"
    case missingOperator = "Invalid operator"
    case invalidOperation = "Illegal operation for field type"
    case invalidValue = "Invalid value (did you forget quotes)?"
    case missingQuote = "Missing quotes around string"
    case unbalanced = "Unbalanced number of '(' or ')'"
    case extraText = "Too many operands"
  }

  /// What is wrong.
  public let reason: Reason
  /// Where it is wrong, in characters from the start.
  public let position: Int
  /// The filter.
  public let text: String

  /// The filter, a line with a caret under the place, and the reason.
  public var description: String {
    "\(text)\n\(String(repeating: " ", count: position))^\nparse_error: \(reason.rawValue)"
  }
}
