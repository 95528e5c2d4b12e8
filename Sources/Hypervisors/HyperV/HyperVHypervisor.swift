import Bus
import Interfaces
import Processor

/// Microsoft's hypervisor, as the Top Level Functional Specification (TLFS) describes it, under one partition.
///
/// It holds what the partition can notice; processors, RAM and local APICs are the machine's. Every call comes from
/// the thread that runs the machine.
public final class HyperVHypervisor {
  /// What the partition finds.
  public let configuration: HyperVConfiguration
  /// What was asked of the hypervisor so far.
  public internal(set) var statistics = HyperVStatistics()
  /// What the partition wrote to its crash registers last, P0 to P4 and the control register.
  public internal(set) var crash: HyperVCrash?

  let memory: GuestMemory
  unowned let machine: any HyperVMachine
  let tracePoints: HyperVTracePoints
  let levels = HyperV.VirtualTrustLevel.allCases.map(PartitionLevel.init)
  /// By their number on the board.
  let processors: [PartitionProcessor]
  var crashParameters = [UInt64](repeating: 0, count: 5)
  /// By level: what the levels above it agree on.
  var effectiveProtections = [PageProtection?](repeating: nil, count: HyperV.VirtualTrustLevel.allCases.count)
  let buffers = HypercallBuffers()
  /// The repetitions that a call had done when it failed.
  var completedRepetitions = 0

  /// How many overlay pages the machine's RAM must have for a number of processors.
  public static func overlayPageCount(processors: Int) -> Int { OverlayPages.count(processors: processors) }

  /// A hypervisor under the machine, which must outlive it. The first processor is to be started at the
  /// configuration's level, by whoever loads a program; the others wait.
  public init(_ configuration: HyperVConfiguration, machine: any HyperVMachine) {
    self.configuration = configuration
    self.machine = machine
    memory = machine.memory
    tracePoints = HyperVTracePoints(machine.tracer)
    let board = machine.processors
    processors = board.map { processor in
      let index =
        switch configuration.numbering {
        case .ascending: processor.index
        case .descending: board.count - 1 - processor.index
        }
      return PartitionProcessor(
        index: UInt32(index), processor: processor, active: configuration.level)
    }
    reset()
    for processor in board { processor.hypervisor = self }
  }

  /// The level that each processor runs, in the order of their numbers on the board.
  public var activeLevels: [HyperV.VirtualTrustLevel] { processors.map(\.active) }

  deinit { buffers.deallocate() }

  /// The state of a level that all processors share.
  func partition(_ level: HyperV.VirtualTrustLevel) -> PartitionLevel { levels[Int(level.rawValue)] }

  /// The partition's view of a processor of the board.
  func partitionProcessor(_ processor: VirtualProcessor) -> PartitionProcessor { processors[processor.index] }

  /// The highest level that can be enabled.
  var highestLevel: HyperV.VirtualTrustLevel { .vtl2 }

  /// At first VTL0 is enabled, and the level in which the first processor starts. The host has set up nothing else,
  /// so that a program above VTL0 finds VTL0 as the processor's reset leaves it.
  private func reset() {
    for level in levels { level.isEnabled = level.level == .vtl0 || level.level == configuration.level }
    for processor in processors {
      processor[.vtl0].isEnabled = true
      processor[.vtl0].context = processor.processor.context
    }
    let first = processors[0]
    first[configuration.level].isEnabled = true
    first.isStarted = true
    for processor in processors {
      machine.addLocalAPIC(configuration.level, of: processor.number)
      if configuration.level != .vtl0 { machine.addLocalAPIC(.vtl0, of: processor.number) }
      machine.activateLocalAPIC(configuration.level, of: processor.number)
    }
    initialiseOverlays()
  }
}

/// What a partition tells of its end.
public struct HyperVCrash: Equatable, Sendable {
  /// CRASH_P0 to CRASH_P4.
  public let parameters: [UInt64]
  /// CRASH_CTL.
  public let control: UInt64
  /// The text that the parameters point to, if there is one.
  public let text: String?
}
