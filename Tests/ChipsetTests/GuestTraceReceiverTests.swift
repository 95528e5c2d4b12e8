import Bus
import Interfaces
import Testing

@testable import Chipset
@testable import Tracing

@Suite("Records of guests")
struct GuestTraceReceiverTests {
  private let memory: GuestMemory
  private let clock = EventQueue()
  private let tracer = Tracer(MHITraceEvents.all, processorCount: 2)
  private let receiver: GuestTraceReceiver
  private let powerState: Int
  private static let tableAddress: UInt32 = 0x2000
  private static let recordAddress: UInt32 = 0x3000

  init() throws {
    memory = try #require(GuestMemory(size: 1 << 20))
    receiver = GuestTraceReceiver(memory: memory, clock: clock, tracer: tracer)
    powerState = try #require(tracer.index(of: MHITraceEvents.powerState))
    tracer.setEnabled(powerState, true)
    tracer.currentProcessor = 1
    clock.now = 77
  }

  /// Writes a record of the power state's event to RAM; `change` may damage it.
  private func handOver(_ change: (UnsafeMutableRawBufferPointer) -> Void = { _ in }) {
    typealias Handover = GuestTracePort.Handover
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Handover.record + TraceRecordWriter.capacity, alignment: 8)
    defer { block.deallocate() }
    block.initializeMemory(as: UInt8.self, repeating: 0)
    guard let start = block.baseAddress else { return }
    let layout = TraceLayout(MHITraceEvents.powerState)
    var writer = TraceRecordWriter(start + Handover.record, layoutSize: layout.size)
    writer.put("mhi0")
    writer.put(Int32(2))
    block.storeBytes(of: UInt32(powerState), toByteOffset: Handover.event, as: UInt32.self)
    block.storeBytes(of: UInt32(writer.size), toByteOffset: Handover.size, as: UInt32.self)
    block.storeBytes(of: 5, toByteOffset: Handover.record + TraceRecord.task, as: Int32.self)
    change(block)
    #expect(memory.write(UInt64(Self.recordAddress), from: UnsafeRawBufferPointer(block)))
    receiver.writePort(GuestTracePort.record, width: .doubleword, value: Self.recordAddress)
  }

  private var lines: [String] {
    get throws {
      try tracer.contents.processors.enumerated().flatMap { number, processor in
        try processor.pages.flatMap { page in
          var reader = try #require(TracePageReader(page))
          var found: [String] = []
          while let record = reader.next() {
            let bytes = Array(page[record.range])
            let text = String(decoding: bytes[16..<20], as: UTF8.self)
            found.append("\(number) \(record.time) \(bytes[TraceRecord.task]) \(text) \(bytes[12])")
          }
          return found
        }
      }
    }
  }

  @Test("A guest finds the ports and learns which events are recorded")
  func table() {
    #expect(receiver.readPort(GuestTracePort.table, width: .doubleword) == GuestTracePort.signature)
    #expect(receiver.readPort(GuestTracePort.table, width: .byte) == 0xFF)
    for index in GuestTracePort.events.indices {
      #expect(memory.store(UInt8(0xEE), at: UInt64(Self.tableAddress) + UInt64(index)))
    }
    receiver.writePort(GuestTracePort.table, width: .doubleword, value: Self.tableAddress)
    let bytes = GuestTracePort.events.indices.map {
      memory.load(UInt64(Self.tableAddress) + UInt64($0), as: UInt8.self)
    }
    #expect(bytes == GuestTracePort.events.indices.map { $0 == powerState ? 1 : 0 })
  }

  @Test("A record gets the machine's time and the processor's number")
  func record() throws {
    handOver()
    #expect(try lines == ["1 77 5 mhi0 2"])
    #expect(receiver.refusedRecords == 0)
  }

  @Test("An event that is not enabled is not recorded, and no mistake")
  func disabled() throws {
    tracer.setEnabled(powerState, false)
    handOver()
    #expect(try lines == [])
    #expect(receiver.refusedRecords == 0)
  }

  @Test("Records that do not have their event's form are refused")
  func damaged() throws {
    typealias Handover = GuestTracePort.Handover
    let text = Handover.record + TraceRecord.headerSize
    let damages: [(UnsafeMutableRawBufferPointer) -> Void] = [
      { $0.storeBytes(of: 0xFFFF_FFFF, toByteOffset: Handover.event, as: UInt32.self) },
      {
        $0.storeBytes(of: UInt32(GuestTracePort.events.count), toByteOffset: Handover.event, as: UInt32.self)
      },
      { $0.storeBytes(of: 8, toByteOffset: Handover.size, as: UInt32.self) },
      { $0.storeBytes(of: 513, toByteOffset: Handover.size, as: UInt32.self) },
      { $0.storeBytes(of: 0xFFFF_FFFF, toByteOffset: Handover.size, as: UInt32.self) },
      { $0.storeBytes(of: 5 << 16 | 8, toByteOffset: text, as: UInt32.self) },
      { $0.storeBytes(of: 6 << 16 | 16, toByteOffset: text, as: UInt32.self) },
      { $0.storeBytes(of: 0xFFFF_0010, toByteOffset: text, as: UInt32.self) },
      { $0.storeBytes(of: 0 << 16 | 16, toByteOffset: text, as: UInt32.self) },
      { $0.storeBytes(of: 4 << 16 | 16, toByteOffset: text, as: UInt32.self) },
    ]
    for damage in damages { handOver(damage) }
    #expect(receiver.refusedRecords == UInt64(damages.count))
    for address in [0xFFFF_FFF8, 0x000F_FFFC, 0xC000_0000] as [UInt32] {
      receiver.writePort(GuestTracePort.record, width: .doubleword, value: address)
    }
    #expect(receiver.refusedRecords == UInt64(damages.count + 3))
    #expect(try lines == [])
  }
}
