import Bedrock
import Interfaces
import Synchronization

/// A virtual machine of two processors, whose interrupts AVIC or the hypervisor delivers.
///
/// Its tables and pages are made once, before anything of them can be seen, and stay for good.
final class VirtualMachine: @unchecked Sendable {
  /// The window's page with the first processor's interrupt record.
  private static let firstRecordPage = 6
  static let processorCount = 2

  let memory: GuestMemory
  let tables: IdentifierTables
  private(set) var processors: [GuestProcessor] = []
  private let inhibitions = Atomic<UInt8>(0)

  /// Nil if there is no memory.
  init?(_ frames: PageFrameAllocator) {
    guard let memory = GuestMemory(frames), let tables = IdentifierTables(frames) else { return nil }
    self.memory = memory
    self.tables = tables
    for identifier in 0..<Self.processorCount {
      guard let processor = GuestProcessor(UInt8(identifier), of: self) else { return nil }
      processors.append(processor)
    }
  }

  /// Why the machine's interrupts must be routed by software.
  var inhibition: Inhibition { Inhibition(rawValue: inhibitions.load(ordering: .acquiring)) }

  /// Adds reasons to route interrupts by software.
  func inhibit(_ reasons: Inhibition) { inhibitions.bitwiseOr(reasons.rawValue, ordering: .releasing) }

  /// Makes the memory, the tables and the processors what they were in the beginning.
  func reset(_ mode: ControllerMode) {
    inhibitions.store(0, ordering: .relaxed)
    memory.resetWindow()
    memory.mapAPIC(mode != .software)
    for identifier in 0..<UInt8.max { tables.setPhysicalEntry(identifier, nil) }
    for index in 0..<IdentifierTables.logicalEntries { tables.setLogicalEntry(index, nil) }
    for processor in processors {
      processor.virtual.reset()
      processor.reset(mode)
      processor.publish(runningOn: nil)
    }
  }

  /// Routes interrupts by software from now on, while no processor runs.
  func switchToSoftware() {
    memory.mapAPIC(false)
    for processor in processors { processor.setController(.software) }
  }

  /// The number of the window's page with a processor's interrupt record.
  func recordPage(of identifier: UInt8) -> Int { Self.firstRecordPage + Int(identifier) }

  /// Makes every vector from 32 on be handled by `ControllerPrograms.S`, or lead to its interrupt entry.
  func setHandlers(_ areUsed: Bool) {
    for vector in 32...UInt8.max {
      if areUsed { memory.setGate(vector, handler(of: vector)) } else { memory.resetGate(vector) }
    }
  }

  /// Gives the processors logical IDs, as their operating system would.
  func setLogicalIdentifiers(_ identifiers: [UInt8], _ model: DestinationModel) {
    for (processor, identifier) in zip(processors, identifiers) {
      let page = processor.page
      page[.destinationFormat] = model.rawValue << 28 | 0x0FFF_FFFF
      page[.logicalDestination] = UInt32(identifier) << 24
      inhibit(
        tables.updateLogicalEntry(
          of: processor.identifier, logicalDestination: page[.logicalDestination],
          destinationFormat: page[.destinationFormat]))
    }
  }

  /// The processors that a command names, found by their registers and not by AVIC's tables.
  func targets(of command: InterruptCommand, from sender: GuestProcessor) -> [GuestProcessor] {
    switch command.shorthand {
    case .sender: return [sender]
    case .everyone: return processors
    case .everyoneElse: return processors.filter { $0 !== sender }
    case .none: break
    }
    let destination = UInt8(truncatingIfNeeded: command.destinationField(.memory))
    if destination == .max { return processors }
    guard command.isLogical else { return processors.filter { $0.identifier == destination } }
    return processors.filter { processor in
      guard let model = DestinationModel(format: processor.page[.destinationFormat]),
        let index = LogicalIdentifier.index(
          of: UInt8(processor.page[.logicalDestination] >> 24), in: model)
      else { return false }
      return LogicalIdentifier.indexes(of: destination, in: model).contains(index)
    }
  }
}
