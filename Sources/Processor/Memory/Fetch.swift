import Bus
import X86

extension Core {
  /// Translates the address of an instruction to its place in the machine's RAM.
  ///
  /// - Throws: #PF; #GP where no RAM answers, for code that lies in a device.
  func fetchOffset(_ pointer: UInt64) throws(Fault) -> UInt64 {
    let address = is64Bit ? pointer : pointer & 0xFFFF_FFFF
    let slot = Int(truncatingIfNeeded: address >> 12) & (CodeTLBEntry.count - 1)
    let tag = address & ~0xFFF | codeTagContext
    let entry = state.translations.code + slot
    if entry.pointee.tag == tag { return entry.pointee.memoryOffset | address & 0xFFF }
    let privilege: AccessPrivilege = state.privilegeLevel == 3 ? .user : .supervisor
    let translation = try walk(address, .execute, privilege)
    try requirePermission(.execute, physical: translation.physical, linear: address, isFinal: true)
    guard let offset = memoryOffset(ofPhysical: translation.physical) else { throw .generalProtection }
    entry.pointee = CodeTLBEntry(tag: tag, memoryOffset: offset & ~0xFFF)
    return offset
  }
}

extension VirtualProcessor {
  /// Notes an encoding that the processor does not have.
  func noteUndefined(at address: UInt64, length: Int) {
    var bytes: [UInt8] = []
    for index in 0..<max(length, 1) {
      guard let offset = try? core.fetchOffset(address &+ UInt64(index)) else { break }
      bytes.append((memory.base + Int(offset)).load(as: UInt8.self))
    }
    if diagnostics.noteUndefined(bytes) { undefinedEncodingSeen?(bytes) }
  }
}
