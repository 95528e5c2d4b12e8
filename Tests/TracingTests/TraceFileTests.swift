import Foundation
import Interfaces
import Testing

@testable import Tracing

/// Files of trace.dat, judged by the bytes of one that trace-cmd and KernelShark read, and by trace-cmd itself.
@Suite("trace.dat")
struct TraceFileTests {
  private static func record(
    _ point: TracePoint, channel: Int32, element: UInt64, buffer: UInt64, time: UInt64, processor: Int = 0
  ) {
    point.record(processor: processor, time: time, task: 71) { record in
      record.put("mhi0")
      record.put(channel)
      record.put(element)
      record.put(buffer)
      record.put(0x4000 as UInt32)
      record.put(0x2_0600 as UInt32)
    }
  }

  private static var description: TraceFileDescription {
    var description = TraceFileDescription()
    description.constantTexts = [(0x1000, "Updating"), (0x1010, "Updated")]
    description.tasks = [(0, "<idle>"), (71, "kworker/u9:0")]
    return description
  }

  @Test("One event of an MHI driver has the bytes that the tools were tried with")
  func goldenFile() throws {
    let tracer = Tracer(
      [MHITraceEvents.transferElement], processorCount: 1, firstEventNumber: 1001)
    tracer.setEnabled(0, true)
    Self.record(
      tracer.point(for: 0), channel: 101, element: 0xFFFF_A3D4_40B0_0000, buffer: 0x1FE0_0000,
      time: 5_000_000_000)
    let bytes = TraceFileVersion6.bytes(of: tracer.contents, Self.description)
    #expect(bytes.count == 8192)
    #expect(Self.fingerprint(of: bytes) == "93adbc548f089bae192752601b20728f3be920d090a9d090b7598f7dc151ec00")
  }

  private static func fingerprint(of bytes: [UInt8]) -> String {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/sha256sum")
    process.standardInput = input
    process.standardOutput = output
    guard (try? process.run()) != nil else { return "" }
    try? input.fileHandleForWriting.write(contentsOf: Data(bytes))
    try? input.fileHandleForWriting.close()
    let text = (try? output.fileHandleForReading.readToEnd()) ?? nil
    return String(decoding: (text ?? Data()).prefix(64), as: UTF8.self)
  }
}
