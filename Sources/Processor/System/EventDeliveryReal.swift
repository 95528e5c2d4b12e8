import X86

extension Core {
  /// Calls a handler through the interrupt vector table: four bytes a vector, offset and segment (APM volume 2,
  /// 8.6).
  func deliverInRealMode(_ event: Event) throws(Fault) {
    let table = state.interruptDescriptorTable
    let offset = UInt64(event.vector) * 4
    guard offset + 3 <= UInt64(table.limit) else {
      // A vector without an entry is #GP, and #GP without an entry a double fault.
      throw .generalProtection
    }
    let entry = try read(UInt32.self, at: table.base &+ offset, .implicitSupervisor)
    try enterRealModeHandler(
      selector: UInt16(truncatingIfNeeded: entry >> 16), offset: UInt64(entry & 0xFFFF), flags: rflags)
    rflags = rflags.subtracting([.interruptEnable, .trap, .alignmentCheck, .resume])
    updateContext()
  }

  /// Pushes FLAGS, CS and IP as 16 bits and goes to a handler as real mode addresses it.
  func enterRealModeHandler(selector: UInt16, offset: UInt64, flags: RFLAGS) throws(Fault) {
    var frame = StackFrame(onStackOf: self)
    try frame.push(flags.rawValue, width: 2)
    try frame.push(UInt64(segment(.cs).selector), width: 2)
    try frame.push(state.rip, width: 2)
    try frame.commit()
    frame.install()
    setCodeSegment(realModeSegment(.cs, selector: selector), privilegeLevel: state.privilegeLevel)
    state.rip = offset
  }
}
