import Interfaces
import X86

/// The way out of a guest (APM volume 2, 15.6).
extension Core {
  private typealias Field = SVM.ControlBlock

  /// Leaves the guest for ``VirtualMachine/pendingExit``, which a fault announced.
  func leaveGuest(delivering event: Event?) {
    guard let machine = state.virtualMachine else { return }
    var exit = machine.pointee.pendingExit
    exit.undelivered = event ?? exit.undelivered ?? machine.pointee.undeliveredSoftwareEvent
    leaveGuest(exit)
  }

  /// Leaves the guest for an exit that the last instruction brought about.
  func leaveGuestAfterInstruction() {
    guard let machine = state.virtualMachine else { return }
    state.pendingEvents.remove(.guestExit)
    leaveGuest(machine.pointee.pendingExit)
  }

  /// Leaves the guest, if one runs and its hypervisor wants to know of something that comes from outside.
  func leavesGuest(on code: SVM.ExitCode) -> Bool {
    guard intercepts(code) else { return false }
    leaveGuest(GuestExit(code))
    return true
  }

  /// Leaves the guest, if one runs and its hypervisor wants to know of an exception.
  ///
  /// - Parameter event: what was on its way to its handler when the exception came.
  func leavesGuest(on exception: Exception, delivering event: Event?) -> Bool {
    guard state.isGuest, let machine = state.virtualMachine else { return false }
    let undelivered = event ?? machine.pointee.undeliveredSoftwareEvent
    machine.pointee.undeliveredSoftwareEvent = nil
    guard machine.pointee.intercepts(.exception(exception.vector.rawValue)) else { return false }
    var exit = GuestExit(
      .exception(exception.vector.rawValue),
      exception.vector.pushesErrorCode ? UInt64(exception.errorCode) : 0)
    exit.undelivered = undelivered
    if exception.vector == .pageFault {
      exit.information2 = state.cr2
      exit.tellsInstruction = exception.errorCode & PageFaultError.instructionFetch == 0
      state.cr2 = machine.pointee.previousPageFaultAddress
    }
    leaveGuest(exit)
    return true
  }

  func leaveGuest(_ exit: GuestExit) {
    guard state.isGuest, let machine = state.virtualMachine else { return }
    machine.pointee.statistics.note(exit.code)
    willWritePage(at: machine.pointee.controlBlock)
    let block = ControlBlock(self, offset: machine.pointee.controlBlock)
    traceGuestExit(exit)
    describe(exit, in: block)
    saveGuest(to: block, machine)
    loadHost(from: machine)
  }

  private func describe(_ exit: GuestExit, in block: ControlBlock) {
    block.write(exit.code.rawValue, to: Field.exitCode)
    block.write(exit.information1, to: Field.exitInformation1)
    block.write(exit.information2, to: Field.exitInformation2)
    block.write(exit.undelivered?.injection.rawValue ?? 0, to: Field.exitInterruptInformation)
    block.write(exit.nextInstruction, to: Field.nextInstructionPointer)
    block.write(instruction: exit.tellsInstruction ? state.owner.instructionBytes : [])
    // What VMRUN injected must not be injected again. KVM takes any other bit that stays for an event, too.
    block.write(0 as UInt64, to: Field.eventInjection)
  }

  private func saveGuest(to block: ControlBlock, _ machine: UnsafeMutablePointer<VirtualMachine>) {
    block.write(segment(.es), to: Field.es)
    block.write(segment(.cs), to: Field.cs)
    block.write(segment(.ss), to: Field.ss)
    block.write(segment(.ds), to: Field.ds)
    block.write(state.globalDescriptorTable, to: Field.gdtr)
    block.write(state.interruptDescriptorTable, to: Field.idtr)
    block.write(state.privilegeLevel, to: Field.privilegeLevel)
    block.write(state.efer.rawValue, to: Field.efer)
    block.write(state.cr0.rawValue, to: Field.cr0)
    block.write(state.cr2, to: Field.cr2)
    block.write(state.cr3, to: Field.cr3)
    block.write(state.cr4.rawValue, to: Field.cr4)
    block.write(state.dr6.rawValue, to: Field.dr6)
    block.write(state.dr7, to: Field.dr7)
    block.write(rflags.rawValue, to: Field.flags)
    block.write(state.rip, to: Field.instructionPointer)
    block.write(general(GeneralRegister.rsp), to: Field.stackPointer)
    block.write(general(GeneralRegister.rax), to: Field.rax)
    saveBranchRecords(to: block, machine)
    if state.isNested { block.write(state.modelSpecific.pageAttributeTable, to: Field.pageAttributeTable) }
    let shadow: UInt64 = block[Field.interruptShadow]
    block.write(shadow & ~1 | (state.interruptShadow == .none ? 0 : 1), to: Field.interruptShadow)
    block.write(machine.pointee.interrupts.rawValue, to: Field.interruptControl)
  }

  private func loadHost(from machine: UnsafeMutablePointer<VirtualMachine>) {
    state.isGuest = false
    state.isNested = false
    state.addressSpaceIdentifier = 0
    state.globalInterruptFlag = false
    state.interruptShadow = .none
    state.pendingEvents.subtract([.debugTrap, .guestExit, .virtualInterrupt])
    state.owner.wake()
    let host = machine.pointee.host
    if host.isSteppedOver {
      state.dr6.insert(.singleStep)
      state.pendingEvents.insert(.debugTrap)
    }
    state.cr0 = host.cr0.union(.protectionEnable)
    state.cr3 = host.cr3
    state.cr4 = host.cr4
    state.efer = host.efer
    state.modelSpecific.pageAttributeTable = host.pageAttributeTable
    state.dr7 = DebugControl.alwaysOne
    rflags = host.flags.subtracting([.virtual8086, .resume])
    state.rip = host.rip
    setGeneral(GeneralRegister.rsp, host.rsp)
    setGeneral(GeneralRegister.rax, host.rax)
    state.globalDescriptorTable = host.gdtr
    state.interruptDescriptorTable = host.idtr
    setSegment(.es, host.es)
    setSegment(.ss, host.ss)
    setSegment(.ds, host.ds)
    setCodeSegment(host.cs, privilegeLevel: 0)
    enterAddressSpace()
  }
}

extension Core {
  /// An INT n, INT3 or INTO whose delivery did not end: an exit tells of it (APM volume 2, 15.7.2).
  func noteUndelivered(_ event: Event) {
    guard state.isGuest else { return }
    state.virtualMachine?.pointee.undeliveredSoftwareEvent = event
  }

  /// INT3, INTO and INT1 are intercepted as exceptions; nRIP is behind them.
  func interceptSoftwareException(_ event: Event) throws(Fault) {
    guard state.isGuest, event.source != .softwareInterrupt else { return }
    let code = SVM.ExitCode.exception(event.vector)
    guard event.source == .softwareException, intercepts(code) else { return }
    var exit = GuestExit(code)
    exit.nextInstruction = state.rip
    throw willLeaveGuest(exit)
  }

  /// A task switch that the hypervisor wants to know of (APM volume 2, 15.14.1).
  func interceptTaskSwitch(to selector: UInt16, by reason: TaskSwitchReason, event: Event?) throws(Fault) {
    guard intercepts(.taskSwitch) else { return }
    var exit = GuestExit(.taskSwitch, UInt64(selector))
    switch reason {
    case .return: exit.information2 |= SVM.TaskSwitch.interruptReturn
    case .jump: exit.information2 |= SVM.TaskSwitch.jump
    case .call, .event: break
    }
    if let code = event?.errorCode { exit.information2 |= SVM.TaskSwitch.errorCode | UInt64(code) }
    if state.systemFlags.contains(.resume) { exit.information2 |= SVM.TaskSwitch.resumeFlag }
    throw willLeaveGuest(exit)
  }
}
