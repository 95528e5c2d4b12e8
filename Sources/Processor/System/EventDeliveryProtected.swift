import X86

extension Core {
  /// Calls a handler through a gate of legacy protected mode, also from virtual-8086 mode (APM volume 2, 8.7
  /// and 8.8).
  func deliverInProtectedMode(_ event: Event) throws(Fault) {
    let external = event.externalBit
    let gate = try legacyGate(event)
    if gate.systemType == .taskGate {
      try switchTask(throughGate: gate.gateSelector, event: event)
      return
    }
    let is32Bit = gate.systemType == .interruptGate32 || gate.systemType == .trapGate32
    let offset = is32Bit ? gate.gateOffset & 0xFFFF_FFFF : gate.gateOffset & 0xFFFF
    let target = try legacyHandlerSegment(gate.gateSelector, external: external)
    let targetLevel = target.attributes.privilegeLevel
    let newLevel = target.attributes.isConforming ? state.privilegeLevel : targetLevel
    if isVirtual8086, newLevel != 0 {
      throw .selector(.generalProtection, target.selector, external: external)
    }

    let code = target.descriptor.segment(selector: Selector.with(target.selector, privilege: newLevel))
    guard offset <= UInt64(code.limit) else { throw Fault(.generalProtection, errorCode: external) }
    var frame = try legacyFrame(privilegeLevel: newLevel, external: external)
    try pushLegacyFrame(
      event, on: &frame.stack, width: is32Bit ? 4 : 2, changesLevel: frame.newSegment != nil)

    // Nothing can fail from here on.
    if let newSegment = frame.newSegment { setSegment(.ss, newSegment) }
    frame.stack.install()
    if isVirtual8086 {
      for register in [SegmentRegister.es, .ds, .fs, .gs] { setSegment(register, Segment()) }
    }
    state.systemFlags = state.systemFlags.subtracting([.trap, .nestedTask, .resume, .virtual8086])
    if gate.systemType == .interruptGate16 || gate.systemType == .interruptGate32 {
      state.systemFlags.remove(.interruptEnable)
    }
    setCodeSegment(code, privilegeLevel: newLevel)
    state.rip = offset
  }

  private func legacyGate(_ event: Event) throws(Fault) -> Descriptor {
    let table = state.interruptDescriptorTable
    let offset = UInt64(event.vector) * 8
    let external = event.externalBit
    let fault = Fault.interruptTable(.generalProtection, entry: event.vector, external: external)
    guard offset + 7 <= UInt64(table.limit) else { throw fault }
    let gate = Descriptor(low: try read(UInt64.self, at: table.base &+ offset, .implicitSupervisor))
    switch gate.systemType {
    case .taskGate, .interruptGate16, .trapGate16, .interruptGate32, .trapGate32: break
    default: throw fault
    }
    if event.needsGatePrivilege {
      guard gate.attributes.privilegeLevel >= state.privilegeLevel else { throw fault }
    }
    guard gate.attributes.isPresent else {
      throw .interruptTable(.segmentNotPresent, entry: event.vector, external: external)
    }
    return gate
  }

  private func legacyHandlerSegment(_ selector: UInt16, external: UInt32) throws(Fault) -> DescriptorReference
  {
    guard !Selector.isNull(selector) else { throw Fault(.generalProtection, errorCode: external) }
    var target = try descriptor(selector, external: external)
    guard target.attributes.isCode, target.attributes.privilegeLevel <= state.privilegeLevel else {
      throw .selector(.generalProtection, selector, external: external)
    }
    guard target.attributes.isPresent else {
      throw .selector(.segmentNotPresent, selector, external: external)
    }
    try markAccessed(&target)
    return target
  }

  /// The handler's stack, and the segment to load into SS if the level changes.
  private func legacyFrame(
    privilegeLevel: UInt8, external: UInt32
  ) throws(Fault) -> (stack: StackFrame, newSegment: Segment?) {
    guard privilegeLevel != state.privilegeLevel else {
      let stack = StackFrame(
        self, segment: segment(.ss), pointer: general(GeneralRegister.rsp), mode: .bits32,
        privilege: privilegeLevel == 3 ? .user : .implicitSupervisor,
        fault: Fault(.stackFault, errorCode: external))
      return (stack, nil)
    }
    let inner = try taskStack(privilegeLevel: privilegeLevel, external: external)
    let segment = try stackSegment(
      inner.selector, privilegeLevel: privilegeLevel, in: .bits32, orRaise: .invalidTSS, external: external)
    let stack = StackFrame(
      self, segment: segment, pointer: inner.pointer, mode: .bits32, privilege: .implicitSupervisor,
      fault: .selector(.stackFault, inner.selector, external: external))
    return (stack, segment)
  }

  private func pushLegacyFrame(
    _ event: Event, on stack: inout StackFrame, width: UInt16, changesLevel: Bool
  ) throws(Fault) {
    var flags = rflags
    if event.setsResumeFlag { flags.insert(.resume) }
    if isVirtual8086 {
      for register in [SegmentRegister.gs, .fs, .ds, .es] {
        try stack.push(UInt64(segment(register).selector), width: width)
      }
    }
    if changesLevel {
      try stack.push(UInt64(segment(.ss).selector), width: width)
      try stack.push(general(GeneralRegister.rsp), width: width)
    }
    try stack.push(flags.rawValue, width: width)
    try stack.push(UInt64(segment(.cs).selector), width: width)
    try stack.push(state.rip, width: width)
    if let errorCode = event.errorCode { try stack.push(UInt64(errorCode), width: width) }
    try stack.commit()
  }
}
