import Interfaces
import Testing

@testable import Tracing

@Suite("Triggers")
struct TraceTriggerTests {
  private static let event = TraceEvent(
    "test", "number", [TraceField("number", .int)], format: "%d", [.field(0)])

  /// The numbers that are kept of 0 to 9.
  private func kept(isRecording: Bool = true, _ triggers: String...) throws -> (Tracer, [Int32]) {
    let tracer = Tracer([Self.event], processorCount: 1)
    tracer.setEnabled(0, true)
    tracer.isRecording = isRecording
    for trigger in triggers { try tracer.addTrigger(trigger, for: 0) }
    for number in 0..<10 as Range<Int32> {
      tracer.point(for: 0).record(processor: 0, time: UInt64(number)) { $0.put(number) }
    }
    return (tracer, Self.numbers(tracer.contents))
  }

  private static func numbers(_ contents: TraceContents?) -> [Int32] {
    var numbers: [Int32] = []
    for page in contents?.processors.first?.pages ?? [] {
      guard var reader = TracePageReader(page) else { continue }
      while let record = reader.next() {
        numbers.append(
          page[record.range].withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: TraceRecord.headerSize, as: Int32.self)
          })
      }
    }
    return numbers
  }

  @Test("Recording stops with the event that stops it")
  func stop() throws {
    #expect(try kept("traceoff if number == 3").1 == [0, 1, 2, 3])
    #expect(try kept("traceoff").1 == [0])
  }

  @Test("Recording starts with the event that starts it")
  func start() throws {
    #expect(try kept(isRecording: false, "traceon if number >= 7").1 == [7, 8, 9])
    #expect(try kept(isRecording: false).1 == [])
  }

  @Test("A count says how often")
  func count() throws {
    let (_, numbers) = try kept(
      "traceoff:1 if number == 2", "traceon if number == 5", "traceoff:1 if number > 7")
    #expect(numbers == [0, 1, 2, 5, 6, 7, 8])
  }

  @Test("A snapshot has what was there, with the event")
  func snapshot() throws {
    let (tracer, numbers) = try kept("snapshot:1 if number == 4")
    #expect(Self.numbers(tracer.snapshot) == [0, 1, 2, 3, 4])
    #expect(numbers.count == 10)
  }

  @Test(
    "What is wrong is told",
    arguments: [
      ("nothing", TraceTriggerError.unknownAction("nothing")), ("traceoff:0", .invalidCount("0")),
      ("traceoff:x", .invalidCount("x")), ("snapshot:1:2", .invalidCount("snapshot:1:2")),
      (
        "traceon if x == 1",
        .filter(TraceFilterError(reason: .fieldNotFound, position: 0, text: "x == 1"))
      ),
    ])
  func mistakes(trigger: String, error: TraceTriggerError) {
    let tracer = Tracer([Self.event], processorCount: 1)
    #expect(throws: error) { try tracer.addTrigger(trigger, for: 0) }
  }
}
