import X86

extension Core {
  // MARK: Availability

  /// Checks that an x87 instruction may be executed; those that wait also deliver a pending exception.
  ///
  /// - Throws: #NM, #MF.
  func requireX87(waiting: Bool = true) throws(Fault) {
    guard state.cr0.isDisjoint(with: [.emulation, .taskSwitched]) else { throw .deviceNotAvailable }
    if waiting { try raisePendingX87Exception() }
  }

  /// With CR0.NE clear an error is signalled to the chipset, which on a PC without a handler for IRQ 13 means
  /// that it is ignored.
  ///
  /// - Throws: #MF.
  func raisePendingX87Exception() throws(Fault) {
    if hasPendingX87Exception, state.cr0.contains(.numericError) { throw Fault(.x87FloatingPoint) }
  }

  /// ES: there is an exception that the control word does not mask.
  var hasPendingX87Exception: Bool {
    state.x87.statusWord & ~state.x87.controlWord & X87Status.exceptions.rawValue != 0
  }

  // MARK: Control and status

  /// The status word as software sees it.
  var x87StatusWord: UInt16 {
    get {
      var word = state.x87.statusWord | UInt16(state.x87.top) << X87Status.topShift
      if hasPendingX87Exception { word |= X87Status.errorSummary.union(.busy).rawValue }
      return word
    }
    nonmutating set {
      state.x87.statusWord = newValue & X87Status.kept.rawValue
      state.x87.top = UInt8(newValue >> X87Status.topShift & 7)
    }
  }

  /// The control word; bits that do not exist cannot be set.
  var x87ControlWord: UInt16 {
    get { state.x87.controlWord }
    nonmutating set {
      state.x87.controlWord = newValue & X87Control.implemented | X87Control.alwaysOne
    }
  }

  /// Replaces some condition bits.
  func setX87Conditions(_ conditions: X87Status, among affected: X87Status = .conditions) {
    state.x87.statusWord = state.x87.statusWord & ~affected.rawValue | conditions.rawValue
  }

  /// Takes over the exceptions and C1 of a status word of the host.
  func mergeX87Status(_ hostStatus: UInt16) {
    let status = X87Status(rawValue: hostStatus)
    setX87Conditions(status.intersection(.c1), among: .c1)
    state.x87.statusWord |= status.intersection(.exceptions).rawValue
  }

  /// Whether one of these exceptions occurred in a status word and is not masked.
  func isUnmasked(_ exceptions: X87Status, in hostStatus: UInt16) -> Bool {
    hostStatus & exceptions.rawValue & ~state.x87.controlWord != 0
  }

  /// Notes a stack underflow; `true` if it is masked, so that the instruction completes with a default result.
  func x87StackUnderflow() -> Bool {
    setX87Conditions([], among: .c1)
    state.x87.statusWord |= X87Status.invalid.union(.stackFault).rawValue
    return state.x87.controlWord & X87Status.invalid.rawValue != 0
  }

  /// Notes a stack overflow; `true` if it is masked.
  func x87StackOverflow() -> Bool {
    setX87Conditions(.c1, among: .c1)
    state.x87.statusWord |= X87Status.invalid.union(.stackFault).rawValue
    return state.x87.controlWord & X87Status.invalid.rawValue != 0
  }

  /// FNINIT.
  func initialiseX87() {
    state.x87.controlWord = X87Control.initial
    state.x87.statusWord = 0
    state.x87.top = 0
    state.x87.occupied = 0
    state.x87.lastOpcode = 0
    state.x87.lastInstructionPointer = 0
    state.x87.lastDataPointer = 0
    state.x87.lastInstructionSelector = 0
    state.x87.lastDataSelector = 0
  }

  // MARK: Registers

  private func physicalNumber(_ index: UInt8) -> UInt8 { (state.x87.top &+ index) & 7 }

  /// Whether ST(index) has a value.
  func isX87Occupied(_ index: UInt8) -> Bool { state.x87.occupied >> physicalNumber(index) & 1 != 0 }

  /// The contents of ST(index), whether or not it is empty.
  func x87Register(_ index: UInt8) -> ExtendedReal {
    ExtendedReal(at: mmxRegister(physicalNumber(index)))
  }

  /// Writes ST(index), which is not empty then.
  func setX87Register(_ index: UInt8, _ value: ExtendedReal) {
    let number = physicalNumber(index)
    value.store(at: mmxRegister(number))
    state.x87.occupied |= 1 << number
  }

  /// Marks ST(index) empty.
  func freeX87Register(_ index: UInt8) { state.x87.occupied &= ~(1 << physicalNumber(index)) }

  /// Makes room for a new ST(0) and writes it.
  func pushX87(_ value: ExtendedReal) {
    state.x87.top = (state.x87.top &- 1) & 7
    setX87Register(0, value)
  }

  /// Marks ST(0) empty and makes ST(1) the top.
  func popX87() {
    freeX87Register(0)
    state.x87.top = (state.x87.top &+ 1) & 7
  }

  // MARK: Pointers

  /// Remembers an instruction for FNSTENV: every one that is not about control (APM volume 1, 6.2.6).
  func noteX87Instruction(_ instruction: UnsafePointer<Instruction>) {
    state.x87.lastInstructionPointer = state.nextInstruction &- UInt64(instruction.pointee.length)
    state.x87.lastInstructionSelector = state.segments[Int(SegmentRegister.cs.rawValue)].selector
    guard instruction.pointee.operands.0.kind == .memory else { return }
    state.x87.lastDataPointer = effectiveAddress(instruction)
    state.x87.lastDataSelector = state.segments[Int(instruction.pointee.memory.segment.rawValue % 6)].selector
  }
}
