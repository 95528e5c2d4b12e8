import X86

/// INT n, INT3, INT1, INTO, BOUND and the instructions that are undefined for good.
extension Core {
  func softwareInterrupt(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let vector = UInt8(truncatingIfNeeded: instruction.pointee.immediate)
    if isProtected, isVirtual8086 {
      if state.cr4.contains(.vme), try isRedirectedToProgram(vector) {
        try redirectToProgram(vector)
        return
      }
      guard ioPrivilegeLevel == 3 else { throw .generalProtection }
    }
    try deliverSoftwareInterrupt(vector, source: .softwareInterrupt)
  }

  func breakpoint() throws(Fault) {
    try deliverSoftwareInterrupt(ExceptionVector.breakpoint.rawValue, source: .softwareException)
  }

  func overflowInterrupt() throws(Fault) {
    guard state.lazyFlags.overflow else { return }
    try deliverSoftwareInterrupt(ExceptionVector.overflow.rawValue, source: .softwareException)
  }

  func debugInterrupt() throws(Fault) {
    try deliverSoftwareInterrupt(ExceptionVector.debug.rawValue, source: .privilegedSoftwareException)
  }

  /// UD0, UD1, UD2 and whatever the processor does not offer.
  func raiseInvalidOpcode() throws(Fault) { throw .invalidOpcode }

  func checkBounds(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let width = UInt16(instruction.pointee.operandSize)
    let address = try linearAddress(instruction, size: Int(width) * 2, .read)
    let index = Self.signed(try value(instruction.pointee.operands.0, of: instruction), width: width)
    let lower = Self.signed(try readInteger(at: address, width: width), width: width)
    let upper = Self.signed(try readInteger(at: address &+ UInt64(width), width: width), width: width)
    if index < lower || index > upper { throw Fault(.boundRange) }
  }

  private static func signed(_ value: UInt64, width: UInt16) -> Int64 {
    width == 2
      ? Int64(Int16(truncatingIfNeeded: value)) : Int64(Int32(truncatingIfNeeded: value))
  }

  /// INT n in virtual-8086 mode whose bit in the redirection bitmap sends it to the program's own vector table
  /// (APM volume 2, 8.8.4).
  private func redirectToProgram(_ vector: UInt8) throws(Fault) {
    let entry = try read(UInt32.self, at: UInt64(vector) * 4)
    var flags = rflags
    let usesVirtualFlag = ioPrivilegeLevel < 3
    if usesVirtualFlag {
      flags.formUnion(.ioPrivilege)
      flags.remove(.interruptEnable)
      if flags.contains(.virtualInterrupt) { flags.insert(.interruptEnable) }
    }
    try enterRealModeHandler(
      selector: UInt16(truncatingIfNeeded: entry >> 16), offset: UInt64(entry & 0xFFFF), flags: flags)
    state.systemFlags.remove(usesVirtualFlag ? .virtualInterrupt : .interruptEnable)
    state.systemFlags.remove(.trap)
  }
}
