import X86

extension ProcessorContext {
  /// Whether a processor of this model can take the state without harm, if not sense: no reserved bit is set.
  public func isLoadable(on model: ProcessorModel) -> Bool {
    cr0.isSubset(of: .implemented) && model.controlRegister4.isSuperset(of: cr4)
      && model.extendedFeatureEnable.union(.lma).isSuperset(of: efer)
      && flags.contains(.alwaysOne) && flags.isSubset(of: .implemented) && hasValidMemoryTypes
      && areAddressesCanonical && cr3 >> PageTableEntry.physicalAddressBits == 0
  }

  /// Whether a processor of this model can be in the state: what its instructions would refuse is refused here, too
  /// (APM volume 2, 15.5.1; TLFS, "HvCallStartVirtualProcessor").
  public func isConsistent(with model: ProcessorModel) -> Bool {
    areControlRegistersConsistent(with: model) && areAddressesCanonical && isCodeSegmentConsistent
      && flags.contains(.alwaysOne) && flags.isSubset(of: .implemented) && hasValidMemoryTypes
  }

  private func areControlRegistersConsistent(with model: ProcessorModel) -> Bool {
    guard cr0.isSubset(of: .implemented), model.controlRegister4.isSuperset(of: cr4),
      model.extendedFeatureEnable.union(.lma).isSuperset(of: efer)
    else { return false }
    if cr0.contains(.paging), !cr0.contains(.protectionEnable) { return false }
    if cr0.contains(.notWriteThrough), !cr0.contains(.cacheDisable) { return false }
    let isLong = efer.contains(.lme) && cr0.contains(.paging)
    guard efer.contains(.lma) == isLong else { return false }
    if isLong, !cr4.contains(.pae) { return false }
    if cr4.contains(.pcide), !isLong { return false }
    // Without PCIDs the low bits of CR3 are those of a page table's entry.
    if !cr4.contains(.pcide), cr3 & 0xFFF & ~PageTableEntry.cacheControl != 0 { return false }
    return cr3 >> PageTableEntry.physicalAddressBits == 0
  }

  private var areAddressesCanonical: Bool {
    var addresses = [gdtr.base, idtr.base, fs.base, gs.base, tr.base, ldtr.base]
    if efer.contains(.lma) { addresses += [instructionPointer, stackPointer] }
    return addresses.allSatisfy(Core.isCanonical)
  }

  private var isCodeSegmentConsistent: Bool {
    let code = SegmentAttributes(rawValue: cs.attributes)
    guard cr0.contains(.protectionEnable) else { return !code.isLong }
    guard code.isPresent, code.isCode else { return false }
    return !(code.isLong && code.isDefaultBig)
  }

  private var hasValidMemoryTypes: Bool {
    (0..<8).allSatisfy {
      MemoryType.isValidInPageAttributeTable(pageAttributeTable >> UInt64($0 * 8) & 0xFF)
    }
  }
}
