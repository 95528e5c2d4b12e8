import Interfaces
import Testing

@testable import Tracing

@Suite("Choosing events")
struct EventSelectionTests {
  private static let events = [
    event("irq", "irq_line"), event("irq", "irq_end"), event("msr", "read_msr"), event("msr", "write_msr"),
    event("cpuid", "cpuid"),
  ]

  private static func event(_ system: StaticString, _ name: StaticString) -> TraceEvent {
    TraceEvent(system, name, [], format: "", [])
  }

  @Test(
    "Names and patterns choose, '!' takes away, the last word counts",
    arguments: [
      ("irq:irq_end", [1]), ("irq:*", [0, 1]), ("irq:", [0, 1]), ("irq", [0, 1]), ("*:*_msr", [2, 3]),
      ("cpuid", [4]), ("read_msr", [2]), ("*,!msr", [0, 1, 4]), ("!irq,irq:irq_line", [0]), ("", []),
      ("msr:[rw]*", [2, 3]),
    ] as [(String, [Int])])
  func selection(text: String, expected: [Int]) throws {
    #expect(try EventSelection(text).indices(in: Self.events) == expected)
  }

  @Test("A pattern for nothing is an error that tells of similar names")
  func unknown() {
    #expect(throws: EventPatternError(pattern: "msr:raed_msr", similar: ["msr:read_msr", "msr:write_msr"])) {
      try EventSelection("irq:*,msr:raed_msr").indices(in: Self.events)
    }
    #expect(throws: EventPatternError(pattern: "nothing:like:that", similar: [])) {
      try EventSelection("nothing:like:that").indices(in: Self.events)
    }
  }
}
