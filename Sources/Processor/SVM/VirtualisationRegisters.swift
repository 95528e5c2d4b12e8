import Interfaces
import X86

/// The model-specific registers of AMD-V (APM volume 2, 15.30).
extension Core {
  /// VM_CR.SVMDIS: EFER.SVME cannot be set.
  var isVirtualisationDisabled: Bool {
    state.virtualMachine?.pointee.control.contains(.disable) ?? true
  }

  /// VM_CR.R_INIT: INIT becomes #SX, but not where no program runs that could take it (APM volume 2, 15.28).
  var redirectsInitialisation: Bool {
    guard state.activity == .running || state.activity == .halted else { return false }
    return state.virtualMachine?.pointee.control.contains(.redirectInit) ?? false
  }

  /// The value of a register; `nil` if it does not exist or cannot be read.
  func virtualisationRegister(_ index: UInt32) -> UInt64? {
    guard let machine = state.virtualMachine else { return nil }
    switch index {
    case SVM.Register.control: return machine.pointee.control.rawValue
    case SVM.Register.hostSaveArea: return machine.pointee.hostSaveArea
    case SVM.Register.ignoreNumericError: return machine.pointee.ignoresNumericErrors ? 1 : 0
    case SVM.Register.timeStampCounterRatio where state.owner.model.has(.tscRateMSR):
      return machine.pointee.timeStampCounterRatio
    // Reads of the key are zero.
    case SVM.Register.key: return 0
    default: return nil
    }
  }

  func setVirtualisationRegister(_ index: UInt32, _ value: UInt64) -> RegisterWrite {
    guard let machine = state.virtualMachine else { return .unknown }
    switch index {
    case SVM.Register.control: return setVirtualisationControl(machine, value)
    case SVM.Register.hostSaveArea:
      guard value & 0xFFF == 0, value >> PageTableEntry.physicalAddressBits == 0 else { return .refused }
      machine.pointee.hostSaveArea = value
    case SVM.Register.ignoreNumericError:
      guard value >> 1 == 0 else { return .refused }
      machine.pointee.ignoresNumericErrors = value != 0
    case SVM.Register.timeStampCounterRatio where state.owner.model.has(.tscRateMSR):
      guard value & ~SVM.ratioMask == 0 else { return .refused }
      machine.pointee.timeStampCounterRatio = value
    case SVM.Register.key: break
    case SVM.Register.doorbell where state.owner.model.has(.avic): return ringDoorbell(value)
    default: return .unknown
    }
    return .accepted
  }

  private func setVirtualisationControl(
    _ machine: UnsafeMutablePointer<VirtualMachine>, _ value: UInt64
  ) -> RegisterWrite {
    var new = SVM.Control(rawValue: value)
    guard new.isSubset(of: .defined) else { return .refused }
    let locked: SVM.Control = [.lock, .disable]
    let old = machine.pointee.control
    if old.contains(.lock) { new = new.subtracting(locked).union(old.intersection(locked)) }
    if new.contains(.disable), state.efer.contains(.svme) { return .refused }
    machine.pointee.control = new
    return .accepted
  }

  /// The TSC as the guest sees it: scaled, then moved (APM volume 2, 15.30.5).
  func guestTimeStampCounter(_ counter: UInt64) -> UInt64 {
    guard let machine = state.virtualMachine else { return counter }
    let product = counter.multipliedFullWidth(by: machine.pointee.timeStampCounterRatio)
    return (product.high << 32 | product.low >> 32) &+ machine.pointee.timeStampCounterOffset
  }
}
