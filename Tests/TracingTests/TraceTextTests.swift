import Interfaces
import Testing

@testable import Tracing

@Suite("Text of events")
struct TraceTextTests {
  private func text(_ event: TraceEvent, _ fill: (inout TraceRecordWriter) -> Void) throws -> String {
    let tracer = Tracer([event], processorCount: 1)
    tracer.setEnabled(0, true)
    tracer.point(for: 0).record(processor: 0, time: 0, fill)
    let page = try #require(tracer.contents.processors[0].pages.first)
    var reader = try #require(TracePageReader(page))
    let next = reader.next()
    let record = try #require(next)
    let format = try #require(EventDescription(event, number: 1000).text)
    return page[record.range].withUnsafeBytes {
      TraceTextFormat(format, names: TraceNames(constantTexts: [0x1000: "Updating"])).text(of: $0)
    }
  }

  @Test("Conversions are those of the kernel's printf")
  func conversions() throws {
    let event = TraceEvent(
      "test", "formats",
      [
        TraceField("a", .int), TraceField("b", .uint32), TraceField("c", .uint64), TraceField("d", .pointer),
        TraceField("e", .uint8), TraceField("f", .text),
      ],
      format: "%d|%08x|%#llx|%llu|%p|%5d|%-5u|%02x|%s|%8s|100%%",
      [
        .field(0), .field(1), .field(2), .field(2), .field(3), .field(0), .field(1), .field(4), .field(5),
        .field(5),
      ])
    let result = try text(event) {
      $0.put(-7 as Int32)
      $0.put(0xBEEF as UInt32)
      $0.put(0x1_0000_0000 as UInt64)
      $0.put(0xFFFF_8880_0000_1000 as UInt64)
      $0.put(5 as UInt8)
      $0.put("mhi0")
    }
    #expect(
      result
        == "-7|0000beef|0x100000000|4294967296|ffff888000001000|   -7|48879|05|mhi0|    mhi0|100%")
  }

  @Test("Values have names, or are hexadecimal")
  func symbols() throws {
    let known = try text(MHITraceEvents.powerState) {
      $0.put("mhi0")
      $0.put(2 as Int32)
    }
    #expect(known == "mhi0: PM state: M0")
    let unknown = try text(MHITraceEvents.powerState) {
      $0.put("mhi0")
      $0.put(10 + 100 as Int32)
    }
    #expect(unknown == "mhi0: PM state: 0x6e")
  }

  @Test("A pointer to a text is the text, if it is known")
  func constantTexts() throws {
    func command(_ reason: UInt64) throws -> String {
      try text(MHITraceEvents.channelCommandStart) {
        $0.put("mhi0")
        $0.put(100 as Int32)
        $0.put(2 as Int32)
        $0.put(reason)
      }
    }
    #expect(try command(0x1000) == "mhi0: chan100: Updating state to: START")
    #expect(try command(0x2000) == "mhi0: chan100: 0x2000 state to: START")
  }

  @Test("Lines are laid out as in tracefs")
  func lines() {
    func prefix(
      task: String, identifier: Int32, processor: Int, flags: UInt8, preemptionCount: UInt8, time: UInt64
    ) -> String {
      var bytes: [UInt8] = [0, 0, flags, preemptionCount]
      withUnsafeBytes(of: identifier) { bytes += $0 }
      var buffer = TextBuffer()
      bytes.withUnsafeBytes {
        let record = FileRecord(processor: processor, time: time, loss: .none, bytes: $0)
        TraceTextLine(style: TraceTextStyle(.tracefs)).put(record, task: task, to: &buffer)
      }
      return String(decoding: buffer.bytes, as: UTF8.self)
    }
    let line = prefix(
      task: "kworker/u9:0", identifier: 71, processor: 1, flags: 0x0D, preemptionCount: 0x12,
      time: 5_000_260_999)
    #expect(line == "    kworker/u9:0-71      [001] dnh21     5.000260: ")
    let idle = prefix(
      task: "<idle>", identifier: 0, processor: 12, flags: 0, preemptionCount: 0, time: 123_456_000_001_000)
    #expect(idle == "          <idle>-0       [012] ..... 123456.000001: ")
  }
}
