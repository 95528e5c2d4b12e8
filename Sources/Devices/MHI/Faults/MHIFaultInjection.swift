import Bus

extension MHIEndpoint {
  /// Lets something go wrong.
  ///
  /// It may be called at any time, also by what is behind a channel while it takes a transfer: what changes the device's
  /// state happens at the next opportunity.
  ///
  /// - Parameter delay: when, in nanoseconds from now.
  public func inject(_ fault: MHIFault, after delay: UInt64 = 0) {
    if delay == 0, apply(fault) { return }
    faults.ordered.add(fault, at: clock.now &+ min(delay, EventQueue.endOfTime))
    faultAlarm?.set(at: faults.ordered.deadline)
  }

  /// Orders a fault that waits for an occasion, or one that lasts; `false` for one that is an occasion itself.
  private func apply(_ fault: MHIFault) -> Bool {
    switch fault {
    case .systemError, .ramDump, .idle, .remove, .insert: return false
    case .stuckReset: faults.lasting.insert(.stuckReset)
    case .neverReady: faults.lasting.insert(.neverReady)
    case .badDoorbellOffset: faults.lasting.insert(.badDoorbellOffset)
    case .lostCommandCompletion: faults.once.insert(.lostCommandCompletion)
    case .eventPointerOutside: faults.once.insert(.eventPointerOutside)
    case .eventPointerMisaligned: faults.once.insert(.eventPointerMisaligned)
    case .unknownEvent: faults.once.insert(.unknownEvent)
    case .completionOutside: faults.once.insert(.completionOutside)
    case .completionOutOfOrder: faults.once.insert(.completionOutOfOrder)
    case .completionCode: faults.once.insert(.completionCode)
    case .completionChannel: faults.once.insert(.completionChannel)
    case .clear:
      faults.clear()
      faults.ordered.removeAll()
      faultAlarm?.cancel()
    }
    return true
  }

  /// The time of faults that waited has come.
  func letFaultsHappen() {
    while let fault = faults.ordered.next(at: clock.now) { letHappen(fault) }
    faultAlarm?.set(at: faults.ordered.deadline)
  }

  private func letHappen(_ fault: MHIFault) {
    switch fault {
    case .systemError: enterSystemError(.fault)
    case .ramDump: dumpMemory(.fault)
    case .idle: enterM1()
    case .remove: remove()
    case .insert: insert()
    default: _ = apply(fault)
    }
  }

  /// Pulled out, the card loses everything at once.
  private func remove() {
    endpoint.reset()
    powerOn()
    isRemoved = true
  }

  private func insert() {
    guard isRemoved else { return }
    reset()
  }
}
