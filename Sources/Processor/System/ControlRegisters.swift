import X86

/// MOV to and from the control registers, and what changing them brings about (APM volume 2, 3.1).
extension Core {
  func moveControl(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, source, _, _) = instruction.pointee.operands
    let width: UInt16 = is64Bit ? 8 : 4
    if destination.kind == .controlRegister {
      try requireExistence(ofControlRegister: destination.number)
      try requireHighestPrivilege()
      try setControlRegister(destination.number, general(Int(source.number)) & Self.mask(width))
    } else {
      try requireExistence(ofControlRegister: source.number)
      try requireHighestPrivilege()
      setGeneral(destination.number, controlRegister(source.number), width: width)
    }
  }

  private func requireExistence(ofControlRegister number: UInt8) throws(Fault) {
    switch number {
    case 0, 2, 3, 4, 8: break
    default: throw .invalidOpcode
    }
  }

  private func controlRegister(_ number: UInt8) -> UInt64 {
    switch number {
    case 0: state.cr0.rawValue
    case 2: state.cr2
    case 3: state.cr3
    case 4: state.cr4.rawValue
    case _ where hasVirtualTaskPriority: UInt64(virtualTaskPriority)
    default: UInt64(state.owner.platform.taskPriority(of: state.owner))
    }
  }

  private func setControlRegister(_ number: UInt8, _ value: UInt64) throws(Fault) {
    switch number {
    case 0: try setCR0(value)
    case 2: state.cr2 = value
    case 3: try setCR3(value)
    case 4: try setCR4(value)
    default:
      guard value < 16 else { throw .generalProtection }
      if hasVirtualTaskPriority {
        setVirtualTaskPriority(UInt8(value) << 4)
        return
      }
      state.owner.platform.setTaskPriority(UInt8(value), of: state.owner)
    }
  }

  // MARK: CR0

  func setCR0(_ value: UInt64) throws(Fault) {
    guard value >> 32 == 0 else { throw .generalProtection }
    let new = CR0(rawValue: value).intersection(.implemented).union(.extensionType)
    let old = state.cr0
    if new.contains(.paging), !new.contains(.protectionEnable) { throw .generalProtection }
    if new.contains(.notWriteThrough), !new.contains(.cacheDisable) { throw .generalProtection }
    if new.contains(.paging), !old.contains(.paging) {
      try checkPagingCanBegin()
    } else if !new.contains(.paging), old.contains(.paging) {
      if is64Bit || state.cr4.contains(.pcide) { throw .generalProtection }
    }
    state.cr0 = new
    let changed = CR0(rawValue: old.rawValue ^ new.rawValue)
    if changed.contains(.paging), state.efer.contains(.lme) {
      state.efer = new.contains(.paging) ? state.efer.union(.lma) : state.efer.subtracting(.lma)
    }
    if !changed.isDisjoint(with: [.paging, .writeProtect]) { flushTranslations() }
    if !changed.isDisjoint(with: [.paging, .protectionEnable]) { updateCodeMode() }
  }

  /// What must hold when CR0.PG is set (APM volume 2, 5.2.3 and 14.6).
  private func checkPagingCanBegin() throws(Fault) {
    guard state.efer.contains(.lme) else {
      if state.cr4.contains(.pae) { try checkPageDirectoryPointers(at: state.cr3) }
      return
    }
    let has16BitTask = state.taskRegister.attributes.isPresent && hasTaskState16
    guard state.cr4.contains(.pae), !segment(.cs).attributes.isLong, !has16BitTask else {
      throw .generalProtection
    }
  }

  // MARK: CR3

  /// In a write with CR4.PCIDE: keep what is known of the address space.
  private static let keepTranslationsBit: UInt64 = 1 << 63

  func setCR3(_ value: UInt64) throws(Fault) {
    var new = value
    var keepsTranslations = false
    if state.cr4.contains(.pcide) {
      keepsTranslations = value & Self.keepTranslationsBit != 0
      new &= ~Self.keepTranslationsBit
    }
    if isLongModeActive, new >> PageTableEntry.physicalAddressBits != 0 { throw .generalProtection }
    if hasPageDirectoryPointers(state.cr4) { try checkPageDirectoryPointers(at: new) }
    traceAddressSpace(new)
    state.cr3 = new
    selectAddressSpace(keepingTranslations: keepsTranslations)
  }

  /// Paging in force is PAE paging outside of long mode, or would be with that CR4.
  private func hasPageDirectoryPointers(_ control: CR4) -> Bool {
    state.cr0.contains(.paging) && control.contains(.pae) && !isLongModeActive
  }

  // MARK: CR4

  func setCR4(_ value: UInt64) throws(Fault) {
    let new = CR4(rawValue: value)
    let old = state.cr4
    guard state.owner.model.controlRegister4.isSuperset(of: new) else { throw .generalProtection }
    if isLongModeActive, !new.contains(.pae) { throw .generalProtection }
    if new.contains(.pcide), !old.contains(.pcide) {
      guard isLongModeActive, state.cr3 & 0xFFF == 0 else { throw .generalProtection }
    }
    if hasPageDirectoryPointers(new), !old.contains(.pae) { try checkPageDirectoryPointers(at: state.cr3) }
    state.cr4 = new
    let changed = CR4(rawValue: old.rawValue ^ new.rawValue)
    if !changed.isDisjoint(with: [.pse, .pae, .pge, .pcide, .smep, .smap]) { flushTranslations() }
    updateContext()
  }

  // MARK: EFER

  func setEFER(_ value: UInt64) throws(Fault) {
    let new = EFER(rawValue: value)
    let old = state.efer
    guard state.owner.model.extendedFeatureEnable.union(.lma).isSuperset(of: new) else {
      throw .generalProtection
    }
    let changed = EFER(rawValue: old.rawValue ^ new.rawValue)
    if new.contains(.svme), !old.contains(.svme), isVirtualisationDisabled { throw .generalProtection }
    if changed.contains(.lme), state.cr0.contains(.paging) { throw .generalProtection }
    // LMA is a status bit: writes do not change it.
    state.efer = new.subtracting(.lma).union(old.intersection(.lma))
    if changed.contains(.nxe) { flushTranslations() }
  }
}

extension CR0 {
  /// The bits that are not reserved.
  static let implemented: CR0 = [
    .protectionEnable, .monitorCoprocessor, .emulation, .taskSwitched, .extensionType, .numericError,
    .writeProtect, .alignmentMask, .notWriteThrough, .cacheDisable, .paging,
  ]
}
