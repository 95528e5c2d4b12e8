import Bus
import X86

extension VirtualProcessor {
  /// Writes the whole architectural state, in a fixed order.
  ///
  /// It is what software can see: not how flags are kept, what is cached or how far a turn has come. So two
  /// engines that agree about the guest write the same bytes.
  public func save(to writer: inout StateWriter) {
    let state = core.state
    for number in 0..<16 { writer.write(core.general(number)) }
    writer.write(state.rip)
    writer.write(core.rflags.rawValue)
    for segment in SegmentRegister.allCases { writer.write(state.segments[Int(segment.rawValue)]) }
    writer.write(state.localDescriptorTable)
    writer.write(state.taskRegister)
    for table in [state.globalDescriptorTable, state.interruptDescriptorTable] {
      writer.write(table.base)
      writer.write(table.limit)
    }
    writer.write(state.privilegeLevel)
    for register in [
      state.cr0.rawValue, state.cr2, state.cr3, state.cr4.rawValue, state.efer.rawValue, state.xcr0.rawValue,
      state.dr6.rawValue, state.dr7,
    ] {
      writer.write(register)
    }
    for index in state.debugAddresses.indices { writer.write(state.debugAddresses[index]) }
    writer.write(state.modelSpecific)
    for index in state.vectors.indices { writer.write(state.vectors[index]) }
    writer.write(state.mxcsr)
    writer.write(state.x87)
    writer.write(state.activity.rawValue)
    writer.write(state.interruptShadow.rawValue)
    writer.write(state.pendingEvents.subtracting([.stop, .yield]).rawValue)
    writer.write(startupVector)
    writer.write(isNMIBlocked)
    writer.write(undeliveredEvent)
    writer.write(state.tscOffset)
    writer.write(instructionsRetired)
    if let virtualMachine { writer.write(virtualMachine.pointee, of: core) }
  }
}

extension StateWriter {
  mutating func write(_ segment: Segment) {
    write(segment.selector)
    write(segment.attributes.rawValue)
    write(segment.limit)
    write(segment.base)
  }

  fileprivate mutating func write(_ registers: ModelSpecificState) {
    for value in [
      registers.star, registers.lstar, registers.cstar, registers.sfmask, registers.kernelGSBase,
      registers.sysenterCS, registers.sysenterESP, registers.sysenterEIP, registers.tscAux,
      registers.tscAdjust, registers.pageAttributeTable, registers.miscEnable, registers.debugControl,
      registers.mtrrDefaultType, registers.syscfg, registers.hwcr, registers.deCfg,
      registers.speculationControl, registers.machineCheckStatus, registers.machineCheckControl,
      registers.patchLevel, registers.branches.lastFrom, registers.branches.lastTo,
      registers.branches.exceptionFrom, registers.branches.exceptionTo,
    ] {
      write(value)
    }
    for index in registers.mtrrFixed.indices { write(registers.mtrrFixed[index]) }
    for index in registers.mtrrVariable.indices { write(registers.mtrrVariable[index]) }
    for index in registers.machineCheckBanks.indices { write(registers.machineCheckBanks[index]) }
  }

  fileprivate mutating func write(_ unit: X87State) {
    for index in unit.registers.indices { write(unit.registers[index]) }
    write(unit.controlWord)
    write(unit.statusWord)
    write(unit.top)
    write(unit.occupied)
    write(unit.lastOpcode)
    write(unit.lastInstructionPointer)
    write(unit.lastDataPointer)
    write(unit.lastInstructionSelector)
    write(unit.lastDataSelector)
  }
}
