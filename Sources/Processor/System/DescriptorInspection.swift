import X86

/// LAR, LSL, VERR, VERW and ARPL: what a program may learn about selectors. They tell by ZF and do not fault.
extension Core {
  func loadAccessRights(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard let reference = try inspected(instruction, operand: instruction.pointee.operands.1) else { return }
    if !reference.attributes.isCodeOrData {
      switch reference.descriptor.systemType {
      case .localDescriptorTable, .availableTSS32, .busyTSS32, .callGate32: break
      case .availableTSS16, .busyTSS16, .callGate16, .taskGate:
        guard !isLongModeActive else { return setZero(false) }
      default: return setZero(false)
      }
    }
    setZero(true)
    let rights = reference.descriptor.low >> 32 & 0xFF_FF00
    try setValue(instruction.pointee.operands.0, of: instruction, to: rights)
  }

  func loadSegmentLimit(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard let reference = try inspected(instruction, operand: instruction.pointee.operands.1) else { return }
    if !reference.attributes.isCodeOrData {
      switch reference.descriptor.systemType {
      case .localDescriptorTable, .availableTSS32, .busyTSS32: break
      case .availableTSS16, .busyTSS16: guard !isLongModeActive else { return setZero(false) }
      default: return setZero(false)
      }
    }
    setZero(true)
    try setValue(instruction.pointee.operands.0, of: instruction, to: UInt64(reference.descriptor.limit))
  }

  func verifyReadable(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard let reference = try inspected(instruction, operand: instruction.pointee.operands.0) else { return }
    setZero(reference.attributes.isReadable)
  }

  func verifyWritable(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard let reference = try inspected(instruction, operand: instruction.pointee.operands.0) else { return }
    setZero(reference.attributes.isWritable)
  }

  /// ARPL: raises the RPL of a selector to that of another one.
  func adjustRequestedPrivilege(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard usesDescriptors else { throw .invalidOpcode }
    let (destination, source, _, _) = instruction.pointee.operands
    let selector = UInt16(truncatingIfNeeded: try value(destination, of: instruction))
    let wanted = Selector.requestedPrivilege(UInt16(truncatingIfNeeded: try value(source, of: instruction)))
    let isRaised = Selector.requestedPrivilege(selector) < wanted
    if isRaised {
      try setValue(destination, of: instruction, to: UInt64(Selector.with(selector, privilege: wanted)))
    }
    setZero(isRaised)
  }

  /// The descriptor of the selector in an operand, if the program may see it; otherwise ZF is cleared.
  private func inspected(
    _ instruction: UnsafePointer<Instruction>, operand: Operand
  ) throws(Fault) -> DescriptorReference? {
    guard usesDescriptors else { throw .invalidOpcode }
    var operand = operand
    operand.width = 2
    let selector = UInt16(truncatingIfNeeded: try value(operand, of: instruction))
    let reference = try visibleDescriptor(selector)
    if reference == nil { setZero(false) }
    return reference
  }

  private func visibleDescriptor(_ selector: UInt16) throws(Fault) -> DescriptorReference? {
    guard !Selector.isNull(selector) else { return nil }
    let reference: DescriptorReference
    do throws(Fault) {
      reference = try systemDescriptor(selector)
    } catch {
      // Beyond the table's limit; page faults remain faults.
      guard error.exception?.vector == .generalProtection else { throw error }
      return nil
    }
    if reference.attributes.isConforming { return reference }
    let privilege = max(state.privilegeLevel, Selector.requestedPrivilege(selector))
    return reference.attributes.privilegeLevel >= privilege ? reference : nil
  }

  private func setZero(_ zero: Bool) {
    var flags = state.lazyFlags.statusBits.subtracting(.zero)
    if zero { flags.insert(.zero) }
    state.lazyFlags.statusBits = flags
  }
}
