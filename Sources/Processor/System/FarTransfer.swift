import X86

/// Far JMP and CALL (APM volume 3; volume 2, 4.11 and 4.12).
extension Core {
  /// A selector with an offset in its segment.
  struct FarPointer {
    var selector: UInt16
    var offset: UInt64
  }

  func jumpFar(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let pointer = try farPointer(instruction)
    guard usesDescriptors else {
      try enterRealModeCode(pointer)
      return
    }
    let reference = try transferTarget(pointer.selector)
    if reference.attributes.isCodeOrData {
      try enterCodeSegment(reference, offset: pointer.offset)
      return
    }
    switch try checkedSystemTarget(reference) {
    case .callGate16, .callGate32:
      let (target, offset) = try callGateTarget(reference.descriptor)
      try enterCodeSegment(target, offset: offset)
    case .taskGate:
      try switchTask(throughGate: reference.descriptor.gateSelector, by: .jump)
    default:
      try switchTask(to: reference, by: .jump)
    }
  }

  func callFar(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let pointer = try farPointer(instruction)
    let width = UInt16(instruction.pointee.operandSize)
    guard usesDescriptors else {
      var frame = StackFrame(onStackOf: self)
      try pushReturnAddress(on: &frame, width: width)
      try checkRealModeTarget(pointer.offset)
      try frame.commit()
      frame.install()
      try enterRealModeCode(pointer)
      return
    }
    var reference = try transferTarget(pointer.selector)
    if reference.attributes.isCodeOrData {
      let code = try codeSegment(reference)
      try markAccessed(&reference)
      var frame = StackFrame(onStackOf: self)
      try pushReturnAddress(on: &frame, width: width)
      try checkTarget(pointer.offset, in: code)
      try frame.commit()
      frame.install()
      setCodeSegment(code, privilegeLevel: state.privilegeLevel)
      state.rip = pointer.offset
      return
    }
    switch try checkedSystemTarget(reference) {
    case .callGate16, .callGate32:
      try callThroughGate(reference.descriptor)
    case .taskGate:
      try switchTask(throughGate: reference.descriptor.gateSelector, by: .call)
    default:
      try switchTask(to: reference, by: .call)
    }
  }

  // MARK: Parts

  private func farPointer(_ instruction: UnsafePointer<Instruction>) throws(Fault) -> FarPointer {
    let width = UInt16(instruction.pointee.operandSize)
    let operand = instruction.pointee.operands.0
    guard operand.kind == .memory else {
      return FarPointer(
        selector: instruction.pointee.secondImmediate,
        offset: instruction.pointee.immediate & Self.mask(width))
    }
    let address = try linearAddress(instruction, size: Int(width) + 2, .read)
    let offset = try readInteger(at: address, width: width)
    return FarPointer(selector: try read(UInt16.self, at: address &+ UInt64(width)), offset: offset)
  }

  private func pushReturnAddress(on frame: inout StackFrame, width: UInt16) throws(Fault) {
    try frame.push(UInt64(segment(.cs).selector), width: width)
    try frame.push(state.rip, width: width)
  }

  private func checkRealModeTarget(_ offset: UInt64) throws(Fault) {
    guard offset <= UInt64(segment(.cs).limit) else { throw .generalProtection }
  }

  private func enterRealModeCode(_ pointer: FarPointer) throws(Fault) {
    try checkRealModeTarget(pointer.offset)
    setCodeSegment(realModeSegment(.cs, selector: pointer.selector), privilegeLevel: state.privilegeLevel)
    state.rip = pointer.offset
  }

  private func transferTarget(_ selector: UInt16) throws(Fault) -> DescriptorReference {
    guard !Selector.isNull(selector) else { throw .generalProtection }
    return try systemDescriptor(selector)
  }

  private func enterCodeSegment(_ reference: DescriptorReference, offset: UInt64) throws(Fault) {
    var reference = reference
    let code = try codeSegment(reference)
    try checkTarget(offset, in: code)
    try markAccessed(&reference)
    setCodeSegment(code, privilegeLevel: state.privilegeLevel)
    state.rip = offset
  }

  /// The type of a gate or TSS that may be the target of a jump or call, after the checks of privilege and
  /// presence.
  private func checkedSystemTarget(_ reference: DescriptorReference) throws(Fault) -> SystemDescriptorType {
    let fault = Fault.selector(.generalProtection, reference.selector)
    guard let type = reference.descriptor.systemType else { throw fault }
    switch type {
    case .callGate32: break
    case .callGate16, .taskGate, .availableTSS16, .availableTSS32:
      guard !isLongModeActive else { throw fault }
    default: throw fault
    }
    let privilege = max(state.privilegeLevel, Selector.requestedPrivilege(reference.selector))
    guard reference.attributes.privilegeLevel >= privilege else { throw fault }
    guard reference.attributes.isPresent else { throw .selector(.segmentNotPresent, reference.selector) }
    return type
  }

  // MARK: Call gates

  /// The code segment and offset that a call gate leads to.
  private func callGateTarget(_ gate: Descriptor) throws(Fault) -> (DescriptorReference, UInt64) {
    let selector = gate.gateSelector
    guard !Selector.isNull(selector) else { throw .generalProtection }
    let target = try descriptor(selector)
    let attributes = target.attributes
    var isRight = attributes.isCode && attributes.privilegeLevel <= state.privilegeLevel
    if isLongModeActive { isRight = isRight && attributes.isLong && !attributes.isDefaultBig }
    guard isRight else { throw .selector(.generalProtection, selector) }
    guard attributes.isPresent else { throw .selector(.segmentNotPresent, selector) }
    let offset = gate.systemType == .callGate16 ? gate.gateOffset & 0xFFFF : gate.gateOffset
    // The gate has checked the privilege: RPL of its selector does not count.
    var reference = target
    reference.selector = Selector.with(selector, privilege: 0)
    return (reference, offset)
  }

  private func callThroughGate(_ gate: Descriptor) throws(Fault) {
    var (target, offset) = try callGateTarget(gate)
    let attributes = target.attributes
    let level = attributes.isConforming ? state.privilegeLevel : attributes.privilegeLevel
    let width: UInt16 = isLongModeActive ? 8 : gate.systemType == .callGate16 ? 2 : 4
    let code = target.descriptor.segment(selector: Selector.with(target.selector, privilege: level))
    try checkTarget(offset, in: code)

    var frame: StackFrame
    var newStackSegment: Segment?
    if level == state.privilegeLevel {
      let mode = codeMode(of: code.attributes)
      frame = StackFrame(
        self, segment: segment(.ss), pointer: general(GeneralRegister.rsp), mode: mode,
        privilege: operandPrivilege)
    } else {
      (frame, newStackSegment) = try innerFrame(privilegeLevel: level)
      try frame.push(UInt64(segment(.ss).selector), width: width)
      try frame.push(general(GeneralRegister.rsp), width: width)
      let outer = StackFrame(onStackOf: self)
      for index in (0..<(isLongModeActive ? 0 : gate.gateParameterCount)).reversed() {
        try frame.push(try outer.peek(at: UInt64(index) * UInt64(width), width: width), width: width)
      }
    }
    try pushReturnAddress(on: &frame, width: width)
    try markAccessed(&target)
    try frame.commit()
    if let newStackSegment { setSegment(.ss, newStackSegment) }
    frame.install()
    setCodeSegment(code, privilegeLevel: level)
    state.rip = offset
  }

  /// The stack of a more privileged level, as the TSS gives it.
  private func innerFrame(privilegeLevel level: UInt8) throws(Fault) -> (StackFrame, Segment?) {
    if isLongModeActive {
      let pointer = try taskStackPointer64(privilegeLevel: level, external: 0)
      let segment = Self.nullStackSegment(UInt16(level))
      let frame = StackFrame(
        self, segment: segment, pointer: pointer, mode: .bits64, privilege: .implicitSupervisor)
      return (frame, segment)
    }
    let inner = try taskStack(privilegeLevel: level, external: 0)
    let segment = try stackSegment(inner.selector, privilegeLevel: level, in: .bits32, orRaise: .invalidTSS)
    let frame = StackFrame(
      self, segment: segment, pointer: inner.pointer, mode: .bits32, privilege: .implicitSupervisor,
      fault: .selector(.stackFault, inner.selector))
    return (frame, segment)
  }
}
