import X86

/// Breakpoints and single steps (APM volume 2, 13.1).
///
/// The run loop takes part like this. Before an instruction, while ``hasInstructionBreakpoints``, it calls
/// ``checkInstructionBreakpoints()`` and delivers the fault that comes; while RFLAGS.TF is set it calls
/// ``beginSingleStep()``. It then executes that one instruction, and if it completed calls
/// ``finishSingleStep()`` or, where TF was clear and ``PendingEvents/debugTrap`` is pending, ``deliverDebugTrap()``.
/// An event that is delivered in between takes the trap with it.
extension Core {
  /// Whether a data breakpoint may lie in the page of a linear address, which must then not be reached through
  /// the TLB.
  func isWatchedByDebugRegisters(_ address: UInt64) -> Bool {
    guard state.dr7 & DebugControl.enables != 0 else { return false }
    for index in 0..<4 where isDataBreakpoint(index) && (state.debugAddresses[index] ^ address) >> 12 == 0 {
      return true
    }
    return false
  }

  /// Whether instructions must be executed one at a time because of a breakpoint.
  var hasInstructionBreakpoints: Bool {
    guard state.dr7 & DebugControl.enables != 0 else { return false }
    for index in 0..<4 where isBreakpoint(index, .execution) { return true }
    return false
  }

  /// Raises #DB if a breakpoint lies on the instruction at RIP, unless RFLAGS.RF says that it was reported.
  /// Clears RF, which is for one instruction only.
  func checkInstructionBreakpoints() throws(Fault) {
    if state.systemFlags.contains(.resume) {
      state.systemFlags.remove(.resume)
      return
    }
    let address = register(RegisterOffset.codeBase, as: UInt64.self) &+ state.rip
    var matches = DR6()
    for index in 0..<4 where isBreakpoint(index, .execution) && state.debugAddresses[index] == address {
      matches.insert(DR6(rawValue: 1 << UInt64(index)))
    }
    guard !matches.isEmpty else { return }
    recordBreakpoints(matches)
    throw Fault(.debug)
  }

  /// Notes the data breakpoints that an access meets; #DB follows the instruction.
  func noteDataAccess(_ address: UInt64, size: Int, isWrite: Bool) {
    guard state.dr7 & DebugControl.enables != 0 else { return }
    noteAccess(address, size: size) { index in
      isBreakpoint(index, .readOrWrite) || isWrite && isBreakpoint(index, .write)
    }
  }

  /// The same for a port.
  func notePortAccess(_ port: UInt16, size: Int) {
    guard state.dr7 & DebugControl.enables != 0, state.cr4.contains(.de) else { return }
    noteAccess(UInt64(port), size: size) { index in isBreakpoint(index, .inputOutput) }
  }

  /// Before an instruction that begins with RFLAGS.TF set.
  func beginSingleStep() { state.pendingEvents.insert(.debugTrap) }

  /// After that instruction: #DB, unless an event was delivered instead or SS was loaded, which puts it off.
  func finishSingleStep() {
    guard state.pendingEvents.contains(.debugTrap), state.interruptShadow != .stackSegment else { return }
    state.dr6.insert(.singleStep)
    deliver(Fault(.debug))
  }

  /// After an instruction that met a data breakpoint.
  func deliverDebugTrap() {
    guard state.interruptShadow != .stackSegment else { return }
    deliver(Fault(.debug))
  }

  // MARK: Parts

  private func isBreakpoint(_ index: Int, _ condition: BreakpointCondition) -> Bool {
    DebugControl.isEnabled(state.dr7, index) && DebugControl.condition(state.dr7, index) == condition
  }

  private func isDataBreakpoint(_ index: Int) -> Bool {
    isBreakpoint(index, .write) || isBreakpoint(index, .readOrWrite)
  }

  private func noteAccess(_ address: UInt64, size: Int, matching: (Int) -> Bool) {
    var matches = DR6()
    for index in 0..<4 where matching(index) {
      let length = DebugControl.length(state.dr7, index)
      let start = state.debugAddresses[index] & ~(length - 1)
      // Two ranges meet if either begins inside the other.
      let meets = address &- start < length || start &- address < UInt64(size)
      if meets { matches.insert(DR6(rawValue: 1 << UInt64(index))) }
    }
    guard !matches.isEmpty else { return }
    recordBreakpoints(matches)
    state.pendingEvents.insert(.debugTrap)
  }

  private func recordBreakpoints(_ matches: DR6) {
    state.dr6 = state.dr6.subtracting(.breakpoints).union(matches)
  }
}
