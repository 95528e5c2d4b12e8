/// What stands for a conversion in an event's text: an expression of C, as Linux gives it behind `print fmt:`.
indirect enum PrintExpression: Equatable, Sendable {
  /// A value with its name.
  struct Symbol: Equatable, Sendable {
    let value: Int64
    let name: String
  }

  enum UnaryOperator: String, CaseIterable, Sendable {
    case minus = "-"
    case complement = "~"
    case not = "!"
  }

  enum BinaryOperator: String, CaseIterable, Sendable {
    case or = "||"
    case and = "&&"
    case equal = "=="
    case unequal = "!="
    case shiftLeft = "<<"
    case shiftRight = ">>"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case bitOr = "|"
    case bitXor = "^"
    case bitAnd = "&"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case remainder = "%"
  }

  case number(Int64)
  case text(String)
  case field(EventDescription.Field)
  /// An element of an array.
  case element(EventDescription.Field, PrintExpression)
  /// The size of a value that lies elsewhere in the record.
  case valueSize(EventDescription.Field)
  /// The name of a value, or the value in hexadecimal.
  case symbol(PrintExpression, [Symbol])
  /// The names of the bits that are set.
  case flags(PrintExpression, separator: String, [Symbol])
  /// Bytes in hexadecimal.
  case bytes(EventDescription.Field, count: PrintExpression, separator: String)
  /// Numbers in hexadecimal, in braces.
  case numbers(EventDescription.Field, count: PrintExpression, elementSize: PrintExpression)
  case conversion(IntegerType, PrintExpression)
  case unary(UnaryOperator, PrintExpression)
  case binary(BinaryOperator, PrintExpression, PrintExpression)
  case conditional(PrintExpression, PrintExpression, PrintExpression)
}

extension PrintExpression {
  /// What is converted, if anything is.
  var withoutConversions: PrintExpression {
    if case .conversion(_, let inner) = self { inner.withoutConversions } else { self }
  }

  /// The value for a record, as a number; 0 for what is none.
  func number(in record: UnsafeRawBufferPointer) -> Int64 {
    switch self {
    case .number(let value): return value
    case .field(let field): return field.number(in: record)
    case .element(let field, let index): return Self.element(index.number(in: record), of: field, record)
    case .valueSize(let field): return Int64(field.bytes(in: record).count)
    case .conversion(let type, let value): return type.converted(value.number(in: record))
    case .unary(.minus, let value): return 0 &- value.number(in: record)
    case .unary(.complement, let value): return ~value.number(in: record)
    case .unary(.not, let value): return value.number(in: record) == 0 ? 1 : 0
    case .binary(let operation, let left, let right):
      return operation.result(left.number(in: record), right.number(in: record))
    case .conditional(let condition, let first, let second):
      return (condition.number(in: record) != 0 ? first : second).number(in: record)
    case .text, .symbol, .flags, .bytes, .numbers: return 0
    }
  }

  private static func element(
    _ index: Int64, of field: EventDescription.Field, _ record: UnsafeRawBufferPointer
  ) -> Int64 {
    let elementSize =
      switch field.content {
      case .array(_, let size): size
      case .text, .number: 1
      }
    let bytes = field.bytes(in: record)
    guard 0..<Int64(bytes.count / elementSize) ~= index else { return 0 }
    return EventDescription.Field.number(
      in: bytes, at: Int(index) * elementSize, size: elementSize, isSigned: field.isSigned)
  }
}

extension PrintExpression.BinaryOperator {
  /// How tightly the operator binds, from 0.
  var precedence: Int {
    switch self {
    case .or: 0
    case .and: 1
    case .bitOr: 2
    case .bitXor: 3
    case .bitAnd: 4
    case .equal, .unequal: 5
    case .less, .lessOrEqual, .greater, .greaterOrEqual: 6
    case .shiftLeft, .shiftRight: 7
    case .plus, .minus: 8
    case .times, .divided, .remainder: 9
    }
  }

  /// The result for 64-bit numbers; a division by zero gives 0.
  func result(_ left: Int64, _ right: Int64) -> Int64 {
    func truth(_ value: Bool) -> Int64 { value ? 1 : 0 }
    return switch self {
    case .or: truth(left != 0 || right != 0)
    case .and: truth(left != 0 && right != 0)
    case .equal: truth(left == right)
    case .unequal: truth(left != right)
    case .less: truth(left < right)
    case .lessOrEqual: truth(left <= right)
    case .greater: truth(left > right)
    case .greaterOrEqual: truth(left >= right)
    case .bitOr: left | right
    case .bitXor: left ^ right
    case .bitAnd: left & right
    case .shiftLeft: left &<< right
    case .shiftRight: Int64(bitPattern: UInt64(bitPattern: left) &>> UInt64(bitPattern: right))
    case .plus: left &+ right
    case .minus: left &- right
    case .times: left &* right
    case .divided: right == 0 ? 0 : left.dividedReportingOverflow(by: right).partialValue
    case .remainder: right == 0 ? 0 : left.remainderReportingOverflow(dividingBy: right).partialValue
    }
  }
}
