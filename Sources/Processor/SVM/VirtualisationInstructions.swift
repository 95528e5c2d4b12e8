import Interfaces
import X86

/// VMLOAD, VMSAVE, STGI, CLGI and INVLPGA, and what all instructions of the extension have in common.
extension Core {
  private typealias Field = SVM.ControlBlock

  /// What every instruction of the extension but VMMCALL asks for first (APM volume 3).
  ///
  /// - Throws: #UD where the extension is switched off or the mode has no rings; #GP outside of ring 0.
  func requireVirtualisation() throws(Fault) -> UnsafeMutablePointer<VirtualMachine> {
    guard let machine = state.virtualMachine, state.efer.contains(.svme), usesDescriptors else {
      throw .invalidOpcode
    }
    try requireHighestPrivilege()
    return machine
  }

  /// The place in RAM of the control block that rAX points to.
  ///
  /// - Throws: #GP if it is not at the start of a page, beyond the physical address space, or not in RAM.
  func controlBlockOffset(_ instruction: UnsafePointer<Instruction>) throws(Fault) -> UInt64 {
    let address = general(GeneralRegister.rax) & Self.mask(UInt16(instruction.pointee.addressSize))
    guard address & 0xFFF == 0, address >> PageTableEntry.physicalAddressBits == 0,
      let offset = memoryOffset(ofPhysical: address)
    else { throw .generalProtection }
    return offset
  }

  /// VMLOAD.
  func loadGuestState(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    _ = try requireVirtualisation()
    let block = ControlBlock(self, offset: try controlBlockOffset(instruction))
    setSegment(.fs, block.segment(Field.fs))
    setSegment(.gs, block.segment(Field.gs))
    state.localDescriptorTable = block.segment(Field.ldtr)
    state.taskRegister = block.segment(Field.tr)
    state.modelSpecific.star = block[Field.star]
    state.modelSpecific.lstar = ControlBlock.canonical(block[Field.lstar])
    state.modelSpecific.cstar = ControlBlock.canonical(block[Field.cstar])
    state.modelSpecific.sfmask = block[Field.flagMask] & 0xFFFF_FFFF
    state.modelSpecific.kernelGSBase = ControlBlock.canonical(block[Field.kernelGSBase])
    state.modelSpecific.sysenterCS = block[Field.sysenterSelector] & 0xFFFF
    state.modelSpecific.sysenterESP = ControlBlock.canonical(block[Field.sysenterStackPointer])
    state.modelSpecific.sysenterEIP = ControlBlock.canonical(block[Field.sysenterInstructionPointer])
  }

  /// VMSAVE.
  func saveGuestState(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    _ = try requireVirtualisation()
    let offset = try controlBlockOffset(instruction)
    willWritePage(at: offset)
    let block = ControlBlock(self, offset: offset)
    block.write(segment(.fs), to: Field.fs)
    block.write(segment(.gs), to: Field.gs)
    block.write(state.localDescriptorTable, to: Field.ldtr)
    block.write(state.taskRegister, to: Field.tr)
    block.write(state.modelSpecific.star, to: Field.star)
    block.write(state.modelSpecific.lstar, to: Field.lstar)
    block.write(state.modelSpecific.cstar, to: Field.cstar)
    block.write(state.modelSpecific.sfmask, to: Field.flagMask)
    block.write(state.modelSpecific.kernelGSBase, to: Field.kernelGSBase)
    block.write(state.modelSpecific.sysenterCS, to: Field.sysenterSelector)
    block.write(state.modelSpecific.sysenterESP, to: Field.sysenterStackPointer)
    block.write(state.modelSpecific.sysenterEIP, to: Field.sysenterInstructionPointer)
  }

  /// STGI.
  func setGlobalInterruptFlag() throws(Fault) {
    _ = try requireVirtualisation()
    state.globalInterruptFlag = true
  }

  /// CLGI.
  func clearGlobalInterruptFlag() throws(Fault) {
    _ = try requireVirtualisation()
    state.globalInterruptFlag = false
  }

  /// INVLPGA: which address space it is does not matter, as no translation has to be kept.
  func invalidatePageOfAddressSpace(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    _ = try requireVirtualisation()
    invalidatePage(general(GeneralRegister.rax) & Self.mask(UInt16(instruction.pointee.addressSize)))
  }
}
