import Interfaces
import X86

/// Interrupts and NMI while a guest runs (APM volume 2, 15.13 and 15.21).
extension VirtualProcessor {
  /// Acts on what arrived between two instructions of the guest. The processor's own interrupts come before virtual
  /// ones.
  func takeEventsInGuest() {
    if core.state.pendingEvents.contains(.nonMaskableInterrupt), !isNMIBlocked,
      core.leavesGuest(on: .nonMaskableInterrupt)
    {
      return
    }
    if core.state.pendingEvents.contains(.interrupt), core.canInterruptGuest,
      core.leavesGuest(on: .interrupt)
    {
      return
    }
    guard core.state.interruptShadow == .none else { return }
    if core.canInterruptGuest || core.state.pendingEvents.contains(.nonMaskableInterrupt) {
      takeInterrupts()
    }
    if core.state.pendingEvents.contains(.virtualInterrupt), core.state.systemFlags.contains(.interruptEnable)
    {
      core.takeVirtualInterrupt()
    }
  }
}

extension Core {
  /// The flag that holds off the processor's interrupts is set: with V_INTR_MASKING it is the host's.
  var canInterruptGuest: Bool {
    guard let machine = state.virtualMachine, machine.pointee.interrupts.isMaskingVirtual else {
      return state.systemFlags.contains(.interruptEnable)
    }
    return machine.pointee.host.flags.contains(.interruptEnable)
  }

  /// Something waits that wakes the guest from HLT.
  var hasEventForGuest: Bool {
    let events = state.pendingEvents
    if !events.isDisjoint(with: [.initialise, .guestExit]) { return true }
    if events.contains(.nonMaskableInterrupt), !state.owner.isNMIBlocked { return true }
    if events.contains(.interrupt), canInterruptGuest { return true }
    return events.contains(.virtualInterrupt) && state.systemFlags.contains(.interruptEnable)
  }

  // MARK: Virtual interrupts

  /// CR8 is the guest's own.
  var hasVirtualTaskPriority: Bool {
    guard state.isGuest, let machine = state.virtualMachine else { return false }
    return machine.pointee.interrupts.isMaskingVirtual
  }

  /// V_TPR.
  var virtualTaskPriority: UInt8 { state.virtualMachine?.pointee.interrupts.taskPriority ?? 0 }

  /// Sets the guest's task priority: V_TPR is its upper half.
  func setVirtualTaskPriority(_ priority: UInt8) {
    guard let machine = state.virtualMachine else { return }
    machine.pointee.interrupts.taskPriority = priority >> 4
    if machine.pointee.interruptController.isEnabled {
      machine.pointee.interruptController.setTaskPriority(priority, on: self)
    }
    updateVirtualInterrupt()
  }

  /// Finds out whether a virtual interrupt waits that the guest's task priority lets through.
  func updateVirtualInterrupt() {
    guard let machine = state.virtualMachine else { return }
    let isDeliverable: Bool
    if machine.pointee.interruptController.isEnabled {
      isDeliverable = machine.pointee.interruptController.deliverableVector(on: self) != nil
    } else {
      let interrupts = machine.pointee.interrupts
      isDeliverable =
        interrupts.isInterruptPending
        && (interrupts.ignoresTaskPriority || interrupts.priority > interrupts.taskPriority)
    }
    if isDeliverable {
      state.pendingEvents.insert(.virtualInterrupt)
    } else {
      state.pendingEvents.remove(.virtualInterrupt)
    }
  }

  /// Delivers the virtual interrupt that waits, or tells the hypervisor that it could be.
  func takeVirtualInterrupt() {
    guard let machine = state.virtualMachine else { return }
    let vector: UInt8
    if machine.pointee.interruptController.isEnabled {
      guard let accepted = machine.pointee.interruptController.acceptInterrupt(on: self) else { return }
      vector = accepted
      machine.pointee.statistics.virtualInterrupts &+= 1
      traceVirtualInterrupt(vector)
    } else {
      if leavesGuest(on: .virtualInterrupt) { return }
      machine.pointee.interrupts.isInterruptPending = false
      vector = machine.pointee.interrupts.vector
    }
    updateVirtualInterrupt()
    state.owner.wake()
    redeliver(Event(vector: vector, source: .external))
  }
}
