import X86

/// Something that makes the processor call a handler through the IDT.
struct Event: Equatable {
  /// Where it comes from, which decides about checks and about the error code's EXT bit.
  enum Source {
    /// An exception that an instruction raised.
    case exception
    /// INT3 and INTO.
    case softwareException
    /// INT n.
    case softwareInterrupt
    /// INT1, which hardware debuggers use: no privilege is needed.
    case privilegedSoftwareException
    /// An interrupt controller's, or NMI.
    case external
  }

  var vector: UInt8
  var errorCode: UInt32?
  var source: Source

  /// The privilege level must let the program use the gate.
  var needsGatePrivilege: Bool { source == .softwareException || source == .softwareInterrupt }

  /// EXT of faults that are raised on the way to the handler.
  var externalBit: UInt32 {
    switch source {
    case .exception, .external, .privilegedSoftwareException: 1
    case .softwareException, .softwareInterrupt: 0
    }
  }

  /// The exception pushes RFLAGS with RF set, so that its instruction runs without a breakpoint when it is
  /// restarted. Traps do not, and #DB leaves it to its handler.
  var setsResumeFlag: Bool {
    guard source == .exception else { return false }
    return switch ExceptionVector(rawValue: vector) {
    case .debug, .breakpoint, .overflow, .doubleFault, .machineCheck: false
    default: true
    }
  }
}

extension Core {
  /// Delivers an exception that the instruction at RIP raised, and whatever that brings about: a double fault, or
  /// shutdown with the state of the last attempt.
  func deliver(_ fault: Fault) {
    state.pendingEvents.remove(.debugTrap)
    guard let exception = fault.exception else { return interrupted(by: fault, delivering: nil) }
    if leavesGuest(on: exception, delivering: nil) { return }
    deliver(exception, as: Event(exception))
  }

  /// Delivers an exception that nobody wants instead of the program, as an event with its error code.
  func deliver(_ exception: Exception, as first: Event) {
    var current = exception
    var event = first
    while true {
      note(current)
      do throws(Fault) {
        try deliver(event)
        return
      } catch {
        guard let second = error.exception else { return interrupted(by: error, delivering: event) }
        if leavesGuest(on: second, delivering: event) { return }
        guard let next = Self.combination(of: current, with: second) else {
          if leavesGuest(on: .shutdown) { return }
          note(second)
          state.activity = .shutdown
          traceShutdown()
          return
        }
        if next != second, leavesGuest(on: next, delivering: event) { return }
        current = next
        event = Event(next)
      }
    }
  }

  /// Delivers an interrupt that a controller acknowledged.
  func deliverInterrupt(_ vector: UInt8) {
    traceInterrupt(vector)
    redeliver(Event(vector: vector, source: .external))
  }

  /// Delivers an event that does not come from the instruction at RIP.
  func redeliver(_ event: Event) {
    do throws(Fault) {
      try deliver(event)
    } catch {
      deliveryFailed(of: event, by: error)
    }
  }

  /// An event that does not come from the instruction at RIP met a fault on the way to its handler.
  func deliveryFailed(of event: Event, by fault: Fault) {
    guard let exception = fault.exception else { return interrupted(by: fault, delivering: event) }
    if leavesGuest(on: exception, delivering: event) { return }
    deliver(exception, as: Event(exception))
  }

  /// Something that is not the program's business came between an instruction, or an event, and its end.
  private func interrupted(by fault: Fault, delivering event: Event?) {
    if fault == .guestExit {
      leaveGuest(delivering: event)
    } else {
      intercept(delivering: event)
    }
  }

  /// Lets the hypervisor judge an access. An event that was on its way to its handler goes there again afterwards.
  private func intercept(delivering event: Event?) {
    let owner = state.owner
    if let event {
      owner.undeliveredEvent = event
      state.pendingEvents.insert(.redelivery)
    }
    guard let access = owner.interceptedAccess else { return }
    owner.interceptedAccess = nil
    owner.hypervisor?.intercept(access, by: owner)
  }

  /// Delivers an NMI and holds off further ones until IRET.
  func deliverNonMaskableInterrupt() {
    state.owner.isNMIBlocked = true
    traceNonMaskableInterrupt()
    redeliver(Event(vector: ExceptionVector.nonMaskable.rawValue, source: .external))
  }

  /// INT n, INT3, INTO or INT1, whose fault is that of the instruction. RIP points after it.
  func deliverSoftwareInterrupt(_ vector: UInt8, source: Event.Source) throws(Fault) {
    let event = Event(vector: vector, source: source)
    try interceptSoftwareException(event)
    traceSoftwareInterrupt(vector)
    do throws(Fault) {
      try deliver(event)
    } catch {
      noteUndelivered(event)
      throw error
    }
  }

  /// Sends an event through the IDT in the way of the mode.
  func deliver(_ event: Event) throws(Fault) {
    let keepsDebugTrap = event.needsGatePrivilege && !state.systemFlags.contains(.trap)
    if isLongModeActive {
      try deliverInLongMode(event)
    } else if isProtected {
      try deliverInProtectedMode(event)
    } else {
      try deliverInRealMode(event)
    }
    recordEvent(event)
    state.interruptShadow = .none
    // A data breakpoint that MOV SS met comes after an INT in its shadow; a single step does not.
    if !keepsDebugTrap { state.pendingEvents.remove(.debugTrap) }
    if state.activity == .halted { state.owner.wake() }
    if event.vector == ExceptionVector.debug.rawValue, event.source == .exception {
      state.dr7 &= ~DebugControl.generalDetect
    }
  }

  private func note(_ exception: Exception) {
    trace(exception)
    state.owner.diagnostics.note(ExceptionRecord(exception: exception, rip: state.rip, cr2: state.cr2))
  }

  // MARK: Double faults

  private enum Severity {
    case benign
    case contributory
    case pageFault
    case doubleFault
  }

  /// The classes of APM volume 2, table 8-3.
  private static func severity(of vector: ExceptionVector) -> Severity {
    switch vector {
    case .divideError, .invalidTSS, .segmentNotPresent, .stackFault, .generalProtection, .controlProtection:
      .contributory
    case .pageFault, .vmmCommunication: .pageFault
    case .doubleFault: .doubleFault
    default: .benign
    }
  }

  /// What becomes of a fault while another one is being delivered; `nil` for shutdown.
  private static func combination(of first: Exception, with second: Exception) -> Exception? {
    switch (severity(of: first.vector), severity(of: second.vector)) {
    case (.doubleFault, _): nil
    case (.contributory, .contributory), (.pageFault, .contributory), (.pageFault, .pageFault):
      Exception(vector: .doubleFault)
    default: second
    }
  }
}

extension Event {
  init(vector: UInt8, source: Source) {
    self.vector = vector
    self.source = source
    errorCode = nil
  }

  init(_ exception: Exception) {
    vector = exception.vector.rawValue
    errorCode = exception.vector.pushesErrorCode ? exception.errorCode : nil
    source = .exception
  }
}
