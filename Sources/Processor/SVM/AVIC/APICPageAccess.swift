import Interfaces
import X86

/// Accesses of a guest to the page of its APIC while AVIC answers it (APM volume 2, 15.29.3).
///
/// The translation of such an access is not a physical address of the machine but one that no machine has, so that
/// it takes the way of a device's registers and comes here.
extension Core {
  private static let virtualAPICBase: UInt64 = 1 << 62

  /// Whether a translation leads to the virtual APIC.
  @inline(__always)
  static func isVirtualAPIC(_ physical: UInt64) -> Bool { physical & virtualAPICBase != 0 }

  /// The translation of a guest-physical address in the APIC's page.
  func virtualAPICTranslation(of physical: UInt64) -> PageTranslation {
    PageTranslation(physical: Self.virtualAPICBase | physical & 0xFFF, isWritable: false)
  }

  /// Leaves the guest for an access that AVIC does not take.
  func checkVirtualAPICAccess(_ physical: UInt64, _ access: MemoryAccess) throws(Fault) {
    let offset = Int(physical & 0xFF0)
    guard physical & 0xF < 4 else { return }
    let isWrite = access == .write
    guard (isWrite ? APICAccessRule.write(offset) : .read(offset)) == .fault else { return }
    throw willLeaveGuest(unacceleratedAccess(offset, isWrite: isWrite))
  }

  func unacceleratedAccess(_ offset: Int, isWrite: Bool, vector: UInt8 = 0) -> GuestExit {
    let access = SVM.UnacceleratedAccess(offset: offset, isWrite: isWrite)
    return GuestExit(.unacceleratedAccess, access.rawValue, UInt64(vector))
  }

  /// Reads registers, or what is between them.
  func readVirtualAPIC(_ physical: UInt64, size: Int, into destination: UnsafeMutableRawPointer) {
    let offset = Int(physical & 0xFFF)
    guard let machine = state.virtualMachine, offset + size <= SVM.pageSize,
      let registers = machine.pointee.interruptController.registers(on: self)
    else {
      destination.initializeMemory(as: UInt8.self, repeating: 0xFF, count: size)
      return
    }
    noteAccess(offset & 0xFF0, isWrite: false)
    destination.copyMemory(from: registers.bytes(at: offset), byteCount: size)
  }

  /// Writes a register, or what is between registers. Only a whole register does more than to be stored.
  func writeVirtualAPIC(_ physical: UInt64, size: Int, from source: UnsafeRawPointer) {
    let offset = Int(physical & 0xFFF)
    guard let machine = state.virtualMachine, offset + size <= SVM.pageSize,
      let registers = machine.pointee.interruptController.registers(on: self)
    else { return }
    let isRegister = offset % LocalAPICRegister.stride == 0 && size >= 4
    let plain = isRegister ? 4 : 0
    (registers.bytes(at: offset) + plain).copyMemory(from: source + plain, byteCount: size - plain)
    guard isRegister else { return }
    writeVirtualAPICRegister(offset, UInt32(littleEndian: source.loadUnaligned(as: UInt32.self)))
  }

  /// Writes a register that software may write.
  func writeVirtualAPICRegister(_ offset: Int, _ value: UInt32) {
    guard let machine = state.virtualMachine,
      let registers = machine.pointee.interruptController.registers(on: self)
    else { return }
    let rule = APICAccessRule.write(offset)
    if rule != .trap { noteAccess(offset, isWrite: true) }
    switch offset {
    case LocalAPICRegister.taskPriority.offset: setVirtualTaskPriority(UInt8(truncatingIfNeeded: value))
    case LocalAPICRegister.endOfInterrupt.offset:
      registers[offset] = value
      endVirtualInterrupt()
    case LocalAPICRegister.interruptCommandLow.offset:
      sendVirtualInterrupt(
        InterruptCommand(low: value, high: registers[LocalAPICRegister.interruptCommandHigh.offset]))
    default:
      registers[offset] = value
      if rule == .trap { leaveGuestLater(unacceleratedAccess(offset, isWrite: true)) }
    }
  }

  /// AVIC answered an access.
  func noteAccess(_ offset: Int, isWrite: Bool) {
    guard let machine = state.virtualMachine else { return }
    if isWrite {
      machine.pointee.statistics.acceleratedWrites[offset >> 4] &+= 1
    } else {
      machine.pointee.statistics.acceleratedReads[offset >> 4] &+= 1
    }
    traceVirtualAPICAccess(offset, isWrite: isWrite)
  }

  /// Has the guest left after the current instruction.
  func leaveGuestLater(_ exit: GuestExit) {
    state.virtualMachine?.pointee.pendingExit = exit
    state.pendingEvents.insert(.guestExit)
  }

  func endVirtualInterrupt() {
    guard let machine = state.virtualMachine else { return }
    if let vector = machine.pointee.interruptController.endInterrupt(on: self) {
      leaveGuestLater(
        unacceleratedAccess(LocalAPICRegister.endOfInterrupt.offset, isWrite: true, vector: vector))
    } else {
      updateVirtualInterrupt()
    }
  }
}
