import Interfaces
import X86

/// LBR virtualisation: a guest with DEBUGCTL and a record of branches of its own (APM volume 2, 15.23).
extension Core {
  private typealias Field = SVM.ControlBlock

  private func hasBranchRecords(_ block: ControlBlock) -> Bool {
    state.owner.model.has(.lbrv) && block[Field.branchRecordControl] & 1 != 0
  }

  /// At VMRUN.
  func exchangeBranchRecords(with block: ControlBlock, _ machine: UnsafeMutablePointer<VirtualMachine>) {
    guard hasBranchRecords(block) else { return }
    machine.pointee.host.debugControl = state.modelSpecific.debugControl
    machine.pointee.host.branches = state.modelSpecific.branches
    state.modelSpecific.debugControl = block[Field.debugControl] & BranchDebugControl.writable
    state.modelSpecific.branches = BranchRecords(
      lastFrom: block[Field.lastBranchFrom], lastTo: block[Field.lastBranchTo],
      exceptionFrom: block[Field.lastExceptionFrom], exceptionTo: block[Field.lastExceptionTo])
  }

  /// At the exit: the host gets back its own.
  func saveBranchRecords(to block: ControlBlock, _ machine: UnsafeMutablePointer<VirtualMachine>) {
    guard hasBranchRecords(block) else { return }
    block.write(state.modelSpecific.debugControl, to: Field.debugControl)
    block.write(state.modelSpecific.branches.lastFrom, to: Field.lastBranchFrom)
    block.write(state.modelSpecific.branches.lastTo, to: Field.lastBranchTo)
    block.write(state.modelSpecific.branches.exceptionFrom, to: Field.lastExceptionFrom)
    block.write(state.modelSpecific.branches.exceptionTo, to: Field.lastExceptionTo)
    state.modelSpecific.debugControl = machine.pointee.host.debugControl
    state.modelSpecific.branches = machine.pointee.host.branches
  }
}
