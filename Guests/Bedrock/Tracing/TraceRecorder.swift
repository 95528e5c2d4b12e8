import Interfaces
import _Volatile

/// Hands what the guest records to the machine, where that has the ports of `GuestTracePort`.
public final class TraceRecorder: @unchecked Sendable {
  private static let handoverOffset = 1024

  private let lock = SpinLock()
  private let ports = IOPort(GuestTracePort.firstPort)
  private let page: UnsafeMutableRawPointer
  private let layoutSizes: [Int]

  /// Asks the machine which events it records; none if there is no such machine. Nil if there is no memory.
  public init?(_ frames: PageFrameAllocator) {
    guard let page = frames.allocate()?.pointer else { return nil }
    self.page = page
    layoutSizes = GuestTracePort.events.map { TraceLayout($0).size }
    let table = ports.advanced(by: GuestTracePort.table)
    if table.read32() == GuestTracePort.signature { table.write32(UInt32(UInt(bitPattern: page))) }
  }

  /// Where code tells of an event.
  public func point(for event: TraceEvent) -> TracePoint {
    TracePoint(number: GuestTracePort.events.firstIndex { $0.isSame(as: event) }, recorder: self)
  }

  fileprivate func isEnabled(_ number: Int) -> Bool {
    // The machine wrote it.
    VolatileMappedRegister<UInt8>(unsafeBitPattern: UInt(bitPattern: page) + UInt(number)).load() != 0
  }

  @inline(never)
  fileprivate func record(_ number: Int, _ fill: (inout TraceRecordWriter) -> Void) {
    typealias Handover = GuestTracePort.Handover
    let flags: TraceFlags = InterruptFlag.isSet ? [] : .interruptsDisabled
    lock.withLock {
      let handover = page + Self.handoverOffset
      let record = handover + Handover.record
      record.initializeMemory(as: UInt8.self, repeating: 0, count: TraceRecord.headerSize)
      record.storeBytes(of: flags.rawValue, toByteOffset: TraceRecord.flags, as: UInt8.self)
      var writer = TraceRecordWriter(record, layoutSize: layoutSizes[number])
      fill(&writer)
      handover.storeBytes(of: UInt32(number), toByteOffset: Handover.event, as: UInt32.self)
      handover.storeBytes(of: UInt32(writer.size), toByteOffset: Handover.size, as: UInt32.self)
      ports.advanced(by: GuestTracePort.record).write32(UInt32(UInt(bitPattern: handover)))
    }
  }
}

/// Where the guest tells of an event: one load and a branch if it is not recorded.
public struct TracePoint: Sendable {
  fileprivate let number: Int?
  fileprivate let recorder: TraceRecorder

  /// Records the event if the machine wants it; `fill` writes the fields.
  @inline(__always)
  public func record(_ fill: (inout TraceRecordWriter) -> Void) {
    guard let number, recorder.isEnabled(number) else { return }
    recorder.record(number, fill)
  }
}
