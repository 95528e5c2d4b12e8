import X86

/// The record of the last branch and of the last one before an exception (APM volume 2, 13.1.1.6).
///
/// While DEBUGCTL asks for it, instructions are executed one at a time.
struct BranchRecords {
  var lastFrom: UInt64 = 0
  var lastTo: UInt64 = 0
  /// The last branch when an exception or interrupt was delivered.
  var exceptionFrom: UInt64 = 0
  var exceptionTo: UInt64 = 0
}

extension Core {
  /// DEBUGCTL.LBR.
  var recordsBranches: Bool {
    state.modelSpecific.debugControl & BranchDebugControl.lastBranch != 0
  }

  /// After an instruction at `start`: it branched if the next is not the one behind it. A repeated instruction that
  /// goes on is none.
  func recordBranch(from start: UInt64, length: UInt8) {
    guard state.rip != start, state.rip != start &+ UInt64(length) else { return }
    state.modelSpecific.branches.lastFrom = start
    state.modelSpecific.branches.lastTo = state.rip
  }

  /// An event goes to its handler: the last branch is kept, and #DB ends the recording.
  func recordEvent(_ event: Event) {
    guard recordsBranches else { return }
    state.modelSpecific.branches.exceptionFrom = state.modelSpecific.branches.lastFrom
    state.modelSpecific.branches.exceptionTo = state.modelSpecific.branches.lastTo
    if event.vector == ExceptionVector.debug.rawValue, event.source == .exception {
      state.modelSpecific.debugControl &= ~BranchDebugControl.lastBranch
    }
  }

  func branchRegister(_ index: UInt32) -> UInt64 {
    let branches = state.modelSpecific.branches
    return switch index {
    case MSR.lastBranchFrom: branches.lastFrom
    case MSR.lastBranchTo: branches.lastTo
    case MSR.lastExceptionFrom: branches.exceptionFrom
    default: branches.exceptionTo
    }
  }
}
