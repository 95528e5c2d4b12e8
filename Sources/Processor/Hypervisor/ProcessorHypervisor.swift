import X86

/// A hypervisor under a processor: what decides where the manuals leave the decision to one.
///
/// Every call comes from the processor's slow path, between two instructions or in the midst of one, and may change
/// the processor's whole state: see ``ProcessorContext``.
public protocol ProcessorHypervisor: AnyObject {
  /// VMMCALL. ``VirtualProcessor/instructionPointer`` points after it.
  ///
  /// - Returns: `false` if there is no such call here, which is #UD.
  func call(by processor: VirtualProcessor) -> Bool

  /// What CPUID returns instead of `values`, which the processor's model tells.
  func identification(
    leaf: UInt32, subleaf: UInt32, values: CPUIDValues, of processor: VirtualProcessor
  ) -> CPUIDValues

  /// Reads one of the registers 4000_0000h to 4000_1FFFh; `nil` means #GP.
  func readRegister(_ index: UInt32, of processor: VirtualProcessor) -> UInt64?
  /// Writes one of these registers; `false` means #GP.
  func writeRegister(_ index: UInt32, value: UInt64, of processor: VirtualProcessor) -> Bool

  /// An access was not allowed by the processor's ``PhysicalView``. The instruction pointer is at the instruction
  /// that made it, which has changed nothing and will be executed again.
  func intercept(_ access: InterceptedAccess, by processor: VirtualProcessor)

  /// Answers ``VirtualProcessor/requestHypervisor()``, between two instructions.
  func serve(_ processor: VirtualProcessor)
}

/// The registers that belong to a hypervisor (AMD64 APM volume 2, 15.34; TLFS, "MSR").
enum HypervisorRegisters {
  static let all: ClosedRange<UInt32> = 0x4000_0000...0x4000_1FFF
}

extension VirtualProcessor {
  /// Has ``ProcessorHypervisor/serve(_:)`` called before the next instruction, also while the processor waits.
  public func requestHypervisor() { core.state.pendingEvents.insert(.hypervisor) }
}

extension Core {
  /// VMMCALL: #UD where no hypervisor answers.
  func callHypervisor() throws(Fault) {
    let owner = state.owner
    guard let hypervisor = owner.hypervisor, hypervisor.call(by: owner) else { throw .invalidOpcode }
  }
}
