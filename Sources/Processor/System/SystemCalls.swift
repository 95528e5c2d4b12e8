import X86

/// SYSCALL, SYSRET, SYSENTER, SYSEXIT, and the bases of FS and GS.
extension Core {
  func systemCall() throws(Fault) {
    guard state.efer.contains(.sce), isProtected else { throw .invalidOpcode }
    let star = state.modelSpecific.star
    let selector = UInt16(truncatingIfNeeded: star >> 32) & ~3
    if isLongModeActive {
      setGeneral(GeneralRegister.rcx, state.rip)
      setGeneral(GeneralRegister.r11, rflags.subtracting(.resume).rawValue)
      let target = is64Bit ? state.modelSpecific.lstar : state.modelSpecific.cstar
      rflags = rflags.subtracting(RFLAGS(rawValue: state.modelSpecific.sfmask)).subtracting(.resume)
      enterFlatSegments(selector, privilegeLevel: 0, size: .bits64)
      state.rip = target
    } else {
      setGeneral(GeneralRegister.rcx, state.rip & 0xFFFF_FFFF)
      rflags = rflags.subtracting([.interruptEnable, .virtual8086, .resume])
      enterFlatSegments(selector, privilegeLevel: 0, size: .bits32)
      state.rip = star & 0xFFFF_FFFF
    }
    // The step counts with the flags of the system call's handler.
    if !state.systemFlags.contains(.trap) { state.pendingEvents.remove(.debugTrap) }
  }

  func systemReturn(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard state.efer.contains(.sce), isProtected else { throw .invalidOpcode }
    guard state.privilegeLevel == 0, !isVirtual8086 else { throw .generalProtection }
    let base = UInt16(truncatingIfNeeded: state.modelSpecific.star >> 48)
    let target = general(GeneralRegister.rcx)
    let restoresFlags = is64Bit
    if restoresFlags {
      let flags = RFLAGS(rawValue: general(GeneralRegister.r11))
      rflags = flags.subtracting([.resume, .virtual8086])
    } else {
      state.systemFlags.insert(.interruptEnable)
    }
    // Only the selector of SS changes: its hidden part stays (APM volume 3, SYSRET).
    var stack = segment(.ss)
    stack.selector = Selector.with(base &+ 8, privilege: 3)
    setSegment(.ss, stack)
    if is64Bit, instruction.pointee.operandSize == 8 {
      let code = flatCodeSegment(Selector.with(base &+ 16, privilege: 3), privilegeLevel: 3, size: .bits64)
      setCodeSegment(code, privilegeLevel: 3)
      state.rip = target
    } else {
      let code = flatCodeSegment(Selector.with(base, privilege: 3), privilegeLevel: 3, size: .bits32)
      setCodeSegment(code, privilegeLevel: 3)
      state.rip = target & 0xFFFF_FFFF
    }
    // The trap comes at once, not after the program's next instruction.
    if restoresFlags, state.systemFlags.contains(.trap) {
      state.dr6.insert(.singleStep)
      state.pendingEvents.insert(.debugTrap)
    }
  }

  /// SYSENTER, which AMD has only in legacy mode.
  func systemEnter() throws(Fault) {
    if isLongModeActive { throw .invalidOpcode }
    let selector = UInt16(truncatingIfNeeded: state.modelSpecific.sysenterCS)
    guard isProtected, !Selector.isNull(selector) else { throw .generalProtection }
    rflags = rflags.subtracting([.interruptEnable, .virtual8086, .resume])
    enterFlatSegments(selector & ~3, privilegeLevel: 0, size: .bits32)
    setGeneral(GeneralRegister.rsp, state.modelSpecific.sysenterESP & 0xFFFF_FFFF)
    state.rip = state.modelSpecific.sysenterEIP & 0xFFFF_FFFF
  }

  /// SYSEXIT, which AMD has only in legacy mode.
  func systemExit() throws(Fault) {
    if isLongModeActive { throw .invalidOpcode }
    let selector = UInt16(truncatingIfNeeded: state.modelSpecific.sysenterCS)
    guard isProtected, !Selector.isNull(selector), state.privilegeLevel == 0 else { throw .generalProtection }
    let target = general(GeneralRegister.rdx) & 0xFFFF_FFFF
    setGeneral(GeneralRegister.rsp, general(GeneralRegister.rcx) & 0xFFFF_FFFF)
    enterFlatSegments(Selector.with(selector &+ 16, privilege: 3), privilegeLevel: 3, size: .bits32)
    state.rip = target
  }

  /// Loads CS, and SS from the next descriptor's selector, without looking at the descriptors.
  private func enterFlatSegments(_ selector: UInt16, privilegeLevel: UInt8, size: CodeMode) {
    var stack = Segment(
      selector: Selector.with(selector &+ 8, privilege: privilegeLevel), attributes: .writableData,
      limit: 0xFFFF_FFFF)
    stack.attributes.rawValue |= SegmentAttributes.flatBits
    stack.attributes.privilegeLevel = privilegeLevel
    setSegment(.ss, stack)
    setCodeSegment(
      flatCodeSegment(selector, privilegeLevel: privilegeLevel, size: size), privilegeLevel: privilegeLevel)
  }

  private func flatCodeSegment(_ selector: UInt16, privilegeLevel: UInt8, size: CodeMode) -> Segment {
    var code = Segment(selector: selector, attributes: .readableCode, limit: 0xFFFF_FFFF)
    code.attributes.rawValue |= SegmentAttributes.granularityBit
    code.attributes.rawValue |= size == .bits64 ? SegmentAttributes.longBit : SegmentAttributes.defaultBigBit
    code.attributes.privilegeLevel = privilegeLevel
    return code
  }

  // MARK: Bases

  func swapGSBase() throws(Fault) {
    guard is64Bit else { throw .invalidOpcode }
    guard state.privilegeLevel == 0 else { throw .generalProtection }
    let user = segment(.gs).base
    setSegmentBase(.gs, state.modelSpecific.kernelGSBase)
    state.modelSpecific.kernelGSBase = user
  }

  func readSegmentBase(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard is64Bit, state.cr4.contains(.fsgsbase) else { throw .invalidOpcode }
    let register: SegmentRegister = instruction.pointee.operation == .rdfsbase ? .fs : .gs
    try setValue(instruction.pointee.operands.0, of: instruction, to: segment(register).base)
  }

  func writeSegmentBase(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard is64Bit, state.cr4.contains(.fsgsbase) else { throw .invalidOpcode }
    let register: SegmentRegister = instruction.pointee.operation == .wrfsbase ? .fs : .gs
    let base = try value(instruction.pointee.operands.0, of: instruction)
    guard Self.isCanonical(base) else { throw .generalProtection }
    setSegmentBase(register, base)
  }
}
