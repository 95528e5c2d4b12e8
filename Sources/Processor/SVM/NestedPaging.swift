import Interfaces
import X86

/// Nested paging: a guest's physical addresses are linear addresses of the tables that its hypervisor keeps, in the
/// format of the host's mode (APM volume 2, 15.25).
extension Core {
  /// How nested tables are read: as the host reads its own, but every access is a user's and can be refused a write.
  var nestedPaging: PagingFormat {
    guard let machine = state.virtualMachine else { return PagingFormat(root: 0, options: []) }
    let host = machine.pointee.host
    var options: PagingFormat.Options = .writeProtect
    if host.efer.contains(.lma) { options.insert(.long) }
    if host.cr4.contains(.pae) { options.insert(.physicalAddressExtension) }
    if host.cr4.contains(.pse) { options.insert(.largePages) }
    if host.efer.contains(.nxe) { options.insert(.noExecute) }
    if host.cr4.contains(.smep) { options.insert(.executionPrevention) }
    return PagingFormat(root: machine.pointee.nestedRoot, options: options)
  }

  /// Translates a physical address of the guest, for an access or for a look at its page tables, which counts as a
  /// write.
  ///
  /// - Parameter linear: the guest's linear address, for those who watch.
  /// - Throws: ``Fault/guestExit``.
  @inline(never)
  func nestedTranslation(
    of physical: UInt64, _ access: MemoryAccess, purpose: NestedPurpose, linear: UInt64
  ) throws(Fault) -> PageTranslation {
    var walk = PageWalk(
      core: self, address: physical, access: access, privilege: .user, format: nestedPaging,
      stage: .nested(purpose))
    return try walk.translate()
  }

  /// The translation of a linear address whose guest-physical one is known.
  func nestedTranslation(
    of translation: PageTranslation, _ access: MemoryAccess, linear: UInt64
  ) throws(Fault) -> PageTranslation {
    let physical = translation.physical
    var nested = try nestedTranslation(of: physical, access, purpose: .access, linear: linear)
    if let machine = state.virtualMachine,
      machine.pointee.interruptController.answers(physical)
    {
      return virtualAPICTranslation(of: physical)
    }
    nested.isWritable = nested.isWritable && translation.isWritable
    return nested
  }

  /// Why nested tables refused an access, as an exit of the guest.
  func nestedPageFault(
    _ cause: UInt32, at physical: UInt64, _ access: MemoryAccess, purpose: NestedPurpose
  ) -> Fault {
    var fault = SVM.NestedPageFault(rawValue: UInt64(cause)).union(.user)
    if access == .write { fault.insert(.write) }
    if access == .execute, nestedPaging.distinguishesFetches { fault.insert(.instructionFetch) }
    fault.insert(purpose == .access ? .finalAddress : .pageTable)
    var exit = GuestExit(.nestedPageFault, fault.rawValue, physical)
    exit.tellsInstruction = access != .execute
    return willLeaveGuest(exit)
  }
}

/// Why a guest-physical address is translated.
enum NestedPurpose {
  /// It is where an access leads.
  case access
  /// The guest's page tables are there.
  case pageTable
}
