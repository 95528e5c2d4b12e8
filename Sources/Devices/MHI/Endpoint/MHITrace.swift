import Bus
import Interfaces
import Tracing

/// Where the device tells what it does.
final class MHITrace {
  private typealias Events = MHIEndpointTraceEvents

  private let clock: EventQueue
  private let name: UnsafeMutableRawBufferPointer
  /// The points refer to it without keeping it.
  private let tracer: Tracer?
  private let registerAccessPoint: TracePoint
  private let doorbellPoint: TracePoint
  private let statePoint: TracePoint
  private let environmentPoint: TracePoint
  private let commandPoint: TracePoint
  private let eventPoint: TracePoint
  private let transferPoint: TracePoint
  private let interruptPoint: TracePoint
  private let bootPoint: TracePoint
  private let errorPoint: TracePoint

  init(_ tracer: Tracer?, name: String, clock: EventQueue) {
    self.tracer = tracer
    self.clock = clock
    let text = Array(name.utf8)
    self.name = .allocate(byteCount: text.count, alignment: 1)
    self.name.copyBytes(from: text)
    let point = { (event: TraceEvent) in tracer?.point(for: event) ?? .silent }
    registerAccessPoint = point(Events.registerAccess)
    doorbellPoint = point(Events.doorbell)
    statePoint = point(Events.state)
    environmentPoint = point(Events.executionEnvironment)
    commandPoint = point(Events.command)
    eventPoint = point(Events.event)
    transferPoint = point(Events.transfer)
    interruptPoint = point(Events.interrupt)
    bootPoint = point(Events.boot)
    errorPoint = point(Events.error)
  }

  deinit { name.deallocate() }

  private var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(name) }

  /// How a register was accessed.
  enum Access: UInt8 {
    case read = 0
    case write = 1
  }

  func registerAccess(_ access: Access, offset: UInt32, value: UInt32) {
    registerAccessPoint.record(time: clock.now) {
      $0.put(text)
      $0.put(access.rawValue)
      $0.put(MHIRegisterMap.block(of: offset).rawValue)
      $0.put(UInt16(truncatingIfNeeded: offset))
      $0.put(value)
    }
  }

  func doorbell(_ kind: MHIEndpointTraceEvents.Doorbell, _ index: UInt8, value: UInt64, elements: Int = 0) {
    doorbellPoint.record(time: clock.now) {
      $0.put(text)
      $0.put(kind.rawValue)
      $0.put(index)
      $0.put(value)
      $0.put(UInt32(truncatingIfNeeded: elements))
    }
  }

  func state(from old: MHIState, to new: MHIState, _ cause: MHIEndpointTraceEvents.Cause) {
    change(statePoint, from: old.rawValue, to: new.rawValue, cause)
  }

  func environment(
    from old: MHIExecutionEnvironment, to new: MHIExecutionEnvironment, _ cause: MHIEndpointTraceEvents.Cause
  ) {
    change(environmentPoint, from: old.rawValue, to: new.rawValue, cause)
  }

  private func change(
    _ point: TracePoint, from old: UInt8, to new: UInt8, _ cause: MHIEndpointTraceEvents.Cause
  ) {
    point.record(time: clock.now) {
      $0.put(text)
      $0.put(old)
      $0.put(new)
      $0.put(cause.rawValue)
    }
  }

  func command(_ element: MHIRingElement, at address: UInt64, _ code: MHICompletionCode) {
    commandPoint.record(time: clock.now) {
      $0.put(text)
      $0.put(address)
      $0.put(element.channel)
      $0.put(element.type)
      $0.put(code.rawValue)
    }
  }

  func event(_ element: MHIRingElement, at address: UInt64, ring: UInt8, free: Int) {
    eventPoint.record(time: clock.now) {
      $0.put(text)
      $0.put(ring)
      $0.put(element.type)
      $0.put(element.code)
      $0.put(element.channel)
      $0.put(address)
      $0.put(element.pointer)
      $0.put(element.length)
      $0.put(UInt32(truncatingIfNeeded: free))
    }
  }

  func transfer(
    _ element: MHIRingElement, at address: UInt64, channel: UInt8,
    _ direction: MHIEndpointTraceEvents.Direction, done: Int, since start: UInt64
  ) {
    transferPoint.record(time: clock.now) {
      $0.put(text)
      $0.put(channel)
      $0.put(direction.rawValue)
      $0.put(element.length)
      $0.put(UInt16(truncatingIfNeeded: done))
      $0.put(UInt16(truncatingIfNeeded: element.transferFlags.rawValue))
      $0.put(address)
      $0.put(element.pointer)
      $0.put(clock.now &- start)
    }
  }

  func interrupt(
    vector: Int, _ cause: MHIEndpointTraceEvents.InterruptCause, since start: UInt64, isSent: Bool
  ) {
    interruptPoint.record(time: clock.now) {
      $0.put(text)
      $0.put(UInt8(truncatingIfNeeded: vector))
      $0.put(cause.rawValue)
      $0.put(UInt8(isSent ? 0 : 1))
      $0.put(UInt32(truncatingIfNeeded: (clock.now &- start) / 1000))
    }
  }

  func boot(
    _ phase: MHIEndpointTraceEvents.BootPhase, address: UInt64, size: UInt64, session: UInt32,
    _ status: UInt32
  ) {
    bootPoint.record(time: clock.now) {
      $0.put(text)
      $0.put(phase.rawValue)
      $0.put(address)
      $0.put(size)
      $0.put(session)
      $0.put(status)
    }
  }

  func error(_ error: MHIHostError) {
    errorPoint.record(time: clock.now) {
      $0.put(text)
      $0.put(error.violation.rawValue)
      $0.put(error.ring)
      $0.put(error.value)
    }
  }
}

extension MHIRegisterMap {
  /// The block that a register belongs to.
  static func block(of offset: UInt32) -> MHIEndpointTraceEvents.Block {
    switch offset {
    case registers..<bhi: .mhi
    case bhi..<bhie: .bhi
    case bhie..<channelDoorbells: .bhie
    case channelDoorbells..<end: .doorbells
    default: .none
    }
  }
}
