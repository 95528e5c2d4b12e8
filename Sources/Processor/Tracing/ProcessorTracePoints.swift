import Interfaces
import Tracing
import X86

/// Where a processor tells of events.
struct ProcessorTracePoints {
  let userPageFault: TracePoint
  let kernelPageFault: TracePoint
  let exception: TracePoint
  let softwareInterrupt: TracePoint
  let shutdown: TracePoint
  let interrupt: TracePoint
  let nonMaskableInterrupt: TracePoint
  let initialisation: TracePoint
  let startup: TracePoint
  let registerRead: TracePoint
  let registerWrite: TracePoint
  let identification: TracePoint
  let addressSpace: TracePoint
  let idle: TracePoint
  let guestEntry: TracePoint
  let guestExit: TracePoint
  let virtualAPICAccess: TracePoint
  let virtualCommand: TracePoint
  let doorbell: TracePoint
  let virtualInterrupt: TracePoint

  /// Points of a tracer; without one they are silent.
  init(_ tracer: Tracer?) {
    func point(_ event: TraceEvent) -> TracePoint { tracer?.point(for: event) ?? .silent }
    userPageFault = point(ExceptionTraceEvents.userPageFault)
    kernelPageFault = point(ExceptionTraceEvents.kernelPageFault)
    exception = point(ExceptionTraceEvents.exception)
    softwareInterrupt = point(ExceptionTraceEvents.softwareInterrupt)
    shutdown = point(ExceptionTraceEvents.shutdown)
    interrupt = point(InterruptTraceEvents.delivery)
    nonMaskableInterrupt = point(InterruptTraceEvents.nonMaskableDelivery)
    initialisation = point(InterruptTraceEvents.initialisation)
    startup = point(InterruptTraceEvents.startup)
    registerRead = point(RegisterTraceEvents.read)
    registerWrite = point(RegisterTraceEvents.write)
    identification = point(RegisterTraceEvents.identification)
    addressSpace = point(ContextTraceEvents.addressSpace)
    idle = point(ContextTraceEvents.idle)
    guestEntry = point(SVMTraceEvents.entry)
    guestExit = point(SVMTraceEvents.exit)
    virtualAPICAccess = point(SVMTraceEvents.access)
    virtualCommand = point(SVMTraceEvents.command)
    doorbell = point(SVMTraceEvents.doorbell)
    virtualInterrupt = point(SVMTraceEvents.delivery)
  }
}

extension VirtualProcessor {
  /// Records an event of this processor, if it is enabled, with the time and the state of interrupts.
  @inline(__always)
  public func record(_ point: TracePoint, _ fill: (inout TraceRecordWriter) -> Void) {
    point.record(processor: index, time: platform.observedTime(of: self), flags: traceFlags, fill)
  }

  private var traceFlags: TraceFlags {
    core.state.systemFlags.contains(.interruptEnable) ? [] : .interruptsDisabled
  }

  /// The instruction pointer after the instruction that is being executed, while it is on a slow path.
  public var nextInstructionPointer: UInt64 { core.state.nextInstruction }

  /// The processor begins to wait, or no longer does.
  func traceIdle(_ isIdle: Bool) {
    record(tracePoints.idle) {
      $0.put(isIdle ? ContextTraceEvents.waitingState : ContextTraceEvents.runningState)
      $0.put(UInt32(truncatingIfNeeded: index))
    }
  }
}

extension Core {
  /// An exception is about to be delivered.
  func trace(_ exception: Exception) {
    let points = state.owner.tracePoints
    guard exception.vector == .pageFault else {
      state.owner.record(points.exception) {
        $0.put(exception.vector.rawValue)
        $0.put(state.privilegeLevel)
        $0.put(exception.errorCode)
        $0.put(state.rip)
      }
      return
    }
    state.owner.record(state.privilegeLevel == 3 ? points.userPageFault : points.kernelPageFault) {
      $0.put(state.cr2)
      $0.put(state.rip)
      $0.put(UInt64(exception.errorCode))
    }
  }

  /// An interrupt is about to be delivered.
  func traceInterrupt(_ vector: UInt8) {
    state.owner.record(state.owner.tracePoints.interrupt) {
      $0.put(vector)
      $0.put(state.rip)
    }
  }

  /// A non-maskable interrupt is about to be delivered.
  func traceNonMaskableInterrupt() {
    state.owner.record(state.owner.tracePoints.nonMaskableInterrupt) { $0.put(state.rip) }
  }

  /// INT n, INT3, INTO or INT1 was executed.
  func traceSoftwareInterrupt(_ vector: UInt8) {
    state.owner.record(state.owner.tracePoints.softwareInterrupt) {
      $0.put(vector)
      $0.put(state.privilegeLevel)
      $0.put(state.rip)
    }
  }

  /// The processor shut down.
  func traceShutdown() {
    state.owner.record(state.owner.tracePoints.shutdown) {
      $0.put(state.rip)
      $0.put(state.cr3)
    }
  }

  /// The address space in force is about to change.
  func traceAddressSpace(_ new: UInt64) {
    state.owner.record(state.owner.tracePoints.addressSpace) {
      $0.put(state.cr3)
      $0.put(new)
      $0.put(state.nextInstruction)
    }
  }

  /// RDMSR or WRMSR was executed.
  func traceRegister(_ point: TracePoint, _ index: UInt32, _ value: UInt64, failed: Bool) {
    state.owner.record(point) {
      $0.put(index)
      $0.put(value)
      $0.put(Int32(failed ? 1 : 0))
    }
  }
}
