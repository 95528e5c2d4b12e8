import Interfaces
import X86

/// VMRUN: the way into a guest (APM volume 2, 15.5.1).
extension Core {
  private typealias Field = SVM.ControlBlock

  func runGuest(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let machine = try requireVirtualisation()
    let offset = try controlBlockOffset(instruction)
    willWritePage(at: offset)
    let block = ControlBlock(self, offset: offset)
    machine.pointee.statistics.entries &+= 1
    guard isRunnable(block) else {
      machine.pointee.statistics.note(.invalid)
      refuse(block)
      return
    }
    machine.pointee.controlBlock = offset
    saveHost(to: machine)
    loadControls(of: block, into: machine)
    loadGuest(from: block, machine)
    traceGuestEntry()
    inject(SVM.EventInjection(rawValue: block[Field.eventInjection]), from: block)
    // An event can have met a reason to leave at once.
    if state.isGuest { updateVirtualInterrupt() }
  }

  /// The guest cannot be run: the host goes on after VMRUN as after any other exit, with all of its own state.
  private func refuse(_ block: ControlBlock) {
    block.write(SVM.ExitCode.invalid.rawValue, to: Field.exitCode)
    for field in [Field.exitInformation1, Field.exitInformation2, Field.exitInterruptInformation] {
      block.write(0 as UInt64, to: field)
    }
    state.globalInterruptFlag = false
  }

  private func saveHost(to machine: UnsafeMutablePointer<VirtualMachine>) {
    machine.pointee.host.es = segment(.es)
    machine.pointee.host.cs = segment(.cs)
    machine.pointee.host.ss = segment(.ss)
    machine.pointee.host.ds = segment(.ds)
    machine.pointee.host.gdtr = state.globalDescriptorTable
    machine.pointee.host.idtr = state.interruptDescriptorTable
    machine.pointee.host.efer = state.efer
    machine.pointee.host.cr0 = state.cr0
    machine.pointee.host.cr3 = state.cr3
    machine.pointee.host.cr4 = state.cr4
    machine.pointee.host.pageAttributeTable = state.modelSpecific.pageAttributeTable
    machine.pointee.host.flags = rflags
    machine.pointee.host.rip = state.rip
    machine.pointee.host.rsp = general(GeneralRegister.rsp)
    machine.pointee.host.rax = general(GeneralRegister.rax)
    machine.pointee.host.isSteppedOver = state.pendingEvents.contains(.debugTrap)
  }

  private func loadControls(of block: ControlBlock, into machine: UnsafeMutablePointer<VirtualMachine>) {
    for index in machine.pointee.intercepts.indices {
      machine.pointee.intercepts[index] = block[Field.intercepts + index * 8]
    }
    machine.pointee.portMap = block[Field.portPermissionMap] & ~0xFFF
    machine.pointee.registerMap = block[Field.registerPermissionMap] & ~0xFFF
    machine.pointee.timeStampCounterOffset = block[Field.timeStampCounterOffset]
    machine.pointee.nestedRoot = block[Field.nestedRoot]
    machine.pointee.interrupts = SVM.InterruptControl(rawValue: block[Field.interruptControl])
    machine.pointee.undeliveredSoftwareEvent = nil
    machine.pointee.interruptController.load(from: block, on: self)
    let nested = SVM.NestedPagingControl(rawValue: block[Field.nestedPagingControl])
    state.isNested = nested.contains(.enable)
    flushTranslations(
      SVM.TranslationControl(rawValue: block.read(Field.translationControl, as: UInt8.self)), of: block)
    state.addressSpaceIdentifier = block.read(Field.addressSpaceIdentifier, as: UInt32.self)
  }

  /// TLB_CONTROL; reserved values do nothing.
  private func flushTranslations(_ control: SVM.TranslationControl?, of block: ControlBlock) {
    switch control {
    case .flushAll: state.owner.addressSpaces.forgetAll()
    case .flushGuest, .flushGuestNonGlobal:
      state.owner.addressSpaces.forgetAll(of: block.read(Field.addressSpaceIdentifier, as: UInt32.self))
    case .keep, nil: break
    }
  }

  private func loadGuest(from block: ControlBlock, _ machine: UnsafeMutablePointer<VirtualMachine>) {
    state.isGuest = true
    state.globalInterruptFlag = true
    state.pendingEvents.subtract([.debugTrap, .guestExit])
    state.cr0 = CR0(rawValue: block[Field.cr0]).intersection(.implemented).union(.extensionType)
    state.cr2 = block[Field.cr2]
    state.cr3 = block[Field.cr3]
    state.cr4 = CR4(rawValue: block[Field.cr4])
    let efer = EFER(rawValue: block[Field.efer]).subtracting(.lma)
    state.efer = efer.contains(.lme) && state.cr0.contains(.paging) ? efer.union(.lma) : efer
    if state.isNested {
      state.modelSpecific.pageAttributeTable = block[Field.pageAttributeTable]
    }
    state.dr6 = DR6(rawValue: block[Field.dr6]).intersection(.writable).union(.alwaysOne)
    state.dr7 = block[Field.dr7] & DebugControl.writable | DebugControl.alwaysOne
    rflags = RFLAGS(rawValue: block[Field.flags])
    state.rip = block[Field.instructionPointer]
    setGeneral(GeneralRegister.rsp, block[Field.stackPointer])
    setGeneral(GeneralRegister.rax, block[Field.rax])
    state.interruptShadow = block[Field.interruptShadow] & 1 != 0 ? .sti : .none
    state.globalDescriptorTable = block.table(Field.gdtr)
    state.interruptDescriptorTable = block.table(Field.idtr)
    exchangeBranchRecords(with: block, machine)
    setSegment(.es, block.segment(Field.es))
    setSegment(.ss, block.segment(Field.ss))
    setSegment(.ds, block.segment(Field.ds))
    setCodeSegment(block.segment(Field.cs), privilegeLevel: guestPrivilegeLevel(block))
    enterAddressSpace()
  }

  /// CPL as the block has it, where the mode leaves a choice.
  private func guestPrivilegeLevel(_ block: ControlBlock) -> UInt8 {
    guard isProtected else { return 0 }
    return isVirtual8086 ? 3 : block.read(Field.privilegeLevel, as: UInt8.self) & 3
  }

  /// After a change between guest and host: translations are found by the address space's number.
  func enterAddressSpace() {
    selectAddressSpace(keepingTranslations: true)
    // Pages that are watched from now on must not be reached without a look at the breakpoints.
    if state.dr7 & DebugControl.enables != 0 {
      state.translations.clear()
      updateContext()
    }
  }
}
