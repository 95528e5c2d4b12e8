import Interfaces
import X86

/// Interprocessor interrupts by AVIC (APM volume 2, 15.29.9).
extension Core {
  /// Sends an interrupt, or leaves the guest after the instruction if that cannot be done without its hypervisor.
  func sendVirtualInterrupt(_ written: InterruptCommand) {
    guard let machine = state.virtualMachine else { return }
    let command = InterruptCommand(rawValue: written.rawValue & ~InterruptCommand.deliveryStatus)
    let controller = machine.pointee.interruptController
    if let registers = controller.registers(on: self) {
      registers[LocalAPICRegister.interruptCommandLow.offset] = command.low
      registers[LocalAPICRegister.interruptCommandHigh.offset] = command.high
    }
    func leave(_ reason: SVM.IncompleteInterruptReason, _ index: Int) {
      let detail = SVM.IncompleteInterrupt(command: command.rawValue, reason, index: index)
      leaveGuestLater(GuestExit(.incompleteInterrupt, detail.command, detail.detail))
    }
    guard command.deliveryModeField == 0, !command.isLevelTriggered else { return leave(.invalidType, 0) }
    guard command.vector >= 16 else { return leave(.invalidVector, 0) }
    guard command.shorthand != .sender else {
      noteSent(command)
      return sendVirtualInterruptToItself(command.vector)
    }
    var failure: (reason: SVM.IncompleteInterruptReason, index: Int)?
    controller.visitTargets(of: command, on: self) { index, entry in
      guard let entry else {
        failure = (.invalidTarget, index)
        return false
      }
      guard entry.backingPage >> PageTableEntry.physicalAddressBits == 0 else {
        failure = (.invalidBackingPage, index)
        return false
      }
      return true
    }
    if let failure { return leave(failure.reason, failure.index) }
    var sleeper: Int?
    controller.visitTargets(of: command, on: self) { index, entry in
      guard let entry else { return true }
      APICBackingPage(self, at: entry.backingPage)?.set(command.vector, in: .requests)
      if entry.isRunning {
        signal(entry.hostIdentifier)
      } else if sleeper == nil {
        sleeper = index
      }
      return true
    }
    if let sleeper {
      leave(.targetNotRunning, sleeper)
    } else {
      noteSent(command)
    }
  }

  /// An interrupt was sent without an exit.
  func noteSent(_ command: InterruptCommand) {
    state.virtualMachine?.pointee.statistics.interprocessorInterrupts &+= 1
    traceVirtualCommand(command)
  }

  /// A self-IPI, which looks at no table.
  func sendVirtualInterruptToItself(_ vector: UInt8) {
    state.virtualMachine?.pointee.interruptController.registers(on: self)?.set(vector, in: .requests)
    updateVirtualInterrupt()
  }

  // MARK: The doorbell

  /// The bits of the doorbell's value that name a processor.
  private static let doorbellMask: UInt64 = 0xFFF

  /// WRMSR of the doorbell.
  func ringDoorbell(_ value: UInt64) -> RegisterWrite {
    guard value & ~Self.doorbellMask == 0 else { return .refused }
    signal(UInt32(truncatingIfNeeded: value))
    return .accepted
  }

  private func signal(_ identifier: UInt32) {
    let owner = state.owner
    state.virtualMachine?.pointee.statistics.doorbells &+= 1
    traceDoorbell(identifier)
    owner.platform.ringDoorbell(atProcessor: identifier, by: owner)
  }
}

extension VirtualProcessor {
  /// The doorbell of AVIC: a processor that runs a guest looks at what waits for it. Others have nothing to do, because
  /// VMRUN looks anyway.
  public func answerDoorbell() {
    guard core.state.isGuest, let virtualMachine, virtualMachine.pointee.interruptController.isEnabled else {
      return
    }
    core.updateVirtualInterrupt()
  }
}

extension VirtualInterruptController {
  /// Calls `visit` for each target of a command until it returns `false`, with the index that an exit would tell and
  /// the target's entry; without one there is no such target.
  fileprivate func visitTargets(
    of command: InterruptCommand, on core: Core,
    _ visit: (_ index: Int, _ entry: SVM.PhysicalIdentifierEntry?) -> Bool
  ) {
    let destination = mode == .memory ? command.high >> 24 : command.high
    let isBroadcast = mode == .memory ? destination == 0xFF : destination == .max && !command.isLogical
    if command.shorthand != .none || isBroadcast {
      visitAll(exceptItself: command.shorthand == .everyoneElse, on: core, visit)
    } else if !command.isLogical {
      let index = Int(destination)
      _ = visit(index, entry(index, on: core))
    } else if mode == .memory {
      visitLogical(UInt8(truncatingIfNeeded: destination), on: core, visit)
    } else {
      let cluster = Int(destination >> 16) << 4
      for bit in 0..<16 where destination >> UInt32(bit) & 1 != 0 {
        guard visit(cluster | bit, entry(cluster | bit, on: core)) else { return }
      }
    }
  }

  /// Everybody; entries that hold nothing are passed over.
  private func visitAll(
    exceptItself: Bool, on core: Core, _ visit: (Int, SVM.PhysicalIdentifierEntry?) -> Bool
  ) {
    let own = exceptItself ? Int(identifier(on: core)) : -1
    for index in 0...physicalTable.lastIndex where index != own {
      guard let entry = entry(index, on: core) else { continue }
      guard visit(index, entry) else { return }
    }
  }

  /// The flat and the cluster model; there are no others.
  private func visitLogical(
    _ destination: UInt8, on core: Core, _ visit: (Int, SVM.PhysicalIdentifierEntry?) -> Bool
  ) {
    let first: Int
    let bits: UInt8
    let format = registers(on: core)?[LocalAPICRegister.destinationFormat.offset] ?? .max
    switch format >> 28 {
    case 0xF: (first, bits) = (0, destination)
    case 0x0: (first, bits) = (Int(destination >> 4) * 4, destination & 0xF)
    default:
      _ = visit(0, nil)
      return
    }
    for bit in 0..<8 where bits >> UInt8(bit) & 1 != 0 {
      let index = first + bit
      guard visit(index, logicalEntry(index, on: core)) else { return }
    }
  }

  /// The physical table's entry; `nil` if it holds no backing page or is beyond the table.
  private func entry(_ index: Int, on core: Core) -> SVM.PhysicalIdentifierEntry? {
    guard (0...physicalTable.lastIndex).contains(index),
      let place = core.hostAddress(physicalTable.address &+ UInt64(index) * 8)
    else { return nil }
    let entry = SVM.PhysicalIdentifierEntry(rawValue: UInt64(littleEndian: place.load(as: UInt64.self)))
    return entry.isValid ? entry : nil
  }

  /// The physical table's entry that an entry of the logical table leads to.
  private func logicalEntry(_ index: Int, on core: Core) -> SVM.PhysicalIdentifierEntry? {
    guard let place = core.hostAddress(logicalTable &+ UInt64(index) * 4) else { return nil }
    let entry = SVM.LogicalIdentifierEntry(rawValue: UInt32(littleEndian: place.load(as: UInt32.self)))
    return entry.isValid ? self.entry(Int(entry.identifier), on: core) : nil
  }
}
