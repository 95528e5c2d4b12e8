import X86

/// HLT, MONITOR and MWAIT, time, random numbers, CPUID, caches and translations.
extension Core {
  func halt() throws(Fault) {
    try requireHighestPrivilege()
    state.activity = .halted
    state.owner.traceIdle(true)
  }

  /// MONITOR only checks its address: MWAIT may end at any time, and does so when other processors had their turn.
  func armMonitor(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireHighestPrivilege()
    guard general(GeneralRegister.rcx) & 0xFFFF_FFFF == 0 else { throw .generalProtection }
    let address = try linearAddress(
      general(GeneralRegister.rax) & Self.mask(UInt16(instruction.pointee.addressSize)),
      segment: instruction.pointee.memory.segment, size: 1, .read)
    _ = try read(UInt8.self, at: address)
  }

  func waitForMonitor() throws(Fault) {
    try requireHighestPrivilege()
    state.pendingEvents.insert(.yield)
  }

  func identify() throws(Fault) {
    let owner = state.owner
    let leaf = UInt32(truncatingIfNeeded: general(GeneralRegister.rax))
    let subleaf = UInt32(truncatingIfNeeded: general(GeneralRegister.rcx))
    var values = owner.model.identification(leaf: leaf, subleaf: subleaf, of: self)
    if let hypervisor = owner.hypervisor {
      values = hypervisor.identification(leaf: leaf, subleaf: subleaf, values: values, of: owner)
    }
    owner.record(owner.tracePoints.identification) {
      $0.put(leaf)
      $0.put(subleaf)
      $0.put(values.eax)
      $0.put(values.ebx)
      $0.put(values.ecx)
      $0.put(values.edx)
      $0.put(state.nextInstruction)
    }
    setGeneral(GeneralRegister.rax, UInt64(values.eax))
    setGeneral(GeneralRegister.rbx, UInt64(values.ebx))
    setGeneral(GeneralRegister.rcx, UInt64(values.ecx))
    setGeneral(GeneralRegister.rdx, UInt64(values.edx))
  }

  // MARK: Time

  /// TSC: the machine's nanoseconds at this processor's offset.
  var timeStampCounter: UInt64 {
    state.isGuest ? guestTimeStampCounter(hostTimeStampCounter) : hostTimeStampCounter
  }

  /// TSC without what VMRUN added for a guest.
  var hostTimeStampCounter: UInt64 {
    let owner = state.owner
    return owner.platform.currentTime(of: owner) &+ state.tscOffset
  }

  func readTimeStampCounter() throws(Fault) {
    if state.cr4.contains(.tsd), state.privilegeLevel > 0 { throw .generalProtection }
    let now = timeStampCounter
    setGeneral(GeneralRegister.rax, now & 0xFFFF_FFFF)
    setGeneral(GeneralRegister.rdx, now >> 32)
  }

  func readTimeStampCounterAndProcessor() throws(Fault) {
    try readTimeStampCounter()
    setGeneral(GeneralRegister.rcx, state.modelSpecific.tscAux & 0xFFFF_FFFF)
  }

  func readProcessorIdentity(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width: UInt16 = is64Bit ? 8 : 4
    setGeneral(
      instruction.pointee.operands.0.number, state.modelSpecific.tscAux & 0xFFFF_FFFF, width: width)
  }

  /// RDPMC: the four counters that every AMD processor has do not count here.
  func readPerformanceCounter() throws(Fault) {
    guard state.privilegeLevel == 0 || state.cr4.contains(.pce) || !isProtected,
      general(GeneralRegister.rcx) & 0xFFFF_FFFF < 4
    else { throw .generalProtection }
    setGeneral(GeneralRegister.rax, 0)
    setGeneral(GeneralRegister.rdx, 0)
  }

  // MARK: Random numbers

  /// RDRAND and RDSEED: CF says that there was a number, which is always so here.
  func readRandom(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operand = instruction.pointee.operands.0
    let random = state.owner.platform.nextRandom()
    setGeneral(operand.number, random & Self.mask(operand.width), width: operand.width)
    state.lazyFlags.statusBits = .carry
  }

  // MARK: Caches

  /// WBINVD, WBNOINVD and INVD: there are no caches.
  func writeBackCaches() throws(Fault) { try requireHighestPrivilege() }

  /// CLFLUSH, CLFLUSHOPT and CLWB: as there are no caches, only the faults of a read of a byte remain.
  func writeBackCacheLine(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let address = try linearAddress(instruction, size: 1, .read)
    if canRead(address, size: 1) { return }
    _ = try translate(address, .read, operandPrivilege)
  }

  func clearCacheLine(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let lineSize: UInt64 = 64
    let offset = general(GeneralRegister.rax) & Self.mask(UInt16(instruction.pointee.addressSize))
    let address = try linearAddress(
      offset & ~(lineSize - 1), segment: instruction.pointee.memory.segment, size: Int(lineSize), .write)
    scratchBytes.initializeMemory(as: UInt8.self, repeating: 0, count: Int(lineSize))
    try writeScratch(to: address, size: Int(lineSize), operandPrivilege)
  }

  // MARK: Translations

  func invalidatePage(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireHighestPrivilege()
    // An address that is not canonical has no translation.
    invalidatePage(pageToInvalidate(instruction))
  }

  /// The linear address that INVLPG names.
  func pageToInvalidate(_ instruction: UnsafePointer<Instruction>) -> UInt64 {
    let segment = instruction.pointee.memory.segment
    let base = !is64Bit || segment == .fs || segment == .gs ? self.segment(segment).base : 0
    let address = base &+ effectiveAddress(instruction)
    return is64Bit ? address : address & 0xFFFF_FFFF
  }

  /// The types of INVPCID.
  private enum InvalidationType: UInt64 {
    case address
    case singleContext
    case everythingAndGlobal
    case everything
  }

  func invalidateContext(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireHighestPrivilege()
    let number = try value(instruction.pointee.operands.0, of: instruction)
    let descriptor = try linearAddress(instruction, size: 16, .read)
    let context = try read(UInt64.self, at: descriptor)
    let address = try read(UInt64.self, at: descriptor &+ 8)
    guard let type = InvalidationType(rawValue: number), context >> 12 == 0 else { throw .generalProtection }
    switch type {
    case .address:
      guard Self.isCanonical(address) else { throw .generalProtection }
      try requireContexts(for: context)
      invalidatePage(address)
    case .singleContext:
      try requireContexts(for: context)
      let current = state.cr4.contains(.pcide) ? state.cr3 & 0xFFF : 0
      state.owner.addressSpaces.forget(addressSpaceIdentity(pcid: context))
      if context == current { selectAddressSpace(keepingTranslations: false) }
    case .everythingAndGlobal, .everything:
      flushTranslations()
    }
  }

  /// Without CR4.PCIDE there is only context 0.
  private func requireContexts(for context: UInt64) throws(Fault) {
    if context != 0, !state.cr4.contains(.pcide) { throw .generalProtection }
  }
}
