import Bedrock
import Interfaces

/// A ring of elements in shared memory, and the place in it that is the driver's next.
struct Ring {
  /// A ring lies at a multiple of its size, which pages do up to this many elements.
  static let largestCount = Int(PageFrameAllocator.frameSize) / MHIRingElement.size

  let memory: SharedMemory
  /// How many elements there are; one less can be in use.
  let count: Int
  private(set) var next = 0

  /// Nil if there is no memory. `count` is at most `largestCount`.
  init?(_ frames: PageFrameAllocator, count: Int) {
    guard let memory = SharedMemory(frames, count: count * MHIRingElement.size) else { return nil }
    self.memory = memory
    self.count = count
  }

  /// Where an element is.
  func address(of index: Int) -> UInt64 { memory.address + UInt64(index * MHIRingElement.size) }

  /// Which element is at an address; nil if none begins there.
  func index(of address: UInt64) -> Int? {
    let offset = address &- memory.address
    guard offset < UInt64(count * MHIRingElement.size), offset % UInt64(MHIRingElement.size) == 0 else {
      return nil
    }
    return Int(offset) / MHIRingElement.size
  }

  func element(_ index: Int) -> MHIRingElement {
    let offset = index * MHIRingElement.size
    return MHIRingElement(
      pointer: memory.load64(offset), dword0: memory.load32(offset + MHIRingElement.dword0Offset),
      dword1: memory.load32(offset + MHIRingElement.dword1Offset))
  }

  func store(_ element: MHIRingElement, at index: Int) {
    let offset = index * MHIRingElement.size
    memory.store64(element.pointer, at: offset)
    memory.store32(element.dword0, at: offset + MHIRingElement.dword0Offset)
    memory.store32(element.dword1, at: offset + MHIRingElement.dword1Offset)
  }

  /// The place behind another.
  func index(after index: Int) -> Int { index + 1 == count ? 0 : index + 1 }

  /// Goes on by one place.
  mutating func advance() { next = index(after: next) }

  /// Goes to a place.
  mutating func go(to index: Int) { next = index }
}
