import Foundation
import Interfaces
import PerfettoTrace
import TestSupport
import Testing
import Tracing

/// Traces for Perfetto, judged by its public schema: `Tests/check-perfetto` refuses unknown fields, tracks that nobody
/// described, times that go back and slices that end without a beginning.
@Suite("Perfetto")
struct PerfettoTraceTests {
  /// An event as the schema's own reader sees it.
  private struct Event: Decodable {
    enum Value: Decodable, Equatable {
      case number(Int64)
      case text(String)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self) {
          self = .number(number)
        } else if let number = try? container.decode(UInt64.self) {
          self = .number(Int64(bitPattern: number))
        } else {
          self = .text(try container.decode(String.self))
        }
      }
    }

    let track: [String]
    let type: String
    let name: String
    let time: UInt64
    let category: [String]
    let value: Int64
    let annotations: [String: Value]
    let flows: [UInt64]
    let ends: [UInt64]
  }

  private static let checker = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "check-perfetto").path

  private func events(of file: TraceFile) throws -> [Event] {
    var bytes: [UInt8] = []
    try PerfettoTraceFile.write(file) { bytes += $0 }
    let folder = try TemporaryFolder()
    let path = try folder.write("trace.pftrace", bytes)
    defer { withExtendedLifetime(folder) {} }
    let lines = try HostTool.run(Self.checker, [path.string])
    return try lines.split(separator: "\n").map {
      try JSONDecoder().decode(Event.self, from: Data($0.utf8))
    }
  }

  private func trace(
    _ events: [TraceEvent], processors: Int = 2, pages: Int = 64, _ record: (Tracer) -> Void
  ) -> TraceFile {
    let tracer = Tracer(
      events, processorCount: processors, capacity: Tracer.Capacity(bytesPerProcessor: pages * 4096))
    for event in events.indices { tracer.setEnabled(event, true) }
    record(tracer)
    return TraceFile(tracer.contents, TraceFileDescription())
  }

  // MARK: Processors

  @Test("Address spaces are slices below their processor, everything else is a moment on it")
  func addressSpaces() throws {
    let context = TraceEvent(
      "context", "cr3_write",
      [TraceField("old", .uint64), TraceField("new", .uint64), TraceField("ip", .uint64)],
      format: "old=0x%llx new=0x%llx ip=%pS", [.field(0), .field(1), .field(2)])
    let other = TraceEvent(
      "irq", "irq_deliver", [TraceField("vector", .uint8)], format: "vector=0x%02x", [.field(0)])
    var file = trace([context, other]) { tracer in
      for (time, new) in [(10, 0x1000), (30, 0x2000)] as [(UInt64, UInt64)] {
        tracer.point(for: 0).record(processor: 1, time: time) {
          $0.put(0 as UInt64)
          $0.put(new)
          $0.put(0xFFFF_8000_0000_1234 as UInt64)
        }
      }
      tracer.point(for: 1).record(processor: 0, time: 20) { $0.put(0x20 as UInt8) }
    }
    file.symbols = SymbolTable([(0xFFFF_8000_0000_1000, "switch_mm")])
    let events = try events(of: file)
    let slices = events.filter { $0.track == ["processors", "CPU 1", "address space"] }
    #expect(slices.map(\.type) == ["SLICE_BEGIN", "SLICE_END", "SLICE_BEGIN"])
    #expect(slices.map(\.time) == [10, 30, 30])
    #expect(slices.map(\.name) == ["CR3 0x1000", "", "CR3 0x2000"])
    #expect(slices[0].annotations["ip"] == .text("switch_mm+0x234"))
    let moment = try #require(events.first { $0.track == ["processors", "CPU 0"] })
    #expect(moment.type == "INSTANT")
    #expect(moment.name == "irq_deliver")
    #expect(moment.category == ["irq"])
    #expect(moment.annotations == ["vector": .number(0x20)])
  }

  @Test("A slice has an end only if it had a beginning")
  func idle() throws {
    let idle = TraceEvent(
      "power", "cpu_idle", [TraceField("state", .uint32), TraceField("cpu_id", .uint32)],
      format: "state=%u cpu_id=%u", [.field(0), .field(1)])
    let file = trace([idle]) { tracer in
      for (time, state) in [(1, .max), (2, 1), (3, .max), (4, .max), (5, 1), (6, 1)] as [(UInt64, UInt32)] {
        tracer.point(for: 0).record(processor: 0, time: time) {
          $0.put(state)
          $0.put(0 as UInt32)
        }
      }
    }
    let slices = try events(of: file).filter { $0.track.last == "idle" }
    #expect(slices.map(\.type) == ["SLICE_BEGIN", "SLICE_END", "SLICE_BEGIN", "SLICE_END", "SLICE_BEGIN"])
    #expect(slices.map(\.time) == [2, 3, 5, 6, 6])
  }

  @Test("Lost records are told")
  func losses() throws {
    let number = TraceEvent(
      "test", "number",
      [TraceField("number", .int), TraceField("square", .uint64), TraceField("name", .text)],
      format: "%d", [.field(0)])
    let file = trace([number], processors: 1, pages: 2) { tracer in
      for time in 0..<2000 as Range<UInt64> {
        tracer.point(for: 0).record(processor: 0, time: time) {
          $0.put(-1 as Int32)
          $0.put(1 as UInt64)
          $0.put("one")
        }
      }
    }
    let events = try events(of: file)
    guard case .number(let lost)? = events.first?.annotations["count"] else {
      Issue.record("the first event is none of a loss")
      return
    }
    #expect(events.first?.name == "events lost")
    #expect(Int(lost) + events.count - 1 == 2000)
    #expect(
      events.last?.annotations == ["number": .number(-1), "square": .number(1), "name": .text("one")])
  }

  // MARK: Modems

  private static func channelCommand(_ point: TracePoint, _ time: UInt64, channel: Int32, state: Int32) {
    point.record(processor: 0, time: time) {
      $0.put("mhi0")
      $0.put(channel)
      $0.put(state)
      $0.put(0x1000 as UInt64)
    }
  }

  /// A channel is opened, two elements go through it, and it is closed.
  private func modemTrace() -> TraceFile {
    trace(MHITraceEvents.all + MHIEndpointTraceEvents.all) { tracer in
      let (start, end) = (
        tracer.point(for: MHITraceEvents.channelCommandStart),
        tracer.point(for: MHITraceEvents.channelCommandEnd)
      )
      Self.channelCommand(start, 100, channel: 100, state: 2)
      Self.channelCommand(end, 110, channel: 100, state: 2)
      for element in [0, 1] as [UInt64] {
        tracer.point(for: MHITraceEvents.transferElement).record(processor: 0, time: 120 + element) {
          $0.put("mhi0")
          $0.put(100 as Int32)
          $0.put(0xFFFF_8880_1234_0000 + element * 16)
          $0.put(0x5000 as UInt64)
          $0.put(84 as UInt32)
          $0.put(0x2_0200 as UInt32)
        }
      }
      for element in [0, 1] as [UInt64] {
        tracer.point(for: MHIEndpointTraceEvents.transfer).record(processor: 1, time: 130 + element) {
          $0.put("mhi0")
          $0.put(100 as UInt8)
          $0.put(0 as UInt8)
          $0.put(84 as UInt16)
          $0.put(84 as UInt16)
          $0.put(0 as UInt16)
          $0.put(0x1234_0000 + element * 16)
          $0.put(0x5000 as UInt64)
          $0.put(10 as UInt64)
        }
      }
      for element in [0, 1] as [UInt64] {
        tracer.point(for: MHITraceEvents.dataEvent).record(processor: 0, time: 140 + element) {
          $0.put("mhi0")
          $0.put(0x0200_0054 as UInt32)
          $0.put(0x6422_0000 as UInt32)
          $0.put(2 as Int32)
          $0.put(0x1234_0000 + element * 16)
          $0.put(0xFFFF_8880_2222_0000 as UInt64)
        }
      }
      Self.channelCommand(start, 200, channel: 100, state: 0)
      Self.channelCommand(end, 210, channel: 100, state: 0)
      tracer.point(for: MHIEndpointTraceEvents.state).record(processor: 1, time: 220) {
        $0.put("mhi0")
        $0.put(2 as UInt8)
        $0.put(0xFF as UInt8)
        $0.put(0 as UInt8)
      }
    }
  }

  @Test("A channel is a slice between START and RESET")
  func channels() throws {
    let events = try events(of: modemTrace()).filter { $0.track == ["mhi0 driver", "channel 100"] }
    #expect(
      events.map { "\($0.time) \($0.type) \($0.name)" } == [
        "100 SLICE_BEGIN START", "110 SLICE_END ", "110 SLICE_BEGIN running", "200 SLICE_END ",
        "200 SLICE_BEGIN RESET", "210 SLICE_END ",
      ])
  }

  @Test("Arrows lead from an element through the device to its completion")
  func flows() throws {
    let events = try events(of: modemTrace())
    let begins = events.filter { $0.name == "mhi_gen_tre" }
    let passes = events.filter { $0.name == "mhi_ep_xfer" }
    let ends = events.filter { $0.name == "mhi_data_event" }
    #expect(begins.map(\.flows.count) == [1, 1])
    #expect(Set(begins.flatMap(\.flows)).count == 2)
    #expect(passes.map(\.flows) == begins.map(\.flows))
    #expect(ends.map(\.ends) == begins.map(\.flows))
    let transfers = events.filter { $0.track.last == "transfers" }
    #expect(transfers.map(\.time) == [120, 121, 140, 141])
    #expect(transfers.map(\.type) == ["SLICE_BEGIN", "SLICE_BEGIN", "SLICE_END", "SLICE_END"])
  }

  @Test("States have their names, and each side of a modem is a process")
  func states() throws {
    let events = try events(of: modemTrace())
    let state = try #require(events.first { $0.track == ["mhi0 device", "state"] })
    #expect(state.name == "SYS ERROR")
    #expect(state.annotations["from"] == .text("M0"))
    #expect(Set(events.map { $0.track[0] }) == ["mhi0 driver", "mhi0 device"])
  }

  @Test("Damaged files become traces that the schema allows")
  func damage() throws {
    var whole: [UInt8] = []
    try modemTrace().write(.version6) { whole += $0 }
    // The records stand in the last pages.
    let records = whole.count - 2 * 4096
    var state: UInt64 = 11
    for _ in 0..<12 {
      var bytes = whole
      for _ in 0..<40 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[records + 16 + Int(state >> 33) % 900] = UInt8(truncatingIfNeeded: state >> 24)
      }
      guard let file = try? TraceFile(bytes) else { continue }
      _ = try events(of: file)
    }
  }
}
