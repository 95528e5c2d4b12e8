import Synchronization

@_extern(c, "bedrock_heap_start") private func heapStart() -> UInt
@_extern(c, "bedrock_heap_end") private func heapEnd() -> UInt

/// The memory behind Swift's classes and arrays: the arena that `Image.ld` reserves, in address order.
///
/// Every block starts with a header. Free blocks form a list sorted by address and are merged with their
/// neighbours; the first that is large enough is taken.
struct Heap: ~Copyable, Sendable {
  private struct Header {
    /// Bytes in the block, with this header.
    var size: UInt
    /// The address of the next free block or 0; `allocatedMark` while the block is in use.
    var next: UInt
  }

  private static let headerSize: UInt = 16
  private static let allocatedMark: UInt = 0xA110_CA7E_D000_0000

  private let lock = SpinLock()
  private let isReady = Atomic<Bool>(false)
  private let firstFree = Atomic<UInt>(0)

  /// Memory for `size` bytes at a multiple of `alignment`, a power of two; nil if there is none.
  func allocate(size: UInt, alignment: UInt) -> UnsafeMutableRawPointer? {
    lock.withLock {
      prepare()
      let (padded, overflow) = max(size, 1).addingReportingOverflow(Self.headerSize + 15)
      guard !overflow else { return nil }
      return take(padded & ~15, alignment: max(alignment, Self.headerSize))
    }
  }

  /// Gives back what `allocate` returned.
  func release(_ pointer: UnsafeMutableRawPointer) {
    lock.withLock {
      let address = UInt(bitPattern: pointer) - Self.headerSize
      precondition(header(address).pointee.next == Self.allocatedMark, "released twice or never allocated")
      insert(address)
    }
  }

  private func header(_ address: UInt) -> UnsafeMutablePointer<Header> {
    guard let pointer = UnsafeMutablePointer<Header>(bitPattern: address) else {
      preconditionFailure("the heap does not begin at address 0")
    }
    return pointer
  }

  private func prepare() {
    if isReady.exchange(true, ordering: .relaxed) { return }
    let start = heapStart()
    header(start).initialize(to: Header(size: heapEnd() - start, next: 0))
    firstFree.store(start, ordering: .relaxed)
  }

  private func link(_ address: UInt, after previous: UInt) {
    if previous == 0 {
      firstFree.store(address, ordering: .relaxed)
    } else {
      header(previous).pointee.next = address
    }
  }

  private func take(_ size: UInt, alignment: UInt) -> UnsafeMutableRawPointer? {
    var previous: UInt = 0
    var address = firstFree.load(ordering: .relaxed)
    while address != 0 {
      let free = header(address).pointee
      let payload = (address + Self.headerSize + alignment - 1) & ~(alignment - 1)
      let start = payload - Self.headerSize
      let end = start + size
      if end <= address + free.size {
        // What remains before and behind the block stays free; sizes are multiples of the header's size.
        let hasTail = end < address + free.size
        let next = hasTail ? end : free.next
        if hasTail { header(end).initialize(to: Header(size: address + free.size - end, next: free.next)) }
        if start > address {
          header(address).pointee = Header(size: start - address, next: next)
        } else {
          link(next, after: previous)
        }
        header(start).initialize(to: Header(size: size, next: Self.allocatedMark))
        return UnsafeMutableRawPointer(bitPattern: payload)
      }
      previous = address
      address = free.next
    }
    return nil
  }

  private func insert(_ address: UInt) {
    var previous: UInt = 0
    var next = firstFree.load(ordering: .relaxed)
    while next != 0, next < address {
      previous = next
      next = header(next).pointee.next
    }
    let block = header(address)
    if next != 0, address + block.pointee.size == next {
      block.pointee = Header(
        size: block.pointee.size + header(next).pointee.size, next: header(next).pointee.next)
    } else {
      block.pointee.next = next
    }
    if previous != 0, previous + header(previous).pointee.size == address {
      header(previous).pointee = Header(
        size: header(previous).pointee.size + block.pointee.size, next: block.pointee.next)
    } else {
      link(address, after: previous)
    }
  }
}

private let heap = Heap()

/// What Swift's runtime calls to allocate. Returns 0, or ENOMEM.
@c(posix_memalign)
func allocateAligned(
  _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: UInt, _ size: UInt
) -> Int32 {
  let outOfMemory: Int32 = 12
  result.pointee = heap.allocate(size: size, alignment: alignment)
  return result.pointee == nil ? outOfMemory : 0
}

/// What `free` leads to.
@c(bedrock_heap_release)
func releaseToHeap(_ pointer: UnsafeMutableRawPointer?) {
  if let pointer { heap.release(pointer) }
}
