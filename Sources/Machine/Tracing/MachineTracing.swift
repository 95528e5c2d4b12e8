import Interfaces
import Processor
import Tracing

extension Machine {
  /// Every event that a machine can record: its own, those of a modem, and those of a guest's driver for one.
  public static let traceEvents = MachineTraceEvents.all + MHIEndpointTraceEvents.all + MHITraceEvents.all

  /// See ``ProcessorPlatform``.
  public func observedTime(of processor: VirtualProcessor) -> UInt64 {
    guard let current else { return clock.nanoseconds }
    return clock.nanoseconds(after: processor.instructionsRetired &- current.retired)
  }

  /// The machine comes to an end.
  func trace(_ event: MachineEvent) {
    let kind: UInt32
    switch event {
    case .powerOff: kind = ContextTraceEvents.offValue
    case .reset: kind = ContextTraceEvents.resetValue
    default: return
    }
    let processor = current?.processor ?? processors[tracer.currentProcessor]
    processor.record(endPoint) { $0.put(kind) }
  }
}
