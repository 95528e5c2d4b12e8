import X86

/// A descriptor together with where it came from.
struct DescriptorReference {
  var selector: UInt16
  /// The linear address of its first byte.
  var address: UInt64
  var descriptor: Descriptor

  var attributes: SegmentAttributes { descriptor.attributes }
}

extension Core {
  /// Finds the descriptor of a selector, which is not null, in the GDT or the LDT.
  ///
  /// - Throws: `vector` with the selector if it lies outside its table; #PF.
  func descriptor(
    _ selector: UInt16, orRaise vector: ExceptionVector = .generalProtection, external: UInt32 = 0
  ) throws(Fault) -> DescriptorReference {
    let offset = Selector.tableOffset(selector)
    guard let table = descriptorTable(of: selector), offset + 7 <= table.limit else {
      throw .selector(vector, selector, external: external)
    }
    let address = table.base &+ offset
    let low = try read(UInt64.self, at: address, .implicitSupervisor)
    return DescriptorReference(selector: selector, address: address, descriptor: Descriptor(low: low))
  }

  /// Like ``descriptor(_:orRaise:external:)``, and reads the second half that system descriptors have in long
  /// mode.
  func systemDescriptor(
    _ selector: UInt16, orRaise vector: ExceptionVector = .generalProtection, external: UInt32 = 0
  ) throws(Fault) -> DescriptorReference {
    var reference = try descriptor(selector, orRaise: vector, external: external)
    guard isLongModeActive, !reference.attributes.isCodeOrData else { return reference }
    let fault = Fault.selector(vector, selector, external: external)
    guard let table = descriptorTable(of: selector), Selector.tableOffset(selector) + 15 <= table.limit else {
      throw fault
    }
    reference.descriptor.high = try read(UInt64.self, at: reference.address &+ 8, .implicitSupervisor)
    // The type field of the second half must be that of no descriptor.
    guard reference.descriptor.high >> 40 & 0x1F == 0 else { throw fault }
    return reference
  }

  private func descriptorTable(of selector: UInt16) -> (base: UInt64, limit: UInt64)? {
    if Selector.usesLocalTable(selector) {
      guard state.localDescriptorTable.attributes.isPresent else { return nil }
      return (state.localDescriptorTable.base, UInt64(state.localDescriptorTable.limit))
    }
    return (state.globalDescriptorTable.base, UInt64(state.globalDescriptorTable.limit))
  }

  /// Sets the accessed bit of a code or data descriptor in memory, unless it is set.
  func markAccessed(_ reference: inout DescriptorReference) throws(Fault) {
    guard !reference.attributes.isAccessed else { return }
    reference.descriptor.low |= UInt64(SegmentAttributes.accessedBit) << 40
    try writeType(of: reference)
  }

  /// Sets or clears the busy bit of a TSS descriptor in memory.
  func markTask(_ reference: inout DescriptorReference, busy: Bool) throws(Fault) {
    let bit = UInt64(SystemDescriptorType.busyBit) << 40
    reference.descriptor.low = busy ? reference.descriptor.low | bit : reference.descriptor.low & ~bit
    try writeType(of: reference)
  }

  private func writeType(of reference: DescriptorReference) throws(Fault) {
    let byte = UInt8(truncatingIfNeeded: reference.descriptor.low >> 40)
    try write(byte, at: reference.address &+ 5, .implicitSupervisor)
  }
}
