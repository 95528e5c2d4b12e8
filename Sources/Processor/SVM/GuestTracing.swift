import Interfaces

/// What trace points tell of guests.
extension Core {
  func traceGuestEntry() {
    let owner = state.owner
    owner.record(owner.tracePoints.guestEntry) {
      $0.put(state.virtualMachine?.pointee.controlBlock ?? 0)
      $0.put(state.addressSpaceIdentifier)
      $0.put(state.rip)
    }
  }

  func traceGuestExit(_ exit: GuestExit) {
    let owner = state.owner
    owner.record(owner.tracePoints.guestExit) {
      $0.put(Int32(truncatingIfNeeded: exit.code.rawValue))
      $0.put(state.rip)
      $0.put(exit.information1)
      $0.put(exit.information2)
      $0.put(exit.undelivered?.injection.rawValue ?? 0)
    }
  }

  func traceVirtualAPICAccess(_ offset: Int, isWrite: Bool) {
    let owner = state.owner
    owner.record(owner.tracePoints.virtualAPICAccess) {
      $0.put(UInt16(truncatingIfNeeded: offset))
      $0.put(isWrite ? 1 : 0 as UInt8)
    }
  }

  func traceVirtualCommand(_ command: InterruptCommand) {
    let owner = state.owner
    owner.record(owner.tracePoints.virtualCommand) { $0.put(command.rawValue) }
  }

  func traceDoorbell(_ identifier: UInt32) {
    let owner = state.owner
    owner.record(owner.tracePoints.doorbell) { $0.put(identifier) }
  }

  func traceVirtualInterrupt(_ vector: UInt8) {
    let owner = state.owner
    owner.record(owner.tracePoints.virtualInterrupt) {
      $0.put(vector)
      $0.put(state.rip)
    }
  }
}
