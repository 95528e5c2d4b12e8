import Bedrock
import Interfaces

/// A ring in which the modem tells of events.
struct EventRing {
  let number: Int
  let context: Context
  private(set) var ring: Ring

  /// Nil if there is no memory.
  init?(_ number: Int, count: Int, in contexts: SharedMemory, _ frames: PageFrameAllocator) {
    guard let ring = Ring(frames, count: count) else { return nil }
    self.number = number
    self.ring = ring
    context = Context(number, in: contexts)
  }

  /// Describes the ring to the modem, empty: all of its elements but one are the modem's.
  ///
  /// - Parameters:
  ///   - vector: the interrupt that it raises.
  ///   - moderation: how long interrupts that may wait wait at most, in milliseconds.
  mutating func describe(vector: UInt32, moderation: UInt16) {
    ring.go(to: 0)
    context[MHIEventContext.moderation] = MHIInterruptModeration(milliseconds: moderation).rawValue
    context[MHIEventContext.type] = MHIEventContext.validType
    context[MHIEventContext.vector] = vector
    context.describe(ring, readPointer: 0, writePointer: ring.count - 1)
  }

  /// The address up to which the modem may write.
  var writePointer: UInt64 { context.writePointer }

  /// The next event with its address; nil if there is none, or if the modem points outside of the ring.
  mutating func take() -> (event: MHIRingElement, address: UInt64)? {
    guard let end = ring.index(of: context.readPointer), end != ring.next else { return nil }
    let index = ring.next
    let event = ring.element(index)
    ring.advance()
    // One element further than before is the modem's again.
    context.writePointer = ring.address(of: index)
    return (event, ring.address(of: index))
  }
}
