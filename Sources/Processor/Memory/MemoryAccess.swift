import Bus
import X86

extension Core {
  /// The rights of an ordinary data access.
  var operandPrivilege: AccessPrivilege { state.privilegeLevel == 3 ? .user : .supervisor }

  /// Whether bits 47 to 63 are equal.
  @inline(__always)
  static func isCanonical(_ address: UInt64) -> Bool {
    UInt64(bitPattern: Int64(bitPattern: address << 16) >> 16) == address
  }

  // MARK: Whole values

  /// Reads a value at a linear address with the rights of an instruction's operand.
  func read<Value: FixedWidthInteger>(_ type: Value.Type = Value.self, at address: UInt64) throws(Fault)
    -> Value
  {
    try read(type, at: address, operandPrivilege)
  }

  /// Reads a value at a linear address.
  func read<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self, at address: UInt64, _ privilege: AccessPrivilege
  ) throws(Fault) -> Value {
    let source = try readable(address, size: MemoryLayout<Value>.size, privilege)
    return Value(littleEndian: source.loadUnaligned(as: Value.self))
  }

  /// Writes a value at a linear address with the rights of an instruction's operand.
  func write<Value: FixedWidthInteger>(_ value: Value, at address: UInt64) throws(Fault) {
    try write(value, at: address, operandPrivilege)
  }

  /// Writes a value at a linear address.
  func write<Value: FixedWidthInteger>(
    _ value: Value, at address: UInt64, _ privilege: AccessPrivilege
  ) throws(Fault) {
    scratchBytes.storeBytes(of: value.littleEndian, as: Value.self)
    try writeScratch(to: address, size: MemoryLayout<Value>.size, privilege)
  }

  /// Checks that a value could be written, and sets the dirty bits.
  func checkWritable(_ address: UInt64, size: Int, _ privilege: AccessPrivilege) throws(Fault) {
    if privilege == operandPrivilege, canWrite(address, size: size) { return }
    try checkAddress(address, size: size, privilege)
    _ = try translate(address, .write, privilege)
    let untilPageEnd = 0x1000 - Int(address & 0xFFF)
    if size > untilPageEnd { _ = try translate(address &+ UInt64(untilPageEnd), .write, privilege) }
  }

  // MARK: Runs of bytes

  /// Where `size` bytes (at most 64) can be read: in RAM, or in the scratch area to which they were copied.
  ///
  /// - Throws: #PF; #GP if an address is not canonical; #AC.
  func readable(_ address: UInt64, size: Int, _ privilege: AccessPrivilege) throws(Fault)
    -> UnsafeMutableRawPointer
  {
    if privilege == operandPrivilege, canRead(address, size: size) { return host(address) }
    try checkAddress(address, size: size, privilege)
    let first = try translate(address, .read, privilege)
    let untilPageEnd = 0x1000 - Int(address & 0xFFF)
    if size <= untilPageEnd {
      if privilege != .implicitSupervisor { noteDataAccess(address, size: size, isWrite: false) }
      if let host = hostAddress(first) { return host }
      readDevice(first, size: size, into: scratchBytes)
      return scratchBytes
    }
    let second = try translate(address &+ UInt64(untilPageEnd), .read, privilege)
    if privilege != .implicitSupervisor { noteDataAccess(address, size: size, isWrite: false) }
    copyIn(first, size: untilPageEnd, to: scratchBytes)
    copyIn(second, size: size - untilPageEnd, to: scratchBytes + untilPageEnd)
    return scratchBytes
  }

  /// Stores the first `size` bytes of the scratch area, all or none.
  func writeScratch(to address: UInt64, size: Int, _ privilege: AccessPrivilege) throws(Fault) {
    if privilege == operandPrivilege, canWrite(address, size: size) {
      host(address).copyMemory(from: scratchBytes, byteCount: size)
      return
    }
    try checkAddress(address, size: size, privilege)
    let untilPageEnd = 0x1000 - Int(address & 0xFFF)
    let first = try translate(address, .write, privilege)
    if size <= untilPageEnd {
      if privilege != .implicitSupervisor { noteDataAccess(address, size: size, isWrite: true) }
      copyOut(first, size: size, from: scratchBytes)
      return
    }
    let second = try translate(address &+ UInt64(untilPageEnd), .write, privilege)
    if privilege != .implicitSupervisor { noteDataAccess(address, size: size, isWrite: true) }
    copyOut(first, size: untilPageEnd, from: scratchBytes)
    copyOut(second, size: size - untilPageEnd, from: scratchBytes + untilPageEnd)
  }

  /// The scratch area: 64 bytes.
  var scratchBytes: UnsafeMutableRawPointer {
    withUnsafeMutablePointer(to: &state.scratch) { UnsafeMutableRawPointer($0) }
  }

  // MARK: One page

  /// The physical address of a linear one. Enters pages of RAM into the buffers.
  func translate(_ address: UInt64, _ access: MemoryAccess, _ privilege: AccessPrivilege) throws(Fault)
    -> UInt64
  {
    if isLongModeActive {
      guard Self.isCanonical(address) else { throw .generalProtection }
      return try translateChecked(address, access, privilege)
    }
    return try translateChecked(address & 0xFFFF_FFFF, access, privilege)
  }

  private func translateChecked(
    _ address: UInt64, _ access: MemoryAccess, _ privilege: AccessPrivilege
  ) throws(Fault) -> UInt64 {
    let translation = try walk(address, access, privilege)
    if Self.isVirtualAPIC(translation.physical) {
      try checkVirtualAPICAccess(translation.physical, access)
      return translation.physical
    }
    try requirePermission(access, physical: translation.physical, linear: address, isFinal: true)
    if privilege == operandPrivilege { enter(address, translation) }
    return translation.physical
  }

  private func enter(_ address: UInt64, _ translation: PageTranslation) {
    let memory = state.memory
    guard let offset = memoryOffset(ofPhysical: translation.physical & ~0xFFF) else { return }
    let permissions = permissions(ofPhysical: translation.physical)
    guard permissions.contains(.read) else { return }
    guard !isWatchedByDebugRegisters(address), !isAlignmentChecked else { return }
    let page = address & ~0xFFF
    let entry = state.dataTLB + Int(truncatingIfNeeded: page >> 12) & (DataTLBEntry.count - 1)
    let tag = page | state.dataContext
    entry.pointee.readTag = tag
    let mayStore =
      translation.isWritable && permissions.contains(.write)
      && memory.pageAttributes[Int(offset >> 12)].isEmpty
    entry.pointee.writeTag = mayStore ? tag : DataTLBEntry.invalidTag
    entry.pointee.addend = UInt64(UInt(bitPattern: memory.base)) &+ offset &- page
  }

  /// Where a physical address lies in the host, if RAM answers there.
  func hostAddress(_ physical: UInt64) -> UnsafeMutableRawPointer? {
    guard let offset = memoryOffset(ofPhysical: physical) else { return nil }
    return state.memory.base + Int(offset)
  }

  private func copyIn(_ physical: UInt64, size: Int, to destination: UnsafeMutableRawPointer) {
    if let host = hostAddress(physical) {
      destination.copyMemory(from: host, byteCount: size)
    } else {
      readDevice(physical, size: size, into: destination)
    }
  }

  private func copyOut(_ physical: UInt64, size: Int, from source: UnsafeMutableRawPointer) {
    guard let offset = memoryOffset(ofPhysical: physical) else {
      writeDevice(physical, size: size, from: source)
      return
    }
    willWritePage(at: offset)
    (state.memory.base + Int(offset)).copyMemory(from: source, byteCount: size)
  }

  /// Tells those who watch a page of RAM that it is about to change.
  func willWritePage(at offset: UInt64) {
    guard !state.memory.pageAttributes[Int(offset >> 12)].isEmpty else { return }
    state.owner.memory.willWriteWatchedPage?(offset & ~0xFFF)
  }

  // MARK: Devices

  private func readDevice(_ physical: UInt64, size: Int, into destination: UnsafeMutableRawPointer) {
    if Self.isVirtualAPIC(physical) { return readVirtualAPIC(physical, size: size, into: destination) }
    var done = 0
    while done < size {
      let width = Self.deviceWidth(physical &+ UInt64(done), remaining: size - done)
      let value = state.owner.platform.readPhysical(physical &+ UInt64(done), width: width, by: state.owner)
      withUnsafeBytes(of: value.littleEndian) {
        (destination + done).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: width.rawValue)
      }
      done += width.rawValue
    }
  }

  private func writeDevice(_ physical: UInt64, size: Int, from source: UnsafeMutableRawPointer) {
    if Self.isVirtualAPIC(physical) { return writeVirtualAPIC(physical, size: size, from: source) }
    var done = 0
    while done < size {
      let width = Self.deviceWidth(physical &+ UInt64(done), remaining: size - done)
      var value: UInt64 = 0
      for index in 0..<width.rawValue {
        value |= UInt64((source + done + index).load(as: UInt8.self)) << UInt64(index * 8)
      }
      state.owner.platform.writePhysical(
        physical &+ UInt64(done), width: width, value: value, by: state.owner)
      done += width.rawValue
    }
  }

  /// The widest naturally aligned access that fits.
  private static func deviceWidth(_ address: UInt64, remaining: Int) -> AccessWidth {
    if remaining >= 8, address & 7 == 0 { return .quadword }
    if remaining >= 4, address & 3 == 0 { return .doubleword }
    if remaining >= 2, address & 1 == 0 { return .word }
    return .byte
  }

  // MARK: Alignment

  /// #AC is enabled: CR0.AM, RFLAGS.AC and CPL 3.
  var isAlignmentChecked: Bool {
    state.privilegeLevel == 3 && state.cr0.contains(.alignmentMask)
      && state.systemFlags.contains(.alignmentCheck)
  }

  /// What is wrong with an address before any page is looked at.
  private func checkAddress(_ address: UInt64, size: Int, _ privilege: AccessPrivilege) throws(Fault) {
    if isLongModeActive {
      let last = address &+ UInt64(size - 1)
      guard Self.isCanonical(address), Self.isCanonical(last) else { throw .generalProtection }
    }
    guard privilege == .user, isAlignmentChecked, size <= 8 else { return }
    if address & UInt64(size - 1) != 0, size & (size - 1) == 0 { throw Fault(.alignmentCheck) }
  }
}
