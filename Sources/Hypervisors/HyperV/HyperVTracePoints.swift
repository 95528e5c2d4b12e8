import Interfaces
import Processor
import Tracing

/// Where the hypervisor tells of events.
struct HyperVTracePoints {
  private let call: TracePoint
  private let levelEntry: TracePoint
  private let levelReturn: TracePoint
  private let intercept: TracePoint

  init(_ tracer: Tracer) {
    call = tracer.point(for: HyperVTraceEvents.call)
    levelEntry = tracer.point(for: HyperVTraceEvents.levelEntry)
    levelReturn = tracer.point(for: HyperVTraceEvents.levelReturn)
    intercept = tracer.point(for: HyperVTraceEvents.intercept)
  }

  func called(
    _ control: HyperV.HypercallControl, _ result: HyperV.HypercallResult, by caller: PartitionProcessor
  ) {
    caller.processor.record(call) {
      $0.put(control.code)
      $0.put(caller.active.rawValue)
      $0.put(control.rawValue)
      $0.put(result.rawValue)
    }
  }

  /// The processor still runs the level that it leaves.
  func changesLevel(_ processor: PartitionProcessor, to level: HyperV.VirtualTrustLevel) {
    processor.processor.record(level > processor.active ? levelEntry : levelReturn) {
      $0.put(processor.active.rawValue)
      $0.put(level.rawValue)
    }
  }

  func intercepted(_ access: InterceptedAccess, by processor: PartitionProcessor) {
    processor.processor.record(intercept) {
      $0.put(access.physical)
      $0.put(processor.processor.instructionPointer)
      $0.put(access.interceptAccess.rawValue)
      $0.put(processor.active.rawValue)
    }
  }
}
