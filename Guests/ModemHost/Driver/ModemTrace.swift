import Bedrock
import Interfaces

/// What the driver tells of itself: the events of Linux's driver, at the same places.
///
/// Elements are passed whole; what of them is told is decided here.
struct ModemTrace {
  private static let device: StaticString = "mhi0"
  /// Before the modem has said what runs on it.
  private static let unknownEnvironment: Int32 = 10

  private let transferElement: TracePoint
  private let stateInterrupt: TracePoint
  private let powerState: TracePoint
  private let dataEvent: TracePoint
  private let controlEvent: TracePoint
  private let commandStart: TracePoint
  private let commandEnd: TracePoint
  private let stateTransition: TracePoint

  init(_ recorder: TraceRecorder) {
    transferElement = recorder.point(for: MHITraceEvents.transferElement)
    stateInterrupt = recorder.point(for: MHITraceEvents.stateInterrupt)
    powerState = recorder.point(for: MHITraceEvents.powerState)
    dataEvent = recorder.point(for: MHITraceEvents.dataEvent)
    controlEvent = recorder.point(for: MHITraceEvents.controlEvent)
    commandStart = recorder.point(for: MHITraceEvents.channelCommandStart)
    commandEnd = recorder.point(for: MHITraceEvents.channelCommandEnd)
    stateTransition = recorder.point(for: MHITraceEvents.stateTransition)
  }

  /// An element of a channel's ring was filled.
  func filled(_ element: MHIRingElement, at address: UInt64, channel: UInt8) {
    transferElement.record {
      $0.put(Self.device)
      $0.put(Int32(channel))
      $0.put(address)
      $0.put(element.pointer)
      $0.put(element.dword0)
      $0.put(element.dword1)
    }
  }

  /// The interrupt for changes of state arrived.
  func interrupted(
    local: (environment: MHIExecutionEnvironment?, state: MHIState),
    device: (environment: MHIExecutionEnvironment?, state: UInt8)
  ) {
    stateInterrupt.record {
      $0.put(Self.device)
      $0.put(local.environment.map { Int32($0.rawValue) } ?? Self.unknownEnvironment)
      $0.put(Int32(local.state.rawValue))
      $0.put(device.environment.map { Int32($0.rawValue) } ?? Self.unknownEnvironment)
      $0.put(Int32(device.state))
    }
  }

  /// The driver's power state changed.
  func changed(to state: MHIPowerState) {
    powerState.record {
      $0.put(Self.device)
      $0.put(Int32(state.rawValue))
    }
  }

  /// An event of a ring for data is handled.
  func handlingData(_ event: MHIRingElement, at address: UInt64) { record(event, address, dataEvent) }

  /// An event of the ring for control is handled.
  func handlingControl(_ event: MHIRingElement, at address: UInt64) { record(event, address, controlEvent) }

  @inline(__always)
  private func record(_ event: MHIRingElement, _ address: UInt64, _ point: TracePoint) {
    point.record {
      $0.put(Self.device)
      $0.put(event.dword0)
      $0.put(event.dword1)
      $0.put(Int32(event.code))
      $0.put(event.pointer)
      $0.put(address)
    }
  }

  /// A channel is told to change.
  func updating(_ channel: UInt8, to transition: MHIChannelTransition) {
    record(channel, transition, .updating, commandStart)
  }

  /// A channel has changed.
  func updated(_ channel: UInt8, to transition: MHIChannelTransition) {
    record(channel, transition, .updated, commandEnd)
  }

  @inline(__always)
  private func record(
    _ channel: UInt8, _ transition: MHIChannelTransition, _ reason: MHITraceEvents.Reason, _ point: TracePoint
  ) {
    point.record {
      $0.put(Self.device)
      $0.put(Int32(channel))
      $0.put(Int32(transition.rawValue))
      $0.put(reason.rawValue)
    }
  }

  /// A change of the modem's state is handled.
  func handling(_ transition: MHIStateTransition) {
    stateTransition.record {
      $0.put(Self.device)
      $0.put(Int32(transition.rawValue))
    }
  }
}
