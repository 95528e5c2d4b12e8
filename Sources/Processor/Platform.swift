import Bus

/// What a processor finds outside itself. The machine implements it.
///
/// Every call comes from the processor's slow path, with ``VirtualProcessor/instructionsRetired`` up to date.
public protocol ProcessorPlatform: AnyObject {
  /// The machine's clock in nanoseconds, now; the TSC counts the same at its offset.
  func currentTime(of processor: VirtualProcessor) -> UInt64
  /// The same for trace points: nothing else in the machine learns that somebody asked.
  func observedTime(of processor: VirtualProcessor) -> UInt64

  /// Reads a physical address at which there is no RAM.
  func readPhysical(_ address: UInt64, width: AccessWidth, by processor: VirtualProcessor) -> UInt64
  /// Writes a physical address at which there is no RAM.
  func writePhysical(_ address: UInt64, width: AccessWidth, value: UInt64, by processor: VirtualProcessor)

  /// IN.
  func readPort(_ port: UInt16, width: AccessWidth, by processor: VirtualProcessor) -> UInt32
  /// OUT.
  func writePort(_ port: UInt16, width: AccessWidth, value: UInt32, by processor: VirtualProcessor)

  /// Takes the vector of the interrupt that was signalled; `nil` if it went away.
  func acknowledgeInterrupt(of processor: VirtualProcessor) -> UInt8?
  /// CR8: bits 4 to 7 of the local APIC's task priority.
  func taskPriority(of processor: VirtualProcessor) -> UInt8
  /// Sets CR8, 0 to 15.
  func setTaskPriority(_ priority: UInt8, of processor: VirtualProcessor)
  /// Reads a register of the local APIC that is reached by RDMSR; `nil` means #GP.
  func readAPICRegister(_ index: UInt32, of processor: VirtualProcessor) -> UInt64?
  /// Writes a register of the local APIC that is reached by WRMSR; `false` means #GP.
  func writeAPICRegister(_ index: UInt32, value: UInt64, of processor: VirtualProcessor) -> Bool

  /// INIT reached the processor; its local APIC is to do what INIT does there.
  func initialiseAPIC(of processor: VirtualProcessor)

  /// Rings the doorbell of AVIC at the processor with a physical APIC ID, if there is one: see
  /// ``VirtualProcessor/answerDoorbell()``.
  func ringDoorbell(atProcessor identifier: UInt32, by processor: VirtualProcessor)

  /// The next number of the machine's seeded generator, for RDRAND and RDSEED.
  func nextRandom() -> UInt64
}
