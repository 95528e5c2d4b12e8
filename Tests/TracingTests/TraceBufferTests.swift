import Interfaces
import Testing

@testable import Tracing

@Suite("Ring buffers")
struct TraceBufferTests {
  private static let event = TraceEvent(
    "test", "number", [TraceField("number", .uint64), TraceField("square", .uint64)],
    format: "%llu %llu", [.field(0), .field(1)])

  private static func fill(_ record: inout TraceRecordWriter, _ number: UInt64) {
    record.put(number)
    record.put(number &* number)
  }

  /// Records numbers on the first processor, each at the time of its value.
  private func record(_ numbers: some Sequence<UInt64>, by tracer: Tracer) {
    for number in numbers {
      tracer.point(for: 0).record(processor: 0, time: number) { Self.fill(&$0, number) }
    }
  }

  private func tracer(_ policy: Tracer.Capacity.Policy, pages: Int) -> Tracer {
    let tracer = Tracer(
      [Self.event], processorCount: 2,
      capacity: Tracer.Capacity(bytesPerProcessor: pages * TracePage.size, policy: policy))
    tracer.setEnabled(0, true)
    return tracer
  }

  /// The numbers and times of a processor's records.
  private func records(_ contents: TraceContents, processor: Int = 0) throws -> [(
    number: UInt64, time: UInt64
  )] {
    var found: [(UInt64, UInt64)] = []
    for page in contents.processors[processor].pages {
      var reader = try #require(TracePageReader(page))
      while let record = reader.next() {
        let number = page[record.range].withUnsafeBytes {
          $0.loadUnaligned(fromByteOffset: TraceRecord.headerSize, as: UInt64.self)
        }
        found.append((number, record.time))
      }
    }
    return found
  }

  @Test("What was recorded is read, with its time")
  func roundTrip() throws {
    let tracer = tracer(.overwrite, pages: 8)
    let times: [UInt64] = [5, 5, 6, 1 << 27, 1 << 27 + 1, 1 << 40, 1 << 40 + 1 << 27 - 1, 1 << 62]
    for (number, time) in times.enumerated() {
      tracer.point(for: 0).record(processor: 1, time: time) { Self.fill(&$0, UInt64(number)) }
    }
    let records = try records(tracer.contents, processor: 1)
    #expect(records.map(\.time) == times)
    #expect(records.map(\.number) == Array(0..<UInt64(times.count)))
    #expect(try self.records(tracer.contents, processor: 0).isEmpty)
  }

  @Test("Time does not go backwards in a ring")
  func monotonicTime() throws {
    let tracer = tracer(.overwrite, pages: 2)
    record([10, 5, 11], by: tracer)
    #expect(try records(tracer.contents).map(\.time) == [10, 10, 11])
  }

  @Test("The newest records are kept, and the loss is counted")
  func overwriting() throws {
    let tracer = tracer(.overwrite, pages: 3)
    record(0..<2000, by: tracer)
    let contents = tracer.contents
    let kept = try records(contents).map(\.number)
    #expect(kept == Array(2000 - UInt64(kept.count)..<2000))
    #expect(contents.processors[0].lost == 2000 - UInt64(kept.count))
    let first = try #require(TracePageReader(contents.processors[0].pages[0]))
    #expect(first.lost == contents.processors[0].lost)
  }

  @Test("The oldest records are kept, and the loss is counted")
  func stopping() throws {
    let tracer = tracer(.stop, pages: 3)
    record(0..<2000, by: tracer)
    let contents = tracer.contents
    let kept = try records(contents).map(\.number)
    #expect(kept == Array(0..<UInt64(kept.count)))
    #expect(contents.processors[0].lost == 2000 - UInt64(kept.count))
  }

  @Test("What is off records nothing and asks for no time")
  func off() {
    let tracer = tracer(.overwrite, pages: 2)
    tracer.setEnabled(0, false)
    var wasAsked = false
    func time() -> UInt64 {
      wasAsked = true
      return 0
    }
    tracer.point(for: 0).record(processor: 0, time: time()) { Self.fill(&$0, 1) }
    #expect(!wasAsked)
    #expect(tracer.contents.processors[0].written == 0)
  }

  @Test("Texts that are too long are cut")
  func longTexts() throws {
    let event = TraceEvent(
      "test", "text", [TraceField("first", .text), TraceField("second", .text)], format: "%s|%s",
      [.field(0), .field(1)])
    let tracer = Tracer([event], processorCount: 1)
    tracer.setEnabled(0, true)
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
    tracer.point(for: 0).record(processor: 0, time: 0) { record in
      long.withUnsafeBytes { record.put($0) }
      record.put("behind")
    }
    let page = try #require(tracer.contents.processors[0].pages.first)
    var reader = try #require(TracePageReader(page))
    let next = reader.next()
    let record = try #require(next)
    let format = try #require(EventDescription(event, number: 1000).text)
    let text = page[record.range].withUnsafeBytes { TraceTextFormat(format).text(of: $0) }
    #expect(text == String(repeating: "x", count: 512 - 16 - 1) + "|")
  }

  @Test("Pages of any content are read to an end")
  func hostilePages() {
    var state: UInt64 = 1
    for _ in 0..<2000 {
      var page = [UInt8](repeating: 0, count: 256)
      for index in page.indices {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        page[index] = UInt8(truncatingIfNeeded: state >> 56) & (index < 16 ? 0xFF : 0x3F)
      }
      guard var reader = TracePageReader(page) else { continue }
      while let record = reader.next() { #expect(record.range.upperBound <= page.count) }
    }
  }

  @Test("A point is found by its event, and one of another tracer's event is silent")
  func pointsByEvent() throws {
    let tracer = tracer(.overwrite, pages: 2)
    tracer.currentProcessor = 1
    tracer.point(for: Self.event).record(time: 7) { Self.fill(&$0, 3) }
    let unknown = TraceEvent("test", "unknown", [], format: "", [])
    tracer.point(for: unknown).record(time: 8) { Self.fill(&$0, 4) }
    let records = try records(tracer.contents, processor: 1)
    #expect(records.map(\.number) == [3])
    #expect(records.map(\.time) == [7])
  }
}
