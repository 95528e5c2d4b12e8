import Interfaces
import Testing

@testable import Tracing

@Suite("Filters")
struct TraceFilterTests {
  private static let event = TraceEvent(
    "test", "sample",
    [
      TraceField("name", .text), TraceField("number", .int), TraceField("size", .uint64),
      TraceField("kind", .uint8),
    ],
    format: "%s %d %llu %u", [.field(0), .field(1), .field(2), .field(3)])

  private static let description = EventDescription(event, number: 1000)

  /// Whether a filter lets a record with these values through.
  private func passes(
    _ filter: String, name: StaticString = "ip_hw0", number: Int32 = 3, size: UInt64 = 1 << 63,
    kind: UInt8 = 200
  ) throws -> Bool {
    let tracer = Tracer([Self.event], processorCount: 1)
    tracer.setEnabled(0, true)
    try tracer.setFilter(filter, for: 0)
    tracer.point(for: 0).record(processor: 0, time: 0, task: 42, flags: .interrupt) {
      $0.put(name)
      $0.put(number)
      $0.put(size)
      $0.put(kind)
    }
    return tracer.contents.processors[0].written == 1
  }

  @Test(
    "Records pass that fulfil the condition",
    arguments: [
      "number == 3", "number != 4", "number < 4", "number <= 3", "number > 2", "number >= 3", "number & 1",
      "number == 0x3", "size == 0x8000000000000000", "size > 5", "kind == 200", "kind > 100",
      "name == \"ip_hw0\"", "name != \"ip\"", "name ~ \"ip_*\"", "name ~ '*hw?'", "name ~ \"[a-i]p*\"",
      "number == 3 && name ~ \"ip_*\"", "number == 4 || kind == 200", "!(number == 4)", "!number == 4",
      "number == 4 && kind == 1 || size > 1", "(number == 3 || kind == 1) && size > 1", "common_pid == 42",
      "common_flags & 8", "  number==3&&kind==200  ",
    ])
  func fulfilled(filter: String) throws {
    #expect(try passes(filter))
    #expect(try !passes("!(\(filter))"))
  }

  @Test("Numbers have the sign of their field")
  func signs() throws {
    #expect(try passes("number < 0", number: -1))
    #expect(try passes("number == -1", number: -1))
    #expect(try !passes("number > 0", number: -1))
    #expect(try !passes("size < 0"))
  }

  @Test(
    "What is wrong is told with its place",
    arguments: [
      ("", TraceFilterError.Reason.emptyFilter, 0), ("nothing == 3", .fieldNotFound, 0),
      ("number == 3 && other > 1", .fieldNotFound, 15), ("number 3", .missingOperator, 7),
      ("number ~ \"3\"", .invalidOperation, 7), ("name > \"a\"", .invalidOperation, 5),
      ("name == ip", .missingQuote, 8), ("name == \"ip", .missingQuote, 8),
      ("number == x", .invalidValue, 10),
      ("(number == 3", .unbalanced, 0), ("number == 3)", .unbalanced, 11), ("number == 3 4", .extraText, 12),
      ("number == 99999999999999999999", .invalidValue, 10),
    ])
  func mistakes(filter: String, reason: TraceFilterError.Reason, position: Int) {
    let expected = TraceFilterError(reason: reason, position: position, text: filter)
    #expect(throws: expected) { _ = try TraceFilter(filter, for: Self.description) }
  }

  @Test("A mistake is shown as ftrace shows it")
  func description() {
    let error = TraceFilterError(reason: .fieldNotFound, position: 15, text: "number == 3 && other > 1")
    #expect(
      error.description == """
        number == 3 && other > 1
                       ^
        parse_error: Field not found
        """)
  }

  @Test("Nesting has an end")
  func nesting() {
    let deep = String(repeating: "(", count: 10_000)
    #expect(throws: TraceFilterError.self) { _ = try TraceFilter(deep, for: Self.description) }
    let negations = String(repeating: "!", count: 10_000)
    #expect(throws: TraceFilterError.self) { _ = try TraceFilter(negations, for: Self.description) }
  }

  @Test(
    "Patterns stand for texts",
    arguments: [
      ("*", "", true), ("a*", "abc", true), ("*c", "abc", true), ("a*c", "ac", true), ("a?c", "abc", true),
      ("a?c", "ac", false), ("[ab]c", "bc", true), ("[a-c]x", "dx", false), ("[!a-c]x", "dx", true),
      ("*b*b*", "abab", true), ("", "", true), ("", "a", false), ("[", "[", true), ("\\*", "*", true),
      ("\\*", "a", false), ("a**b", "aXYb", true),
    ])
  func patterns(pattern: String, text: String, isMatch: Bool) {
    #expect(GlobPattern.matches(pattern, text) == isMatch)
  }
}
