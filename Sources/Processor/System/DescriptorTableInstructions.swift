import X86

/// LGDT, LIDT, SGDT, SIDT, LLDT, LTR, SLDT, STR, SMSW and LMSW.
extension Core {
  func requireHighestPrivilege() throws(Fault) {
    guard state.privilegeLevel == 0 else { throw .generalProtection }
  }

  /// CR4.UMIP keeps what tells about the system from user programs.
  private func requirePrivilegeUnderUMIP() throws(Fault) {
    if state.privilegeLevel > 0, state.cr4.contains(.umip) { throw .generalProtection }
  }

  // MARK: GDT and IDT

  func loadGlobalDescriptorTable(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    state.globalDescriptorTable = try loadDescriptorTable(instruction)
  }

  func loadInterruptDescriptorTable(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    state.interruptDescriptorTable = try loadDescriptorTable(instruction)
  }

  func storeGlobalDescriptorTable(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try storeDescriptorTable(state.globalDescriptorTable, instruction)
  }

  func storeInterruptDescriptorTable(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try storeDescriptorTable(state.interruptDescriptorTable, instruction)
  }

  private func loadDescriptorTable(_ instruction: UnsafePointer<Instruction>) throws(Fault) -> DescriptorTable
  {
    try requireHighestPrivilege()
    let address = try linearAddress(instruction, size: is64Bit ? 10 : 6, .read)
    let limit = try read(UInt16.self, at: address)
    if is64Bit {
      let base = try read(UInt64.self, at: address &+ 2)
      guard Self.isCanonical(base) else { throw .generalProtection }
      return DescriptorTable(base: base, limit: limit)
    }
    let base = UInt64(try read(UInt32.self, at: address &+ 2))
    let mask: UInt64 = instruction.pointee.operandSize == 2 ? 0xFF_FFFF : 0xFFFF_FFFF
    return DescriptorTable(base: base & mask, limit: limit)
  }

  private func storeDescriptorTable(
    _ table: DescriptorTable, _ instruction: UnsafePointer<Instruction>
  ) throws(Fault) {
    try requirePrivilegeUnderUMIP()
    let size = is64Bit ? 10 : 6
    let address = try linearAddress(instruction, size: size, .write)
    try checkWritable(address, size: size, operandPrivilege)
    try write(table.limit, at: address)
    if is64Bit {
      try write(table.base, at: address &+ 2)
    } else {
      try write(UInt32(truncatingIfNeeded: table.base), at: address &+ 2)
    }
  }

  // MARK: LDT and TSS

  func loadLocalDescriptorTable(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard usesDescriptors else { throw .invalidOpcode }
    try requireHighestPrivilege()
    let selector = UInt16(truncatingIfNeeded: try value(instruction.pointee.operands.0, of: instruction))
    state.localDescriptorTable = try localDescriptorTable(selector)
  }

  /// The LDT that a selector gives.
  func localDescriptorTable(
    _ selector: UInt16, orRaise vector: ExceptionVector = .generalProtection
  ) throws(Fault) -> Segment {
    if Selector.isNull(selector) { return Segment(selector: selector) }
    let fault = Fault.selector(vector, selector)
    guard !Selector.usesLocalTable(selector) else { throw fault }
    let reference = try systemDescriptor(selector, orRaise: vector)
    guard reference.descriptor.systemType == .localDescriptorTable else { throw fault }
    guard reference.attributes.isPresent else {
      throw .selector(vector == .generalProtection ? .segmentNotPresent : vector, selector)
    }
    return try checkedSystemSegment(reference)
  }

  func loadTaskRegister(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard usesDescriptors else { throw .invalidOpcode }
    try requireHighestPrivilege()
    let selector = UInt16(truncatingIfNeeded: try value(instruction.pointee.operands.0, of: instruction))
    guard !Selector.isNull(selector) else { throw .generalProtection }
    let fault = Fault.selector(.generalProtection, selector)
    guard !Selector.usesLocalTable(selector) else { throw fault }
    var reference = try systemDescriptor(selector)
    switch reference.descriptor.systemType {
    case .availableTSS32: break
    case .availableTSS16: guard !isLongModeActive else { throw fault }
    default: throw fault
    }
    guard reference.attributes.isPresent else { throw .selector(.segmentNotPresent, selector) }
    _ = try checkedSystemSegment(reference)
    try markTask(&reference, busy: true)
    state.taskRegister = reference.descriptor.segment(selector: selector)
  }

  private func checkedSystemSegment(_ reference: DescriptorReference) throws(Fault) -> Segment {
    let segment = reference.descriptor.segment(selector: reference.selector)
    if isLongModeActive, !Self.isCanonical(segment.base) {
      throw .selector(.generalProtection, reference.selector)
    }
    return segment
  }

  func storeLocalDescriptorTable(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try storeSelector(state.localDescriptorTable.selector, instruction)
  }

  func storeTaskRegister(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try storeSelector(state.taskRegister.selector, instruction)
  }

  private func storeSelector(_ selector: UInt16, _ instruction: UnsafePointer<Instruction>) throws(Fault) {
    guard usesDescriptors else { throw .invalidOpcode }
    try requirePrivilegeUnderUMIP()
    try storeWord(UInt64(selector), instruction)
  }

  /// Into a register goes the operand size, into memory always a word.
  private func storeWord(_ value: UInt64, _ instruction: UnsafePointer<Instruction>) throws(Fault) {
    var operand = instruction.pointee.operands.0
    operand.width = operand.kind == .memory ? 2 : UInt16(instruction.pointee.operandSize)
    try setValue(operand, of: instruction, to: value)
  }

  // MARK: The machine status word, which is the low half of CR0

  func storeMachineStatus(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requirePrivilegeUnderUMIP()
    try storeWord(state.cr0.rawValue, instruction)
  }

  /// LMSW sets PE, MP, EM and TS; it cannot clear PE.
  func loadMachineStatus(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireHighestPrivilege()
    var operand = instruction.pointee.operands.0
    operand.width = 2
    let status = CR0(rawValue: try value(operand, of: instruction))
    let changeable: CR0 = [.monitorCoprocessor, .emulation, .taskSwitched]
    var new = state.cr0.subtracting(changeable).union(status.intersection(changeable))
    new.formUnion(status.intersection(.protectionEnable))
    try setCR0(new.rawValue)
  }

  func clearTaskSwitched() throws(Fault) {
    try requireHighestPrivilege()
    state.cr0.remove(.taskSwitched)
  }
}
