import Bedrock
import Interfaces
import Synchronization

/// AVIC's physical and logical APIC ID tables of a virtual machine (APM volume 2, 15.29.4).
///
/// They live as long as the machine does. Every entry is written as a whole, since processors read them at any time.
struct IdentifierTables: @unchecked Sendable {
  /// Physical IDs of guest processors: FFh is the broadcast, so that its entry does not exist.
  static let greatestIdentifier = SVM.PhysicalIdentifierTable.greatestIndex
  /// The entries that cluster mode has: 15 clusters of four.
  static let logicalEntries = 60

  /// Where the tables are.
  let physical: PhysicalAddress
  let logical: PhysicalAddress
  private let physicalBytes: UnsafeMutableRawPointer
  private let logicalBytes: UnsafeMutableRawPointer

  /// Empty tables. Nil if there is no memory.
  init?(_ frames: PageFrameAllocator) {
    guard let physical = frames.allocate(), let logical = frames.allocate(),
      let physicalBytes = physical.pointer, let logicalBytes = logical.pointer
    else { return nil }
    self.physical = physical
    self.logical = logical
    self.physicalBytes = physicalBytes
    self.logicalBytes = logicalBytes
  }

  /// The entry of a guest's physical ID. Nil for the broadcast.
  func physicalEntry(_ identifier: UInt8) -> SVM.PhysicalIdentifierEntry? {
    guard Int(identifier) <= Self.greatestIdentifier else { return nil }
    return SVM.PhysicalIdentifierEntry(rawValue: physicalWord(identifier).pointee.load(ordering: .acquiring))
  }

  /// Sets the entry of a guest's physical ID, or makes it invalid. False for the broadcast.
  @discardableResult
  func setPhysicalEntry(_ identifier: UInt8, _ entry: SVM.PhysicalIdentifierEntry?) -> Bool {
    guard Int(identifier) <= Self.greatestIdentifier else { return false }
    physicalWord(identifier).pointee.store(entry?.rawValue ?? 0, ordering: .sequentiallyConsistent)
    return true
  }

  /// The entry of the logical table at an index.
  func logicalEntry(_ index: Int) -> SVM.LogicalIdentifierEntry {
    SVM.LogicalIdentifierEntry(rawValue: logicalWord(index).pointee.load(ordering: .acquiring))
  }

  /// Sets the entry of the logical table at an index, or makes it invalid.
  func setLogicalEntry(_ index: Int, _ entry: SVM.LogicalIdentifierEntry?) {
    logicalWord(index).pointee.store(entry?.rawValue ?? 0, ordering: .sequentiallyConsistent)
  }

  /// Makes the logical table say what a guest processor's registers say, and no more what they said before.
  ///
  /// Returns why AVIC cannot route by them, if it cannot: then the caller has to.
  @discardableResult
  func updateLogicalEntry(
    of identifier: UInt8, logicalDestination: UInt32, destinationFormat: UInt32
  ) -> Inhibition {
    for index in 0..<Self.logicalEntries {
      let entry = logicalEntry(index)
      if entry.isValid && entry.identifier == identifier { setLogicalEntry(index, nil) }
    }
    let logical = UInt8(logicalDestination >> 24)
    // A processor without a logical ID is not reached by one.
    guard logical != 0 else { return [] }
    guard let model = DestinationModel(format: destinationFormat) else { return .reservedFormat }
    guard let index = LogicalIdentifier.index(of: logical, in: model) else { return .logicalAlias }
    guard !logicalEntry(index).isValid else { return .logicalAlias }
    setLogicalEntry(index, SVM.LogicalIdentifierEntry(identifier: identifier))
    return []
  }

  private func physicalWord(_ identifier: UInt8) -> UnsafeMutablePointer<Atomic<UInt64>> {
    (physicalBytes + Int(identifier) * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  private func logicalWord(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    (logicalBytes + index * 4).assumingMemoryBound(to: Atomic<UInt32>.self)
  }
}

/// Why a virtual machine's interrupts are routed by software although the processor has AVIC.
struct Inhibition: OptionSet, Sendable {
  let rawValue: UInt8

  /// The processor does not offer it, or it is not wanted.
  static let disabled = Inhibition(rawValue: 1 << 0)
  /// A logical ID names more than one processor, or two have the same.
  static let logicalAlias = Inhibition(rawValue: 1 << 1)
  /// A destination format that does not exist.
  static let reservedFormat = Inhibition(rawValue: 1 << 2)
  /// A guest has changed the physical ID that its entry is found by.
  static let identifierChanged = Inhibition(rawValue: 1 << 3)
}
