import Bus
import Interfaces
import Processor
import Tracing

/// The machine under Microsoft's hypervisor, as the hypervisor sees it.
///
/// Processors are named by their numbers on the board, from 0. Each has a local APIC for every trust level that is
/// enabled on it.
public protocol HyperVMachine: AnyObject {
  /// The processors, in the order of their numbers.
  var processors: [VirtualProcessor] { get }
  /// The machine's RAM, with ``HyperVHypervisor/overlayPageCount(processors:)`` overlay pages.
  var memory: GuestMemory { get }
  /// What records the hypervisor's events.
  var tracer: Tracer { get }

  /// The machine's time in nanoseconds, as it is for a processor that may be executing now.
  func currentTime(of processor: VirtualProcessor) -> UInt64
  /// Makes an alarm on the machine's clock.
  func makeAlarm(_ action: @escaping () -> Void) -> Alarm

  /// Gives a processor a local APIC for a level, in its state after reset.
  func addLocalAPIC(_ level: HyperV.VirtualTrustLevel, of processor: Int)
  /// Puts the local APIC of a level into the state after INIT.
  func initialiseLocalAPIC(_ level: HyperV.VirtualTrustLevel, of processor: Int)
  /// Lets the processor reach the local APIC of a level, which alone interrupts it from now on.
  func activateLocalAPIC(_ level: HyperV.VirtualTrustLevel, of processor: Int)
  /// Whether a level's local APIC has an interrupt that its priorities let through.
  func hasDeliverableInterrupt(_ level: HyperV.VirtualTrustLevel, of processor: Int) -> Bool
  /// Raises an edge-triggered interrupt in a level's local APIC.
  func raiseInterrupt(_ vector: UInt8, _ level: HyperV.VirtualTrustLevel, of processor: Int)
  /// Says whether interrupts of a vector end when they are delivered.
  func setAutomaticEnd(
    _ vector: UInt8, _ isAutomatic: Bool, _ level: HyperV.VirtualTrustLevel, of processor: Int)
  /// Ends the interrupt that is in service.
  func endInterrupt(_ level: HyperV.VirtualTrustLevel, of processor: Int)
  /// The interrupt command register, as one number.
  func interruptCommand(_ level: HyperV.VirtualTrustLevel, of processor: Int) -> UInt64
  /// Writes the interrupt command register, which sends an interrupt; `false` if the register is not there.
  func setInterruptCommand(
    _ value: UInt64, _ level: HyperV.VirtualTrustLevel, of processor: Int
  ) -> Bool
  /// The task priority register.
  func taskPriority(_ level: HyperV.VirtualTrustLevel, of processor: Int) -> UInt8
  /// Writes the task priority register.
  func setTaskPriority(_ value: UInt8, _ level: HyperV.VirtualTrustLevel, of processor: Int)
  /// The APIC base register.
  func localAPICBase(_ level: HyperV.VirtualTrustLevel, of processor: Int) -> UInt64
  /// The APIC ID of a processor, the same at every level.
  func localAPICIdentifier(of processor: Int) -> UInt32

  /// The partition asked for a reset.
  func partitionRequestedReset()
}
