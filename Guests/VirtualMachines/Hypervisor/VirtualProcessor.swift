import Bedrock
import Interfaces

/// A processor of a guest: its control block and the registers that the block does not have.
///
/// Only one processor of the computer runs it at a time.
final class VirtualProcessor: @unchecked Sendable {
  typealias Offset = SVM.ControlBlock

  let block: ControlBlock
  let memory: GuestMemory
  /// The page in which VMSAVE keeps the host's state.
  let hostState: PhysicalAddress
  private let storage: UnsafeMutablePointer<GuestRegisters>

  /// RFLAGS.IF.
  static let interruptFlag: UInt64 = 1 << 9
  /// The bit of RFLAGS that is always one.
  static let flagsAlwaysOne: UInt64 = 1 << 1
  static let debugStatus: UInt64 = 0xFFFF_0FF0
  static let debugControl: UInt64 = 0x400

  /// Nil if there is no memory.
  init?(_ memory: GuestMemory) {
    guard let block = ControlBlock(memory.frames), let hostState = memory.frames.allocate() else {
      return nil
    }
    self.block = block
    self.hostState = hostState
    self.memory = memory
    storage = .allocate(capacity: 1)
    storage.initialize(to: GuestRegisters())
    reset()
  }

  deinit { storage.deallocate() }

  var registers: GuestRegisters {
    get { storage.pointee }
    set { storage.pointee = newValue }
  }

  /// Makes the processor begin at the code page in 64-bit mode, privilege level 0, with interrupts held back, nested
  /// paging, and exits for what would end the test or the computer.
  func reset() {
    registers = GuestRegisters()
    block.clear()
    for code in [
      .run, .call, .shutdown, .interrupt, .nonMaskableInterrupt, .halt,
    ] as [SVM.ExitCode] {
      block.intercept(code)
    }
    block.addressSpace = 1
    block.setTranslationControl(.flushAll)
    block.interruptControl = SVM.InterruptControl(isMaskingVirtual: true)
    block.setNestedPaging(root: memory.nested.root.rawValue)
    block.startIn64BitMode(
      at: memory.code.rawValue, pageTableRoot: memory.linear.root.rawValue, code: .kernelCode,
      data: .kernelData)
    resetTables()
    block[Offset.efer] =
      (ExtendedFeatures([
        .systemCall, .longModeEnable, .longModeActive, .noExecuteEnable, .virtualMachineEnable,
      ])).rawValue
    block[Offset.cr0] =
      (ControlRegister0([
        .protectedMode, .monitorCoprocessor, .extensionType, .numericError, .writeProtect, .paging,
      ])).rawValue
    block[Offset.cr4] =
      (ControlRegister4([.physicalAddressExtension, .fastSaveRestore, .unmaskedSSEExceptions])).rawValue
    block[Offset.dr6] = Self.debugStatus
    block[Offset.dr7] = Self.debugControl
    block.stackPointer = memory.stackTop
  }

  private func resetTables() {
    block.set(
      .table(at: memory.descriptors.rawValue, size: GuestMemory.descriptorCount * 8), at: Offset.gdtr)
    block.set(.table(at: memory.interrupts.rawValue, size: SVM.pageSize), at: Offset.idtr)
    block.set(SVM.SegmentState(attributes: 0x082, limit: 0), at: Offset.ldtr)
    let busyTask = SVM.SegmentState(
      selector: SegmentSelector.taskState.rawValue, attributes: 0x08B,
      limit: UInt32(GuestMemory.taskStateSize - 1), base: memory.taskState.rawValue)
    block.set(busyTask, at: Offset.tr)
  }

  /// Privilege level 3 in 64-bit mode.
  func setUserMode() {
    block.set(.userCode, at: Offset.cs)
    block.set(.userData, at: Offset.ss)
    block.privilegeLevel = 3
  }

  /// 32-bit protected mode without paging.
  func setProtectedMode() {
    block[Offset.efer] = ExtendedFeatures.virtualMachineEnable.rawValue
    block[Offset.cr0] = ControlRegister0([.protectedMode, .extensionType, .numericError]).rawValue
    block[Offset.cr4] = 0
    block.set(.code32, at: Offset.cs)
  }

  /// Real mode at the code page.
  func setRealMode() {
    block[Offset.efer] = ExtendedFeatures.virtualMachineEnable.rawValue
    block[Offset.cr0] = ControlRegister0([.extensionType, .numericError]).rawValue
    block[Offset.cr4] = 0
    block.set(.realModeCode(at: memory.code.rawValue), at: Offset.cs)
    for offset in [Offset.ss, Offset.ds, Offset.es] { block.set(.realModeData, at: offset) }
    block.instructionPointer = 0
  }

  /// Runs the guest until it exits. The host's interrupts make it exit if it has any to take.
  func enter(hostAcceptsInterrupts: Bool = true) {
    let flags = Self.flagsAlwaysOne | (hostAcceptsInterrupts ? Self.interruptFlag : 0)
    enterGuest(storage, block.address.rawValue, hostState.rawValue, flags)
  }

  /// RIP, relative to the code page.
  var codeOffset: UInt64 { block.instructionPointer &- memory.code.rawValue }
}
