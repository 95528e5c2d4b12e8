import Bus
import Interfaces

/// A ring by which the device tells its host what happened.
final class MHIEventRing {
  /// Its number.
  let index: UInt8
  /// Where it lies.
  let ring: MHIRing
  /// Which interrupt tells of its events.
  let vector: Int
  /// How long an interrupt may wait, in nanoseconds.
  let moderation: UInt64
  /// Events that wait for room.
  var waiting = MHIEventQueue()
  /// When the interrupt that waits is due; `UInt64.max` if none does.
  var interruptDeadline = UInt64.max
  /// When it began to wait.
  var interruptStart: UInt64 = 0

  private let context: UInt64
  /// Where the next event goes.
  private(set) var readPointer: UInt64
  /// Up to where the host has read, as far as the device knows.
  private var writePointer: UInt64

  private static let nanosecondsPerMillisecond: UInt64 = 1_000_000

  /// The ring that a context tells of.
  init(_ index: UInt8, context: UInt64, _ memory: MHIHostMemory) throws(MHIHostError) {
    self.index = index
    self.context = context
    let moderation: UInt32 = try memory.loadContext(
      context &+ UInt64(MHIEventContext.moderation), ring: index)
    let vector: UInt32 = try memory.loadContext(context &+ UInt64(MHIEventContext.vector), ring: index)
    self.moderation =
      UInt64(MHIInterruptModeration(rawValue: moderation).milliseconds) * Self.nanosecondsPerMillisecond
    self.vector = Int(vector & 0x1F)
    ring = try MHIRing(context: context, ring: index, memory)
    readPointer = try memory.loadContext(context &+ UInt64(MHIContext.readPointer), ring: index)
    guard ring.contains(readPointer) else {
      throw MHIHostError(violation: .badRing, ring: index, value: readPointer)
    }
    writePointer = readPointer
  }

  /// How many events fit as far as the device knows: it may write up to the host's pointer, not past it.
  var free: Int { ring.count(from: readPointer, to: writePointer) }

  /// Looks how far the host has read.
  func refresh(_ memory: MHIHostMemory) throws(MHIHostError) {
    let pointer: UInt64 = try memory.loadContext(context &+ UInt64(MHIContext.writePointer), ring: index)
    guard ring.contains(pointer) else {
      throw MHIHostError(violation: .badRing, ring: index, value: pointer)
    }
    writePointer = pointer
  }

  /// Whether an event fits.
  func hasRoom(_ memory: MHIHostMemory) throws(MHIHostError) -> Bool {
    if free == 0 { try refresh(memory) }
    return free > 0
  }

  /// Whether an event can be told at once: after those that wait.
  func takesEvent(_ memory: MHIHostMemory) throws(MHIHostError) -> Bool {
    guard waiting.isEmpty else { return false }
    return try hasRoom(memory)
  }

  /// Writes an event where there is room, and then tells the host how far the ring goes.
  ///
  /// - Returns: the address of the event.
  func write(
    _ element: MHIRingElement, _ memory: MHIHostMemory, _ faults: MHIFaults
  ) throws(MHIHostError) -> UInt64 {
    let address = readPointer
    try memory.storeElement(element, at: address, ring: index)
    readPointer = ring.next(address)
    try memory.storeContext(
      faults.pointer(instead: readPointer, in: ring), at: context &+ UInt64(MHIContext.readPointer),
      ring: index)
    return address
  }

  // MARK: State

  func save(to writer: inout StateWriter) {
    ring.save(to: &writer)
    writer.write(UInt32(vector))
    writer.write(moderation)
    writer.write(interruptDeadline)
    writer.write(interruptStart)
    writer.write(context)
    writer.write(readPointer)
    writer.write(writePointer)
    waiting.save(to: &writer)
  }

  init(_ index: UInt8, from reader: inout StateReader) throws(StateError) {
    self.index = index
    ring = try MHIRing(from: &reader)
    vector = Int(try reader.read(UInt32.self) & 0x1F)
    moderation = try reader.read()
    interruptDeadline = try reader.read()
    interruptStart = try reader.read()
    context = try reader.read()
    readPointer = try reader.read()
    writePointer = try reader.read()
    guard ring.contains(readPointer), ring.contains(writePointer) else { throw .invalid }
    try waiting.restore(from: &reader)
  }
}
