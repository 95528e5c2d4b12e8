import Interfaces
import Processor
import X86

/// A lower level's registers, as calls see them (TLFS, "Virtual Processor Registers").
extension HyperVHypervisor {
  /// The private registers of a level: those in the processor if the level runs.
  private func context(of owner: RegisterOwner) -> ProcessorContext {
    owner.processor.active == owner.level
      ? owner.processor.processor.context : owner.processor[owner.level].context
  }

  private func setContext(_ context: ProcessorContext, of owner: RegisterOwner) {
    if owner.processor.active == owner.level {
      owner.processor.processor.context = context
    } else {
      owner.processor[owner.level].context = context
    }
  }

  /// The number of a general register other than RSP, which all levels share.
  private static func sharedRegister(_ name: HyperV.RegisterName) -> Int? {
    let number = Int(name.rawValue) - Int(HyperV.RegisterName.rax.rawValue)
    return 0..<16 ~= number && name != .rsp ? number : nil
  }

  /// The value of a register; `nil` for one that calls do not reach.
  func architecturalRegister(_ name: HyperV.RegisterName, of owner: RegisterOwner) -> RegisterValue? {
    let processor = owner.processor.processor
    if let number = Self.sharedRegister(name) { return RegisterValue(processor[general: number]) }
    let context = context(of: owner)
    if let path = Self.segment(name) { return RegisterValue(context[keyPath: path]) }
    if let path = Self.number(name) { return RegisterValue(context[keyPath: path]) }
    switch name {
    case .rflags: return RegisterValue(context.flags.rawValue)
    case .cr0: return RegisterValue(context.cr0.rawValue)
    case .cr2: return RegisterValue(processor.pageFaultAddress)
    case .cr4: return RegisterValue(context.cr4.rawValue)
    case .cr8:
      return RegisterValue(UInt64(machine.taskPriority(owner.level, of: owner.processor.number) >> 4))
    case .xfem: return RegisterValue(processor.extendedControl)
    case .dr0, .dr1, .dr2, .dr3: return RegisterValue(processor[debugAddress: Self.debugAddress(name)])
    case .dr6: return RegisterValue(processor.debugStatus)
    case .idtr: return RegisterValue(context.idtr)
    case .gdtr: return RegisterValue(context.gdtr)
    case .efer: return RegisterValue(context.efer.rawValue)
    case .apicBase: return RegisterValue(machine.localAPICBase(owner.level, of: owner.processor.number))
    case .interruptState: return RegisterValue(Self.interruptState(context))
    case .internalActivity: return RegisterValue(Self.activity(context))
    case .pendingInterruption: return RegisterValue(0)
    default: return nil
    }
  }

  /// Writes a register.
  func setArchitecturalRegister(
    _ name: HyperV.RegisterName, _ value: RegisterValue, of owner: RegisterOwner
  ) throws(HyperV.HypercallStatus) {
    let processor = owner.processor.processor
    if let number = Self.sharedRegister(name) {
      processor[general: number] = value.low
      return
    }
    switch name {
    case .cr2: processor.pageFaultAddress = value.low
    case .dr0, .dr1, .dr2, .dr3: processor[debugAddress: Self.debugAddress(name)] = value.low
    case .dr6: processor.debugStatus = value.low
    case .cr8:
      guard value.low < 16 else { throw .invalidRegisterValue }
      machine.setTaskPriority(UInt8(value.low) << 4, owner.level, of: owner.processor.number)
    default: try setContextRegister(name, value, of: owner)
    }
  }

  private func setContextRegister(
    _ name: HyperV.RegisterName, _ value: RegisterValue, of owner: RegisterOwner
  ) throws(HyperV.HypercallStatus) {
    var context = context(of: owner)
    if let path = Self.segment(name) {
      context[keyPath: path] = value.segment
      if name == .cs { context.derivePrivilegeLevel() }
    } else if let path = Self.number(name) {
      context[keyPath: path] = value.low
    } else {
      switch name {
      case .rflags: context.flags = RFLAGS(rawValue: value.low)
      case .cr0: context.cr0 = CR0(rawValue: value.low)
      case .cr4: context.cr4 = CR4(rawValue: value.low)
      case .efer: context.efer = EFER(rawValue: value.low)
      case .idtr: context.idtr = value.table
      case .gdtr: context.gdtr = value.table
      case .interruptState:
        guard value.low & ~(Self.shadow | Self.nonMaskableMasked) == 0 else { throw .invalidRegisterValue }
        context.holdsOffInterrupts = value.low & Self.shadow != 0
        context.holdsOffNonMaskableInterrupts = value.low & Self.nonMaskableMasked != 0
      case .internalActivity:
        guard value.low & ~Self.activities == 0 else { throw .invalidRegisterValue }
        context.activity =
          value.low & Self.waitsForStartup != 0
          ? .waitingForStartup
          : value.low & Self.halted != 0 ? .halted : .running
      case .xfem, .apicBase, .pendingInterruption: throw .accessDenied
      default: throw .unknownRegister
      }
    }
    // Registers are written one by one: whether they fit together shows when the level is entered.
    guard context.isLoadable(on: owner.processor.processor.model) else { throw .invalidRegisterValue }
    setContext(context, of: owner)
  }

  // MARK: Names

  private static func segment(
    _ name: HyperV.RegisterName
  ) -> WritableKeyPath<ProcessorContext, ProcessorContext.Segment>? {
    switch name {
    case .es: \.es
    case .cs: \.cs
    case .ss: \.ss
    case .ds: \.ds
    case .fs: \.fs
    case .gs: \.gs
    case .ldtr: \.ldtr
    case .tr: \.tr
    default: nil
    }
  }

  private static func number(_ name: HyperV.RegisterName) -> WritableKeyPath<ProcessorContext, UInt64>? {
    switch name {
    case .rip: \.instructionPointer
    case .rsp: \.stackPointer
    case .cr3: \.cr3
    case .dr7: \.dr7
    case .kernelGSBase: \.systemCalls.kernelGSBase
    case .pageAttributeTable: \.pageAttributeTable
    case .sysenterSelector: \.systemCalls.sysenterSelector
    case .sysenterInstructionPointer: \.systemCalls.sysenterInstructionPointer
    case .sysenterStackPointer: \.systemCalls.sysenterStackPointer
    case .star: \.systemCalls.star
    case .lstar: \.systemCalls.lstar
    case .cstar: \.systemCalls.cstar
    case .flagMask: \.systemCalls.flagMask
    case .timeStampCounterAuxiliary: \.timeStampCounterAuxiliary
    default: nil
    }
  }

  private static func debugAddress(_ name: HyperV.RegisterName) -> Int {
    Int(name.rawValue - HyperV.RegisterName.dr0.rawValue)
  }

  // MARK: Registers that only calls know

  private static let shadow: UInt64 = 1 << 0
  private static let nonMaskableMasked: UInt64 = 1 << 1

  private static func interruptState(_ context: ProcessorContext) -> UInt64 {
    (context.holdsOffInterrupts ? shadow : 0)
      | (context.holdsOffNonMaskableInterrupts ? nonMaskableMasked : 0)
  }

  private static let waitsForStartup: UInt64 = 1 << 0
  private static let halted: UInt64 = 1 << 1
  private static let idle: UInt64 = 1 << 2
  private static let activities = waitsForStartup | halted | idle

  private static func activity(_ context: ProcessorContext) -> UInt64 {
    switch context.activity {
    case .running, .shutdown: 0
    case .waitingForStartup: waitsForStartup
    case .halted: halted
    case .idle: idle
    }
  }
}
