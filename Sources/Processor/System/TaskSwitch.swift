import X86

/// What makes one task stop and another begin.
enum TaskSwitchReason {
  case jump
  case call
  /// An event through a task gate.
  case event
  /// IRET with NT set.
  case `return`

  /// The task that stops can be returned to.
  var isNested: Bool { self == .call || self == .event }
}

/// Task switches by hardware, which only legacy protected mode has (APM volume 2, 12.4 to 12.6).
///
/// Up to a certain point a fault is the old task's, and nothing has changed. Beyond it a fault is the new task's:
/// it is raised at the new task's instruction pointer.
extension Core {
  /// JMP or CALL to a task gate.
  func switchTask(throughGate selector: UInt16, by reason: TaskSwitchReason) throws(Fault) {
    try switchTask(to: try gatedTask(selector, external: 0), by: reason)
  }

  /// JMP or CALL to a TSS whose descriptor was found available.
  func switchTask(to reference: DescriptorReference, by reason: TaskSwitchReason) throws(Fault) {
    try interceptTaskSwitch(to: reference.selector, by: reason, event: nil)
    let incoming = try exchangeTasks(reference, by: reason, external: 0)
    enter(incoming, event: nil)
  }

  /// IRET with NT set: back to the task that called or was interrupted.
  func returnFromNestedTask() throws(Fault) {
    let selector = try read(
      UInt16.self, at: state.taskRegister.base &+ TaskStateLayout.link, .implicitSupervisor)
    let fault = Fault.selector(.invalidTSS, selector)
    guard !Selector.usesLocalTable(selector), !Selector.isNull(selector) else { throw fault }
    let reference = try descriptor(selector, orRaise: .invalidTSS)
    switch reference.descriptor.systemType {
    case .busyTSS16, .busyTSS32: break
    default: throw fault
    }
    guard reference.attributes.isPresent else { throw .selector(.segmentNotPresent, selector) }
    try interceptTaskSwitch(to: selector, by: .return, event: nil)
    let incoming = try exchangeTasks(reference, by: .return, external: 0)
    enter(incoming, event: nil)
  }

  /// An event through a task gate.
  ///
  /// - Throws: what delivers the next event, if the program did not ask for this one.
  func switchTask(throughGate selector: UInt16, event: Event) throws(Fault) {
    let reference = try gatedTask(selector, external: event.externalBit)
    try interceptTaskSwitch(to: selector, by: .event, event: event)
    let incoming = try exchangeTasks(reference, by: .event, external: event.externalBit)
    enter(incoming, event: event)
    if event.source == .exception || event.source == .external, let fault = state.pendingFault {
      state.pendingFault = nil
      throw fault
    }
  }

  /// The TSS that a task gate names.
  private func gatedTask(_ selector: UInt16, external: UInt32) throws(Fault) -> DescriptorReference {
    let fault = Fault.selector(.generalProtection, selector, external: external)
    guard !Selector.usesLocalTable(selector), !Selector.isNull(selector) else { throw fault }
    let reference = try descriptor(selector, external: external)
    switch reference.descriptor.systemType {
    case .availableTSS16, .availableTSS32: break
    default: throw fault
    }
    guard reference.attributes.isPresent else {
      throw .selector(.segmentNotPresent, selector, external: external)
    }
    return reference
  }

  // MARK: The old task's part

  /// Saves the old task and makes the new one current; its registers are still to be loaded.
  private func exchangeTasks(
    _ reference: DescriptorReference, by reason: TaskSwitchReason, external: UInt32
  ) throws(Fault) -> IncomingTask {
    var new = reference
    let layout = TaskStateLayout.layout(of: new.attributes)
    guard UInt64(new.descriptor.limit) >= layout.minimumLimit else {
      throw .selector(.invalidTSS, new.selector, external: external)
    }
    var incoming = try incomingTask(new)
    let old = state.taskRegister
    let oldLayout = TaskStateLayout.layout(of: old.attributes)
    guard UInt64(old.limit) >= oldLayout.minimumLimit else {
      throw .selector(.invalidTSS, old.selector, external: external)
    }
    try checkWritable(old.base, size: Int(oldLayout.minimumLimit) + 1, .implicitSupervisor)
    try checkWritable(new.descriptor.base, size: 2, .implicitSupervisor)
    try checkWritable(new.address, size: 8, .implicitSupervisor)
    var oldReference = try descriptor(old.selector, orRaise: .invalidTSS, external: external)
    try checkWritable(oldReference.address, size: 8, .implicitSupervisor)

    // From here on nothing fails, and the new task is in charge afterwards.
    var flags = rflags
    if reason == .return { flags.remove(.nestedTask) }
    if reason == .event { flags.insert(.resume) }
    try saveOutgoingTask(flags: flags)
    if reason == .jump || reason == .return { try markTask(&oldReference, busy: false) }
    if reason.isNested {
      try write(old.selector, at: new.descriptor.base &+ TaskStateLayout.link, .implicitSupervisor)
      incoming.flags |= RFLAGS.nestedTask.rawValue
    }
    if reason != .return { try markTask(&new, busy: true) }
    state.taskRegister = new.descriptor.segment(selector: new.selector)
    state.cr0.insert(.taskSwitched)
    state.dr7 &= ~DebugControl.localEnables
    return incoming
  }

  // MARK: The new task's part

  /// Loads the registers of the new task. A fault is left pending.
  private func enter(_ task: IncomingTask, event: Event?) {
    if let pageDirectory = task.pageDirectory, state.cr0.contains(.paging) {
      traceAddressSpace(pageDirectory)
      state.cr3 = pageDirectory
      selectAddressSpace(keepingTranslations: false)
    }
    state.rip = task.instructionPointer
    rflags = RFLAGS(rawValue: task.flags)
    for (number, value) in task.generalRegisters.enumerated() {
      setGeneral(UInt8(number), value, width: task.layout.width)
    }
    do throws(Fault) {
      try loadSegments(of: task)
      try checkTarget(task.instructionPointer, in: segment(.cs))
      if let errorCode = event?.errorCode {
        var frame = StackFrame(onStackOf: self)
        try frame.push(UInt64(errorCode), width: task.layout.width)
        try frame.commit()
        frame.install()
      }
    } catch {
      state.pendingFault = error
      return
    }
    if task.raisesDebugTrap {
      state.dr6.insert(.taskSwitch)
      state.pendingEvents.insert(.debugTrap)
    }
  }

  private func loadSegments(of task: IncomingTask) throws(Fault) {
    let codeSelector = task.selectors[Int(SegmentRegister.cs.rawValue)]
    let level = Selector.requestedPrivilege(codeSelector)
    // Until they are checked the registers hold selectors without segments.
    for register in SegmentRegister.allCases where register != .cs {
      let index = Int(register.rawValue)
      setSegment(register, Segment(selector: index < task.selectors.count ? task.selectors[index] : 0))
    }
    state.localDescriptorTable = Segment(selector: task.localDescriptorTable)
    state.localDescriptorTable = try localDescriptorTable(task.localDescriptorTable, orRaise: .invalidTSS)
    if isVirtual8086 {
      for (index, selector) in task.selectors.enumerated() {
        guard let register = SegmentRegister(rawValue: UInt8(index)), register != .cs else { continue }
        setSegment(register, Self.virtual8086Segment(selector))
      }
      setCodeSegment(Self.virtual8086Segment(codeSelector), privilegeLevel: 3)
      return
    }
    setCodeSegment(try taskCodeSegment(codeSelector), privilegeLevel: level)
    let stackSelector = task.selectors[Int(SegmentRegister.ss.rawValue)]
    setSegment(
      .ss, try stackSegment(stackSelector, privilegeLevel: level, in: state.codeMode, orRaise: .invalidTSS))
    for register in [SegmentRegister.es, .ds, .fs, .gs] where Int(register.rawValue) < task.selectors.count {
      setSegment(register, try dataSegment(task.selectors[Int(register.rawValue)], orRaise: .invalidTSS))
    }
  }

  /// CS of a new task: its RPL is the privilege level.
  private func taskCodeSegment(_ selector: UInt16) throws(Fault) -> Segment {
    let fault = Fault.selector(.invalidTSS, selector)
    guard !Selector.isNull(selector) else { throw fault }
    var reference = try descriptor(selector, orRaise: .invalidTSS)
    let attributes = reference.attributes
    let level = Selector.requestedPrivilege(selector)
    let isAllowed =
      attributes.isConforming ? attributes.privilegeLevel <= level : attributes.privilegeLevel == level
    guard attributes.isCode, isAllowed else { throw fault }
    guard attributes.isPresent else { throw .selector(.segmentNotPresent, selector) }
    try markAccessed(&reference)
    return reference.descriptor.segment(selector: selector)
  }
}
