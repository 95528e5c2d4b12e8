import Bus

extension MHIEndpoint {
  /// Lets something go wrong, at the next opportunity.
  ///
  /// It may be called at any time, also by what is behind a channel while it takes a transfer.
  public func inject(_ fault: MHIFault) {
    switch fault {
    case .systemError, .ramDump, .idle, .remove, .insert:
      status.orderedFault = fault
      faultAlarm?.set(at: clock.now)
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
    case .clear: faults.clear()
    }
  }

  func letFaultHappen() {
    guard let fault = status.orderedFault else { return }
    status.orderedFault = nil
    switch fault {
    case .systemError: enterSystemError(.fault)
    case .ramDump: dumpMemory(.fault)
    case .idle: enterM1()
    case .remove: remove()
    case .insert: insert()
    default: break
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
