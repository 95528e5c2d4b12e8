import Interfaces
import X86

/// What VMRUN checks before anything changes (APM volume 2, 15.5.1 and 15.29.3).
extension Core {
  private typealias Field = SVM.ControlBlock

  /// Whether the guest of a control block can be run; if not the exit code is `SVM.ExitCode.invalid`.
  func isRunnable(_ block: ControlBlock) -> Bool {
    hasRunnableControls(block) && hasConsistentRegisters(block) && hasValidInjection(block)
      && hasRunnableInterruptController(block)
  }

  private func hasRunnableControls(_ block: ControlBlock) -> Bool {
    let run = Int(SVM.ExitCode.run.rawValue)
    let word = block.read(Field.intercepts + run / 32 * 4, as: UInt32.self)
    guard word >> UInt32(run % 32) & 1 != 0 else { return false }
    guard block.read(Field.addressSpaceIdentifier, as: UInt32.self) != 0 else { return false }
    let end: UInt64 = 1 << PageTableEntry.physicalAddressBits
    let ports: UInt64 = block[Field.portPermissionMap] & ~0xFFF
    let registers: UInt64 = block[Field.registerPermissionMap] & ~0xFFF
    guard ports < end - 0x2001, registers < end - 0x2000 else { return false }
    let nested = SVM.NestedPagingControl(rawValue: block[Field.nestedPagingControl])
    guard nested.isDisjoint(with: [.encryption, .encryptedState]) else { return false }
    guard nested.contains(.enable) else { return hasValidPageDirectoryPointers(block) }
    guard state.owner.model.has(.npt), state.cr0.contains(.paging) else { return false }
    return block[Field.nestedRoot] >> PageTableEntry.physicalAddressBits == 0
      && hasValidMemoryTypes(block[Field.pageAttributeTable])
  }

  private func hasValidMemoryTypes(_ table: UInt64) -> Bool {
    (0..<8).allSatisfy { MemoryType.isValidInPageAttributeTable(table >> UInt64($0 * 8) & 0xFF) }
  }

  private func hasConsistentRegisters(_ block: ControlBlock) -> Bool {
    let efer = EFER(rawValue: block[Field.efer])
    guard efer.contains(.svme), state.owner.model.extendedFeatureEnable.union(.lma).isSuperset(of: efer)
    else {
      return false
    }
    let cr0 = CR0(rawValue: block[Field.cr0])
    guard cr0.rawValue >> 32 == 0, !cr0.contains(.notWriteThrough) || cr0.contains(.cacheDisable) else {
      return false
    }
    guard block[Field.cr3] >> PageTableEntry.physicalAddressBits == 0 else { return false }
    let cr4 = CR4(rawValue: block[Field.cr4])
    guard state.owner.model.controlRegister4.isSuperset(of: cr4) else { return false }
    guard block[Field.dr6] >> 32 == 0, block[Field.dr7] >> 32 == 0 else { return false }
    guard efer.contains(.lme), cr0.contains(.paging) else { return true }
    let code = block.segment(Field.cs).attributes
    return cr4.contains(.pae) && cr0.contains(.protectionEnable) && !(code.isLong && code.isDefaultBig)
  }

  /// Without nested paging the four entries at the root of PAE paging are looked at, as by MOV CR3.
  private func hasValidPageDirectoryPointers(_ block: ControlBlock) -> Bool {
    let efer = EFER(rawValue: block[Field.efer])
    let cr0 = CR0(rawValue: block[Field.cr0])
    let cr4 = CR4(rawValue: block[Field.cr4])
    guard cr0.contains(.paging), cr4.contains(.pae), !efer.contains(.lme) else { return true }
    return (try? checkPageDirectoryPointers(at: block[Field.cr3])) != nil
  }

  private func hasValidInjection(_ block: ControlBlock) -> Bool {
    let injection = SVM.EventInjection(rawValue: block[Field.eventInjection])
    guard injection.isValid else { return true }
    guard let kind = injection.kind else { return false }
    guard kind == .exception else { return true }
    guard injection.vector != ExceptionVector.nonMaskable.rawValue, injection.vector < 32 else {
      return false
    }
    // These have no encoding, or one that cannot raise them, in 64-bit code.
    let efer = EFER(rawValue: block[Field.efer])
    let isLong = efer.contains(.lme) && CR0(rawValue: block[Field.cr0]).contains(.paging)
    let is64Bit = isLong && block.segment(Field.cs).attributes.isLong
    let isLegacy =
      injection.vector == ExceptionVector.overflow.rawValue
      || injection.vector == ExceptionVector.boundRange.rawValue
    return !(is64Bit && isLegacy)
  }

  private func hasRunnableInterruptController(_ block: ControlBlock) -> Bool {
    let interrupts = SVM.InterruptControl(rawValue: block[Field.interruptControl])
    let model = state.owner.model
    guard interrupts.isAVICEnabled else { return !interrupts.isX2AVICEnabled }
    guard model.has(.avic), !interrupts.isX2AVICEnabled || model.has(.x2avic) else { return false }
    let nested = SVM.NestedPagingControl(rawValue: block[Field.nestedPagingControl])
    guard nested.contains(.enable) else { return false }
    let table = SVM.PhysicalIdentifierTable(rawValue: block[Field.physicalIdentifierTable])
    let greatest =
      interrupts.isX2AVICEnabled
      ? SVM.PhysicalIdentifierTable.greatestExtendedIndex : SVM.PhysicalIdentifierTable.broadcastIndex
    guard table.lastIndex <= greatest else { return false }
    let logicalTable: UInt64 = interrupts.isX2AVICEnabled ? 0 : block[Field.logicalIdentifierTable]
    let addresses: UInt64 = block[Field.apicBackingPage] | table.address | logicalTable
    return addresses >> PageTableEntry.physicalAddressBits == 0
  }
}
