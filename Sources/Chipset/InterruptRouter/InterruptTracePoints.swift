import Bus
import Interfaces
import Tracing

/// Where the interrupt controllers tell of events.
struct InterruptTracePoints {
  private let clock: EventQueue
  private let line: TracePoint
  private let message: TracePoint
  private let end: TracePoint
  private let command: TracePoint

  /// Points of a tracer, with the times of a clock; without a tracer they are silent.
  init(_ tracer: Tracer?, clock: EventQueue) {
    func point(_ event: TraceEvent) -> TracePoint { tracer?.point(for: event) ?? .silent }
    self.clock = clock
    line = point(InterruptTraceEvents.line)
    message = point(InterruptTraceEvents.message)
    end = point(InterruptTraceEvents.end)
    command = point(InterruptTraceEvents.command)
  }

  func lineChanged(_ input: Int, asserted: Bool) {
    line.record(time: clock.now) {
      $0.put(UInt8(truncatingIfNeeded: input))
      $0.put(UInt8(asserted ? 1 : 0))
    }
  }

  func messageSent(address: UInt64, data: UInt32) {
    message.record(time: clock.now) {
      $0.put(address)
      $0.put(data)
    }
  }

  func interruptEnded(_ vector: UInt8, apic: UInt32) {
    end.record(time: clock.now) {
      $0.put(apic)
      $0.put(vector)
    }
  }

  func commandWritten(_ register: InterruptCommand, isX2APIC: Bool, apic: UInt32) {
    command.record(time: clock.now) {
      $0.put(apic)
      $0.put(register.destinationField(isX2APIC ? .x2APIC : .memory))
      $0.put(UInt8(register.isLogical ? 1 : 0))
      $0.put(register.shorthand.rawValue)
      $0.put(register.deliveryModeField)
      $0.put(register.vector)
    }
  }
}
