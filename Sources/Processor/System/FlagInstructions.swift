import X86

/// CLI, STI, PUSHF, POPF, CLAC and STAC.
extension Core {
  /// How the interrupt flag can be reached in the current mode.
  private enum InterruptFlagAccess {
    case real
    /// VIF stands in for IF: CR4.PVI at privilege level 3, CR4.VME in virtual-8086 mode.
    case virtual
    case forbidden
  }

  private var interruptFlagAccess: InterruptFlagAccess {
    guard isProtected else { return .real }
    if isVirtual8086 {
      if ioPrivilegeLevel == 3 { return .real }
      return state.cr4.contains(.vme) ? .virtual : .forbidden
    }
    if state.privilegeLevel <= ioPrivilegeLevel { return .real }
    return state.privilegeLevel == 3 && state.cr4.contains(.pvi) ? .virtual : .forbidden
  }

  func clearInterruptFlag() throws(Fault) {
    switch interruptFlagAccess {
    case .real: state.systemFlags.remove(.interruptEnable)
    case .virtual: state.systemFlags.remove(.virtualInterrupt)
    case .forbidden: throw .generalProtection
    }
  }

  /// STI. Interrupts stay off until the instruction after it has retired, if they were off.
  func setInterruptFlag() throws(Fault) {
    switch interruptFlagAccess {
    case .real:
      if !state.systemFlags.contains(.interruptEnable) { state.interruptShadow = .sti }
      state.systemFlags.insert(.interruptEnable)
    case .virtual:
      if state.systemFlags.contains(.virtualInterruptPending) { throw .generalProtection }
      state.systemFlags.insert(.virtualInterrupt)
    case .forbidden: throw .generalProtection
    }
  }

  func pushFlags(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    var flags = rflags.subtracting([.resume, .virtual8086])
    if isVirtual8086, ioPrivilegeLevel < 3 {
      guard state.cr4.contains(.vme), width == 2 else { throw .generalProtection }
      flags.formUnion(.ioPrivilege)
      flags.remove(.interruptEnable)
      if flags.contains(.virtualInterrupt) { flags.insert(.interruptEnable) }
    }
    var frame = StackFrame(onStackOf: self)
    try frame.push(flags.rawValue, width: width)
    try frame.commit()
    frame.install()
  }

  func popFlags(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let usesVirtualFlag = isVirtual8086 && ioPrivilegeLevel < 3
    if usesVirtualFlag { guard state.cr4.contains(.vme), width == 2 else { throw .generalProtection } }
    var frame = StackFrame(onStackOf: self)
    let flags = try frame.pop(width: width)
    if usesVirtualFlag { try checkVirtualFlags(flags) }
    frame.install()
    var changeable = changeableFlags(width: width, privilegeLevel: isProtected ? state.privilegeLevel : 0)
    if usesVirtualFlag { changeable.remove(.interruptEnable) }
    setFlags(flags & ~RFLAGS.resume.rawValue, changeable: changeable)
    if usesVirtualFlag { setVirtualInterruptFlag(flags) }
    updateContext()
  }

  /// With CR4.VME: what would enable virtual interrupts while one is pending, or set TF, needs the monitor.
  func checkVirtualFlags(_ flags: UInt64) throws(Fault) {
    let wanted = RFLAGS(rawValue: flags)
    let isPending = state.systemFlags.contains(.virtualInterruptPending)
    if wanted.contains(.interruptEnable) && isPending || wanted.contains(.trap) { throw .generalProtection }
  }

  /// With CR4.VME the bit in the place of IF goes to VIF.
  func setVirtualInterruptFlag(_ flags: UInt64) {
    if RFLAGS(rawValue: flags).contains(.interruptEnable) {
      state.systemFlags.insert(.virtualInterrupt)
    } else {
      state.systemFlags.remove(.virtualInterrupt)
    }
  }

  func clearAlignmentCheckFlag() throws(Fault) {
    guard state.privilegeLevel == 0 else { throw .invalidOpcode }
    state.systemFlags.remove(.alignmentCheck)
    updateContext()
  }

  func setAlignmentCheckFlag() throws(Fault) {
    guard state.privilegeLevel == 0 else { throw .invalidOpcode }
    state.systemFlags.insert(.alignmentCheck)
    updateContext()
  }
}
