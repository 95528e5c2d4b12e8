import X86

/// Far RET and IRET (APM volume 3).
extension Core {
  func returnFar(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let released = instruction.pointee.immediate & 0xFFFF
    var frame = StackFrame(onStackOf: self)
    let offset = try frame.pop(width: width)
    let selector = UInt16(truncatingIfNeeded: try frame.pop(width: width))
    guard usesDescriptors else {
      try returnInRealMode(selector: selector, offset: offset)
      frame.release(released)
      frame.install()
      return
    }
    let target = try returnTarget(selector)
    frame.release(released)
    let level = Selector.requestedPrivilege(selector)
    if level == state.privilegeLevel {
      try checkTarget(offset, in: target)
      frame.install()
      setCodeSegment(target, privilegeLevel: level)
    } else {
      var outer = try popOuterStack(&frame, width: width, target: target, level: level)
      try checkTarget(offset, in: target)
      outer.pointer = outer.pointer &+ released
      returnToOuterLevel(target, level: level, stack: outer)
    }
    state.rip = offset
  }

  func interruptReturn(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    if !isProtected {
      try interruptReturnInRealMode(width: width)
    } else if isVirtual8086 {
      try interruptReturnInVirtual8086Mode(width: width)
    } else if isLongModeActive {
      try interruptReturnInLongMode(width: width)
    } else if state.systemFlags.contains(.nestedTask) {
      try returnFromNestedTask()
    } else {
      try interruptReturnInProtectedMode(width: width)
    }
    unblockNonMaskableInterrupts()
  }

  private func unblockNonMaskableInterrupts() { state.owner.isNMIBlocked = false }

  // MARK: Flags

  /// The flags that IRET and POPF can change at a privilege level.
  func changeableFlags(width: UInt16, privilegeLevel: UInt8) -> RFLAGS {
    var flags: RFLAGS = [
      .carry, .parity, .auxiliaryCarry, .zero, .sign, .trap, .direction, .overflow, .nestedTask,
    ]
    if privilegeLevel == 0 { flags.insert(.ioPrivilege) }
    if privilegeLevel <= ioPrivilegeLevel { flags.insert(.interruptEnable) }
    if width > 2 { flags.formUnion([.resume, .alignmentCheck, .identification]) }
    return flags
  }

  /// Replaces the changeable flags. The caller sees to ``updateContext()``.
  ///
  /// RF is kept only while there are instruction breakpoints: it does nothing else, and so the instruction that
  /// comes next need not clear it.
  func setFlags(_ value: UInt64, changeable: RFLAGS) {
    rflags = rflags.subtracting(changeable).union(RFLAGS(rawValue: value).intersection(changeable))
    if !hasInstructionBreakpoints { state.systemFlags.remove(.resume) }
  }

  var ioPrivilegeLevel: UInt8 { UInt8(truncatingIfNeeded: state.systemFlags.rawValue >> 12 & 3) }

  // MARK: Real and virtual-8086 mode

  private func returnInRealMode(selector: UInt16, offset: UInt64) throws(Fault) {
    guard offset <= UInt64(segment(.cs).limit) else { throw .generalProtection }
    setCodeSegment(realModeSegment(.cs, selector: selector), privilegeLevel: state.privilegeLevel)
    state.rip = offset
  }

  private func interruptReturnInRealMode(width: UInt16) throws(Fault) {
    var frame = StackFrame(onStackOf: self)
    let offset = try frame.pop(width: width)
    let selector = UInt16(truncatingIfNeeded: try frame.pop(width: width))
    let flags = try frame.pop(width: width)
    try returnInRealMode(selector: selector, offset: offset)
    frame.install()
    setFlags(flags, changeable: changeableFlags(width: width, privilegeLevel: 0))
    updateContext()
  }

  private func interruptReturnInVirtual8086Mode(width: UInt16) throws(Fault) {
    let usesVirtualFlag = ioPrivilegeLevel < 3
    if usesVirtualFlag { guard state.cr4.contains(.vme), width == 2 else { throw .generalProtection } }
    var frame = StackFrame(onStackOf: self)
    let offset = try frame.pop(width: width)
    let selector = UInt16(truncatingIfNeeded: try frame.pop(width: width))
    let flags = try frame.pop(width: width)
    if usesVirtualFlag { try checkVirtualFlags(flags) }
    try returnInRealMode(selector: selector, offset: offset)
    frame.install()
    var changeable = changeableFlags(width: width, privilegeLevel: 3)
    changeable.remove(.ioPrivilege)
    setFlags(flags, changeable: changeable)
    if usesVirtualFlag { setVirtualInterruptFlag(flags) }
    updateContext()
  }

  // MARK: Protected mode

  private func interruptReturnInProtectedMode(width: UInt16) throws(Fault) {
    var frame = StackFrame(onStackOf: self)
    let offset = try frame.pop(width: width)
    let selector = UInt16(truncatingIfNeeded: try frame.pop(width: width))
    let flags = try frame.pop(width: width)
    if width == 4, RFLAGS(rawValue: flags).contains(.virtual8086), state.privilegeLevel == 0 {
      try returnToVirtual8086Mode(&frame, selector: selector, offset: offset, flags: flags)
      return
    }
    let target = try returnTarget(selector)
    let level = Selector.requestedPrivilege(selector)
    let changeable = interruptReturnFlags(width: width)
    if level == state.privilegeLevel {
      try checkTarget(offset, in: target)
      frame.install()
      setFlags(flags, changeable: changeable)
      setCodeSegment(target, privilegeLevel: level)
    } else {
      let outer = try popOuterStack(&frame, width: width, target: target, level: level)
      try checkTarget(offset, in: target)
      setFlags(flags, changeable: changeable)
      returnToOuterLevel(target, level: level, stack: outer)
    }
    state.rip = offset
  }

  /// At level 0 IRET also restores VIF and VIP.
  private func interruptReturnFlags(width: UInt16) -> RFLAGS {
    var changeable = changeableFlags(width: width, privilegeLevel: state.privilegeLevel)
    if width > 2, state.privilegeLevel == 0 {
      changeable.formUnion([.virtualInterrupt, .virtualInterruptPending])
    }
    return changeable
  }

  private func returnToVirtual8086Mode(
    _ frame: inout StackFrame, selector: UInt16, offset: UInt64, flags: UInt64
  ) throws(Fault) {
    let pointer = try frame.pop(width: 4)
    var selectors: [(SegmentRegister, UInt16)] = []
    for register in [SegmentRegister.ss, .es, .ds, .fs, .gs] {
      selectors.append((register, UInt16(truncatingIfNeeded: try frame.pop(width: 4))))
    }
    rflags = RFLAGS(rawValue: flags)
    for (register, selector) in selectors { setSegment(register, Self.virtual8086Segment(selector)) }
    setGeneral(GeneralRegister.rsp, pointer)
    setCodeSegment(Self.virtual8086Segment(selector), privilegeLevel: 3)
    state.rip = offset & 0xFFFF
  }

  // MARK: Long mode

  private func interruptReturnInLongMode(width: UInt16) throws(Fault) {
    if state.systemFlags.contains(.nestedTask) { throw .generalProtection }
    guard is64Bit else {
      try interruptReturnInProtectedMode(width: width)
      return
    }
    var frame = StackFrame(onStackOf: self)
    let offset = try frame.pop(width: width)
    let selector = UInt16(truncatingIfNeeded: try frame.pop(width: width))
    let flags = try frame.pop(width: width)
    let target = try returnTarget(selector)
    let level = Selector.requestedPrivilege(selector)
    // 64-bit code always pops the stack pointer, whatever the level.
    let outer = try popOuterStack(&frame, width: width, target: target, level: level)
    try checkTarget(offset, in: target)
    let changesLevel = level != state.privilegeLevel
    setFlags(flags, changeable: interruptReturnFlags(width: width))
    if changesLevel {
      returnToOuterLevel(target, level: level, stack: outer)
    } else {
      install(outer, target: target, level: level)
    }
    state.rip = offset
  }

  // MARK: Parts

  /// The code segment of a return address, whose RPL is the privilege level to return to.
  private func returnTarget(_ selector: UInt16) throws(Fault) -> Segment {
    guard !Selector.isNull(selector) else { throw .generalProtection }
    var reference = try descriptor(selector)
    let attributes = reference.attributes
    let level = Selector.requestedPrivilege(selector)
    let isAllowed =
      attributes.isConforming ? attributes.privilegeLevel <= level : attributes.privilegeLevel == level
    guard attributes.isCode, isAllowed, level >= state.privilegeLevel, hasOneSize(attributes) else {
      throw .selector(.generalProtection, selector)
    }
    guard attributes.isPresent else { throw .selector(.segmentNotPresent, selector) }
    try markAccessed(&reference)
    return reference.descriptor.segment(selector: selector)
  }

  /// A stack that a return pops.
  private struct OuterStack {
    var segment: Segment
    var pointer: UInt64
  }

  private func popOuterStack(
    _ frame: inout StackFrame, width: UInt16, target: Segment, level: UInt8
  ) throws(Fault) -> OuterStack {
    let pointer = try frame.pop(width: width)
    let selector = UInt16(truncatingIfNeeded: try frame.pop(width: width))
    let segment = try stackSegment(selector, privilegeLevel: level, in: codeMode(of: target.attributes))
    return OuterStack(segment: segment, pointer: pointer)
  }

  private func install(_ stack: OuterStack, target: Segment, level: UInt8) {
    setSegment(.ss, stack.segment)
    setCodeSegment(target, privilegeLevel: level)
    if is64Bit {
      setGeneral(GeneralRegister.rsp, stack.pointer)
    } else {
      setGeneral(
        UInt8(GeneralRegister.rsp), stack.pointer, width: stack.segment.attributes.isDefaultBig ? 4 : 2)
    }
  }

  private func returnToOuterLevel(_ target: Segment, level: UInt8, stack: OuterStack) {
    install(stack, target: target, level: level)
    dropPrivilegedDataSegments()
  }
}
