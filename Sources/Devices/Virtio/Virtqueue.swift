import Bus

/// The device's side of a split virtqueue (VIRTIO 1.2, 2.7).
///
/// Everything in the rings and the descriptors comes from the guest. A turn, from ``beginTurn()`` to
/// ``endTurn()``, takes at most as many chains as the queue has descriptors, so that a ring that grows while
/// it is worked on, by a device's own writes into it, cannot hold the machine.
public final class Virtqueue {
  /// The largest size that the driver may choose: a power of two.
  let maximumSize: UInt16
  /// The number of descriptors that the driver chose.
  var size: UInt16
  /// The physical address of the descriptor table.
  var descriptorTable: UInt64 = 0
  /// The physical address of the available ring, which the driver writes.
  var availableRing: UInt64 = 0
  /// The physical address of the used ring, which the device writes.
  var usedRing: UInt64 = 0
  /// The message vector for used buffers.
  var vector = VirtioVector.none
  /// Whether the driver has set the queue up.
  private(set) var isEnabled = false
  /// The features that both sides agreed on.
  var features: VirtioFeatures = []

  private let memory: BusMaster
  private var nextAvailable: UInt16 = 0
  private var nextUsed: UInt16 = 0
  private var signalledUsed: UInt16 = 0
  private var budget = 0

  init(maximumSize: UInt16, memory: BusMaster) {
    precondition(maximumSize.nonzeroBitCount == 1 && maximumSize <= 1 << 15, "not a size of a virtqueue")
    self.maximumSize = maximumSize
    self.memory = memory
    size = maximumSize
  }

  /// Takes the queue into use with the size and the addresses that the driver chose.
  func enable() throws(VirtqueueError) {
    guard size.nonzeroBitCount == 1, size <= maximumSize, descriptorTable % 16 == 0, availableRing % 2 == 0,
      usedRing % 4 == 0
    else { throw .badQueueLayout }
    isEnabled = true
  }

  /// Puts everything to its power-on value.
  func reset() {
    size = maximumSize
    descriptorTable = 0
    availableRing = 0
    usedRing = 0
    vector = VirtioVector.none
    isEnabled = false
    features = []
    nextAvailable = 0
    nextUsed = 0
    signalledUsed = 0
    budget = 0
  }

  // MARK: Turns

  /// Starts to take chains.
  func beginTurn() { budget = Int(size) }

  /// Takes the next chain that the driver made available; `nil` if there is none in this turn.
  public func next() throws(VirtqueueError) -> DescriptorChain? {
    guard isEnabled, budget > 0 else { return nil }
    let availableIndex: UInt16 = try load(availableRing &+ VirtqueueRing.index)
    let ahead = availableIndex &- nextAvailable
    guard ahead != 0 else { return nil }
    guard ahead <= size else { throw .availableIndexTooFarAhead }
    budget -= 1
    let slot = UInt64(nextAvailable & (size - 1))
    let head: UInt16 = try load(
      availableRing &+ VirtqueueRing.entries &+ slot * VirtqueueRing.availableEntrySize)
    let chain = try walk(from: head)
    nextAvailable &+= 1
    return chain
  }

  /// Gives a chain back to the driver; `written` is the number of bytes at the start of the writable part that
  /// the device wrote.
  public func complete(_ chain: DescriptorChain, written: UInt32) throws(VirtqueueError) {
    let entry =
      usedRing &+ VirtqueueRing.entries &+ UInt64(nextUsed & (size - 1)) * VirtqueueRing.usedEntrySize
    try store(UInt64(written) << 32 | UInt64(chain.head), at: entry)
    nextUsed &+= 1
    try store(nextUsed, at: usedRing &+ VirtqueueRing.index)
  }

  /// Ends the turn: tells the driver how far it went. Returns whether the driver wants an interrupt for what
  /// was completed since the last one was considered.
  func endTurn() throws(VirtqueueError) -> Bool {
    budget = 0
    let wantsEventIndex = features.contains(.eventIndex)
    if wantsEventIndex {
      let availableEvent = usedRing &+ VirtqueueRing.entries &+ UInt64(size) * VirtqueueRing.usedEntrySize
      try store(nextAvailable, at: availableEvent)
    }
    guard nextUsed != signalledUsed else { return false }
    let completed = nextUsed &- signalledUsed
    signalledUsed = nextUsed
    guard wantsEventIndex else {
      let flags: UInt16 = try load(availableRing &+ VirtqueueRing.flags)
      return flags & VirtqueueRing.noInterrupt == 0
    }
    let usedEvent: UInt16 = try load(
      availableRing &+ VirtqueueRing.entries &+ UInt64(size) * VirtqueueRing.availableEntrySize)
    // Whether the index passed the event (2.7.10).
    return nextUsed &- usedEvent &- 1 < completed
  }

  // MARK: Descriptors

  private struct Descriptor {
    let buffer: DescriptorChain.Buffer
    let flags: VirtqueueDescriptorFlags
    let next: UInt16
  }

  private struct DescriptorTable {
    let address: UInt64
    let count: UInt32
  }

  private func walk(from head: UInt16) throws(VirtqueueError) -> DescriptorChain {
    var chain = DescriptorChain(head: head, memory: memory)
    var table = DescriptorTable(address: descriptorTable, count: UInt32(size))
    var isIndirect = false
    var index = head
    // No chain is longer than the queue (2.7.5.3.1); with an indirect table, than the queue could be.
    var remaining = UInt32(size)
    while true {
      guard remaining > 0 else { throw .chainTooLong }
      remaining -= 1
      let descriptor = try descriptor(index, of: table)
      if descriptor.flags.contains(.indirect) {
        guard !isIndirect else { throw .badIndirectTable }
        table = try indirectTable(descriptor)
        isIndirect = true
        index = 0
        remaining = min(table.count, UInt32(maximumSize))
        continue
      }
      guard descriptor.buffer.length > 0 else { throw .emptyBuffer }
      if descriptor.flags.contains(.write) {
        try chain.appendWritable(descriptor.buffer)
      } else {
        try chain.appendReadable(descriptor.buffer)
      }
      guard descriptor.flags.contains(.next) else { return chain }
      index = descriptor.next
    }
  }

  private func indirectTable(_ descriptor: Descriptor) throws(VirtqueueError) -> DescriptorTable {
    let length = descriptor.buffer.length
    guard features.contains(.indirectDescriptors), !descriptor.flags.contains(.next), length > 0,
      length % UInt32(VirtqueueRing.descriptorSize) == 0
    else { throw .badIndirectTable }
    return DescriptorTable(
      address: descriptor.buffer.address, count: length / UInt32(VirtqueueRing.descriptorSize))
  }

  private func descriptor(_ index: UInt16, of table: DescriptorTable) throws(VirtqueueError) -> Descriptor {
    guard UInt32(index) < table.count else { throw .descriptorOutOfRange }
    let address = table.address &+ UInt64(index) * VirtqueueRing.descriptorSize
    var raw: (UInt64, UInt64) = (0, 0)
    guard withUnsafeMutableBytes(of: &raw, { memory.read(address, into: $0) }) else {
      throw .unreachable(address: address)
    }
    let rest = UInt64(littleEndian: raw.1)
    return Descriptor(
      buffer: DescriptorChain.Buffer(
        address: UInt64(littleEndian: raw.0), length: UInt32(truncatingIfNeeded: rest)),
      flags: VirtqueueDescriptorFlags(rawValue: UInt16(truncatingIfNeeded: rest >> 32)),
      next: UInt16(truncatingIfNeeded: rest >> 48))
  }

  // MARK: Memory

  private func load<Number: FixedWidthInteger>(_ address: UInt64) throws(VirtqueueError) -> Number {
    guard let value: Number = memory.load(address) else { throw .unreachable(address: address) }
    return value
  }

  private func store<Number: FixedWidthInteger>(_ value: Number, at address: UInt64) throws(VirtqueueError) {
    guard memory.store(value, at: address) else { throw .unreachable(address: address) }
  }

  // MARK: State

  func save(to writer: inout StateWriter) {
    writer.write(size)
    writer.write(descriptorTable)
    writer.write(availableRing)
    writer.write(usedRing)
    writer.write(vector)
    writer.write(isEnabled)
    writer.write(features.rawValue)
    writer.write(nextAvailable)
    writer.write(nextUsed)
    writer.write(signalledUsed)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    size = try reader.read()
    descriptorTable = try reader.read()
    availableRing = try reader.read()
    usedRing = try reader.read()
    vector = try reader.read()
    isEnabled = try reader.readBool()
    features = VirtioFeatures(rawValue: try reader.read())
    nextAvailable = try reader.read()
    nextUsed = try reader.read()
    signalledUsed = try reader.read()
    guard size <= maximumSize, !isEnabled || size.nonzeroBitCount == 1 else { throw .invalid }
  }
}
