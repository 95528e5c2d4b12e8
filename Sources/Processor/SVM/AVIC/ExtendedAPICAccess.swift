import Interfaces
import X86

/// x2AVIC: the registers of a guest's APIC by RDMSR and WRMSR (APM volume 2, 15.29.11).
extension Core {
  /// x2AVIC answers a model-specific register.
  func hasVirtualAPICRegister(_ index: UInt32) -> Bool {
    guard state.isGuest, let machine = state.virtualMachine,
      machine.pointee.interruptController.mode == .modelSpecificRegisters
    else { return false }
    return (MSR.x2APICFirst...MSR.x2APICLast).contains(index)
  }

  /// RDMSR.
  ///
  /// - Throws: #GP for a register that cannot be read; ``Fault/guestExit`` for one that AVIC does not take.
  func virtualAPICRegister(_ index: UInt32) throws(Fault) -> UInt64 {
    let offset = Int(index - MSR.x2APICFirst) << 4
    guard ExtendedAPICRegister.isReadable(offset), let machine = state.virtualMachine,
      let registers = machine.pointee.interruptController.registers(on: self)
    else { throw .generalProtection }
    if APICAccessRule.read(offset) == .fault {
      throw willLeaveGuest(unacceleratedAccess(offset, isWrite: false))
    }
    noteAccess(offset, isWrite: false)
    let low = UInt64(registers[offset])
    guard offset == LocalAPICRegister.interruptCommandLow.offset else { return low }
    return low | UInt64(registers[LocalAPICRegister.interruptCommandHigh.offset]) << 32
  }

  /// WRMSR.
  ///
  /// - Throws: #GP for a register or a value that cannot be written.
  func setVirtualAPICRegister(_ index: UInt32, _ value: UInt64) throws(Fault) {
    let offset = Int(index - MSR.x2APICFirst) << 4
    guard ExtendedAPICRegister.isWritable(offset, value) else { throw .generalProtection }
    let low = UInt32(truncatingIfNeeded: value)
    switch offset {
    case LocalAPICRegister.selfInterrupt.offset:
      noteAccess(offset, isWrite: true)
      noteSent(InterruptCommand(low: low, high: 0))
      sendVirtualInterruptToItself(UInt8(truncatingIfNeeded: value))
    case LocalAPICRegister.interruptCommandLow.offset:
      noteAccess(offset, isWrite: true)
      sendVirtualInterrupt(InterruptCommand(low: low, high: UInt32(truncatingIfNeeded: value >> 32)))
    default: writeVirtualAPICRegister(offset, low)
    }
  }
}

/// Which registers exist in x2APIC mode, by their offsets in the page of xAPIC mode (APM volume 2, 16.11).
private enum ExtendedAPICRegister {
  static func isReadable(_ offset: Int) -> Bool {
    switch offset {
    case 0x020, 0x030, 0x080, 0x0A0, 0x0D0, 0x0F0, 0x100...0x270, 0x280, 0x300, 0x320...0x380, 0x390, 0x3E0:
      true
    default: false
    }
  }

  /// Whether a register takes a value.
  static func isWritable(_ offset: Int, _ value: UInt64) -> Bool {
    switch offset {
    case LocalAPICRegister.endOfInterrupt.offset, 0x280: value == 0
    case LocalAPICRegister.taskPriority.offset, LocalAPICRegister.selfInterrupt.offset: value >> 8 == 0
    case LocalAPICRegister.interruptCommandLow.offset: value & reservedCommandBits == 0
    // TSC-deadline mode is not offered.
    case 0x320: value >> 32 == 0 && value & 1 << 18 == 0
    case 0x0F0, 0x330...0x370, 0x380, 0x3E0: value >> 32 == 0
    default: false
    }
  }

  private static let reservedCommandBits = InterruptCommand.x2APICReserved | InterruptCommand.deliveryStatus
}
