import Bus
import Interfaces
import Processor
import Tracing

/// Where the machine tells of accesses to its devices.
struct AccessTracePoints {
  let portRead: TracePoint
  let portWrite: TracePoint
  let memoryRead: TracePoint
  let memoryWrite: TracePoint

  init(_ tracer: Tracer) {
    portRead = tracer.point(for: AccessTraceEvents.portRead)
    portWrite = tracer.point(for: AccessTraceEvents.portWrite)
    memoryRead = tracer.point(for: AccessTraceEvents.memoryRead)
    memoryWrite = tracer.point(for: AccessTraceEvents.memoryWrite)
  }
}

/// Only an access that is recorded looks for the device's name.
extension Machine {
  @inline(__always)
  func trace(
    _ point: TracePoint, port: UInt16, width: AccessWidth, value: UInt32, by processor: VirtualProcessor
  ) {
    processor.record(point) {
      $0.put(board.nameOfDevice(atPort: port, width: width))
      $0.put(port)
      $0.put(UInt8(truncatingIfNeeded: width.rawValue))
      $0.put(value & UInt32(truncatingIfNeeded: width.mask))
      $0.put(processor.nextInstructionPointer)
    }
  }

  @inline(__always)
  func trace(
    _ point: TracePoint, address: UInt64, width: AccessWidth, value: UInt64, by processor: VirtualProcessor
  ) {
    processor.record(point) {
      $0.put(board.nameOfDevice(atAddress: address, width: width, processor: processor.index))
      $0.put(address)
      $0.put(UInt8(truncatingIfNeeded: width.rawValue))
      $0.put(value & width.mask)
      $0.put(processor.nextInstructionPointer)
    }
  }
}
