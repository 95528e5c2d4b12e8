import X86

extension Core {
  /// Calls a handler through a long-mode gate (APM volume 2, 8.9).
  func deliverInLongMode(_ event: Event) throws(Fault) {
    let external = event.externalBit
    let gate = try longModeGate(event)
    let target = try handlerSegment(gate.gateSelector, external: external)
    let newLevel = target.attributes.isConforming ? state.privilegeLevel : target.attributes.privilegeLevel

    let changesLevel = newLevel != state.privilegeLevel
    var stack = general(GeneralRegister.rsp)
    if gate.gateStackTableIndex != 0 {
      stack = try interruptStackPointer(gate.gateStackTableIndex, external: external)
    } else if changesLevel {
      stack = try taskStackPointer64(privilegeLevel: newLevel, external: external)
    }
    guard Self.isCanonical(gate.gateOffset) else { throw Fault(.generalProtection, errorCode: external) }

    var flags = rflags
    if event.setsResumeFlag { flags.insert(.resume) }
    stack &= ~0xF
    let privilege: AccessPrivilege = newLevel == 3 ? .user : .implicitSupervisor
    stack = try pushLongModeFrame(event, flags: flags, at: stack, privilege, external: external)

    // Nothing can fail from here on.
    setGeneral(GeneralRegister.rsp, stack)
    if changesLevel { setSegment(.ss, Self.nullStackSegment(UInt16(newLevel))) }
    let cleared: RFLAGS = [.trap, .nestedTask, .resume, .virtual8086]
    state.systemFlags = state.systemFlags.subtracting(cleared)
    if gate.attributes.type == SystemDescriptorType.interruptGate32.rawValue {
      state.systemFlags.remove(.interruptEnable)
    }
    setCodeSegment(
      target.descriptor.segment(selector: Selector.with(target.selector, privilege: newLevel)),
      privilegeLevel: newLevel)
    state.rip = gate.gateOffset
  }

  /// The gate of an event, after all checks.
  private func longModeGate(_ event: Event) throws(Fault) -> Descriptor {
    let table = state.interruptDescriptorTable
    let offset = UInt64(event.vector) * 16
    let external = event.externalBit
    let fault = Fault.interruptTable(.generalProtection, entry: event.vector, external: external)
    guard offset + 15 <= UInt64(table.limit) else { throw fault }
    let bytes = try readable(table.base &+ offset, size: 16, .implicitSupervisor)
    let gate = Descriptor(
      low: bytes.loadUnaligned(as: UInt64.self), high: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    )
    guard gate.systemType == .interruptGate32 || gate.systemType == .trapGate32 else { throw fault }
    if event.needsGatePrivilege {
      guard gate.attributes.privilegeLevel >= state.privilegeLevel else { throw fault }
    }
    guard gate.attributes.isPresent else {
      throw .interruptTable(.segmentNotPresent, entry: event.vector, external: external)
    }
    return gate
  }

  /// The 64-bit code segment of a handler.
  private func handlerSegment(_ selector: UInt16, external: UInt32) throws(Fault) -> DescriptorReference {
    guard !Selector.isNull(selector) else { throw Fault(.generalProtection, errorCode: external) }
    var target = try descriptor(selector, external: external)
    let attributes = target.attributes
    guard attributes.isCode, attributes.isLong, !attributes.isDefaultBig,
      attributes.privilegeLevel <= state.privilegeLevel
    else { throw .selector(.generalProtection, selector, external: external) }
    guard attributes.isPresent else { throw .selector(.segmentNotPresent, selector, external: external) }
    try markAccessed(&target)
    return target
  }

  /// Writes SS, RSP, RFLAGS, CS, RIP and the error code below `top`; returns where the last one lies.
  private func pushLongModeFrame(
    _ event: Event, flags: RFLAGS, at top: UInt64, _ privilege: AccessPrivilege, external: UInt32
  ) throws(Fault) -> UInt64 {
    let size = event.errorCode == nil ? 40 : 48
    let bottom = top &- UInt64(size)
    guard Self.isCanonical(bottom), Self.isCanonical(top &- 1) else {
      throw Fault(.stackFault, errorCode: external)
    }
    var slot = scratchBytes
    func put(_ value: UInt64) {
      slot.storeBytes(of: value, as: UInt64.self)
      slot += 8
    }
    if let errorCode = event.errorCode { put(UInt64(errorCode)) }
    put(state.rip)
    put(UInt64(segment(.cs).selector))
    put(flags.rawValue)
    put(general(GeneralRegister.rsp))
    put(UInt64(segment(.ss).selector))
    try writeScratch(to: bottom, size: size, privilege)
    return bottom
  }
}
