/// A condition as a row of comparisons, each of which says where to go on: nothing is allocated and no reference counted
/// while a record is judged.
final class TraceFilterProgram: Sendable {
  /// Where a comparison leads: to another one further down, or to the end.
  private struct Target: Equatable, Sendable {
    var index: Int
    static let pass = Target(index: -1)
    static let fail = Target(index: -2)
  }

  private struct Comparison: Sendable {
    var place: EventDescription.Field.Location
    var operation: Operation
    var ifTrue: Target
    var ifFalse: Target
  }

  private enum Operation: Sendable {
    case signed(TraceFilter.NumberOperator, Int64)
    case unsigned(TraceFilter.NumberOperator, UInt64)
    /// The value is a range of ``texts``.
    case text(TraceFilter.TextOperator, start: Int, count: Int)
  }

  private let comparisons: [Comparison]
  /// The values of all comparisons of texts, one after the other.
  private let texts: [UInt8]

  init(_ root: TraceFilter.Node) {
    var builder = Builder()
    _ = builder.append(root, ifTrue: .pass, ifFalse: .fail)
    // They were put there from the last to the first.
    let last = builder.comparisons.count - 1
    func turned(_ target: Target) -> Target {
      target.index < 0 ? target : Target(index: last - target.index)
    }
    comparisons = builder.comparisons.reversed().map {
      Comparison(
        place: $0.place, operation: $0.operation, ifTrue: turned($0.ifTrue), ifFalse: turned($0.ifFalse))
    }
    texts = builder.texts
  }

  private struct Builder {
    var comparisons: [Comparison] = []
    var texts: [UInt8] = []

    /// - Returns: where the condition begins.
    mutating func append(_ node: TraceFilter.Node, ifTrue: Target, ifFalse: Target) -> Target {
      switch node {
      case .number(let field, let operation, let value):
        return append(
          field, field.isSigned ? .signed(operation, value) : .unsigned(operation, UInt64(bitPattern: value)),
          ifTrue, ifFalse)
      case .text(let field, let operation, let value):
        let start = texts.count
        texts += value.utf8
        return append(field, .text(operation, start: start, count: texts.count - start), ifTrue, ifFalse)
      case .not(let inner): return append(inner, ifTrue: ifFalse, ifFalse: ifTrue)
      case .all(let parts):
        return parts.reversed().reduce(ifTrue) { append($1, ifTrue: $0, ifFalse: ifFalse) }
      case .any(let parts):
        return parts.reversed().reduce(ifFalse) { append($1, ifTrue: ifTrue, ifFalse: $0) }
      }
    }

    private mutating func append(
      _ field: EventDescription.Field, _ operation: Operation, _ ifTrue: Target, _ ifFalse: Target
    ) -> Target {
      comparisons.append(
        Comparison(place: field.location, operation: operation, ifTrue: ifTrue, ifFalse: ifFalse))
      return Target(index: comparisons.count - 1)
    }
  }

  // MARK: Judging

  /// Whether a record passes.
  func passes(_ record: UnsafeRawBufferPointer) -> Bool {
    comparisons.withUnsafeBufferPointer { comparisons in
      var target = Target(index: 0)
      while target.index >= 0 {
        target =
          holds(comparisons[target.index], record)
          ? comparisons[target.index].ifTrue : comparisons[target.index].ifFalse
      }
      return target == .pass
    }
  }

  @inline(__always)
  private func holds(_ comparison: Comparison, _ record: UnsafeRawBufferPointer) -> Bool {
    switch comparison.operation {
    case .signed(let operation, let value):
      return Self.holds(operation, comparison.place.number(in: record), value)
    case .unsigned(let operation, let value):
      return Self.holds(operation, UInt64(bitPattern: comparison.place.number(in: record)), value)
    case .text(let operation, let start, let count):
      let text = comparison.place.textBytes(in: record)
      return texts.withUnsafeBytes { texts in
        let value = UnsafeRawBufferPointer(rebasing: texts[start..<start + count])
        return switch operation {
        case .equal: text.count == value.count && text.elementsEqual(value)
        case .unequal: text.count != value.count || !text.elementsEqual(value)
        case .matches: GlobPattern.matches(value, text)
        }
      }
    }
  }

  @inline(__always)
  private static func holds<Number: FixedWidthInteger>(
    _ operation: TraceFilter.NumberOperator, _ left: Number, _ right: Number
  ) -> Bool {
    switch operation {
    case .equal: left == right
    case .unequal: left != right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    case .common: left & right != 0
    }
  }
}
