import Bus

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The decoded blocks of a machine, shared by its processors and found by physical address and mode.
///
/// Blocks lie one after the other in an arena. A page that is overwritten loses its blocks, whose memory is not
/// used again before the arena is full; then everything is forgotten at once.
public final class CodeCache {
  /// How often blocks of a page were dropped because the page was written to.
  public private(set) var invalidations: UInt64 = 0
  /// How many blocks were decoded.
  public private(set) var blocksDecoded: UInt64 = 0

  private let memory: GuestMemory
  private let arena: UnsafeMutableRawPointer
  private var used = 0
  private let buckets: UnsafeMutablePointer<UnsafeMutablePointer<Block>?>
  private let pages: UnsafeMutablePointer<UnsafeMutablePointer<Block>?>
  private let pageCount: Int
  private var users: [User] = []

  /// A processor holds its cache; the cache does not hold the processor.
  private struct User {
    unowned(unsafe) let processor: VirtualProcessor
    let identifier: ObjectIdentifier
  }

  private static let arenaSize = 48 << 20
  private static let bucketBits: UInt64 = 16

  /// An empty cache for code in `memory`; `nil` if the host has no room for it.
  public init?(memory: GuestMemory) {
    let pageCount = memory.pageCount
    guard let arena = Self.map(Self.arenaSize) else { return nil }
    guard let table = Self.map(pageCount * MemoryLayout<UnsafeMutableRawPointer?>.stride) else {
      munmap(arena, Self.arenaSize)
      return nil
    }
    self.memory = memory
    self.arena = arena
    self.pageCount = pageCount
    pages = table.bindMemory(to: UnsafeMutablePointer<Block>?.self, capacity: pageCount)
    buckets = .allocate(capacity: 1 << Int(Self.bucketBits))
    buckets.initialize(repeating: nil, count: 1 << Int(Self.bucketBits))
    memory.willWriteWatchedPage = { [unowned self] in invalidate(pageOffset: $0) }
  }

  deinit {
    munmap(arena, Self.arenaSize)
    munmap(pages, pageCount * MemoryLayout<UnsafeMutableRawPointer?>.stride)
    buckets.deallocate()
  }

  /// Untouched pages of an anonymous mapping cost nothing and read as zero.
  private static func map(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    return address == MAP_FAILED ? nil : address
  }

  /// The processor hears from now on of pages that hold code and of blocks that are dropped.
  func register(_ processor: VirtualProcessor) {
    users.append(User(processor: processor, identifier: ObjectIdentifier(processor)))
  }

  /// Forgets a processor that is about to go.
  func unregister(_ processor: VirtualProcessor) {
    let identifier = ObjectIdentifier(processor)
    users.removeAll { $0.identifier == identifier }
  }

  /// The block of a key, if it was decoded.
  func block(_ key: Block.Key) -> UnsafeMutablePointer<Block>? {
    var candidate = buckets[key.hash(bits: Self.bucketBits)]
    while let block = candidate {
      if block.pointee.key == key { return block }
      candidate = block.pointee.nextInBucket
    }
    return nil
  }

  /// Room for `bytes` bytes that stays valid until the next ``reset()``; makes room if there is none.
  func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    let size = (bytes + 31) & ~31
    if used + size > Self.arenaSize { reset() }
    defer { used += size }
    return arena + used
  }

  /// Makes a finished block known. Stores to its page are noticed from now on.
  func insert(_ block: UnsafeMutablePointer<Block>, pageOffset: UInt64) {
    blocksDecoded &+= 1
    let bucket = block.pointee.key.hash(bits: Self.bucketBits)
    block.pointee.nextInBucket = buckets[bucket]
    buckets[bucket] = block
    let page = Int(pageOffset / UInt64(GuestMemory.pageSize))
    block.pointee.nextInPage = pages[page]
    pages[page] = block
    guard !memory.pageAttributes[page].contains(.containsDecodedCode) else { return }
    memory.pageAttributes[page].insert(.containsDecodedCode)
    let hostPage = UInt64(UInt(bitPattern: memory.base)) &+ pageOffset
    for user in users { user.processor.translations.protect(hostPage: hostPage) }
  }

  /// Drops the blocks of a page that is about to change.
  func invalidate(pageOffset: UInt64) {
    let page = Int(pageOffset / UInt64(GuestMemory.pageSize))
    guard page < pageCount, memory.pageAttributes[page].contains(.containsDecodedCode) else { return }
    invalidations &+= 1
    var next = pages[page]
    while let block = next {
      removeFromBucket(block)
      next = block.pointee.nextInPage
    }
    pages[page] = nil
    memory.pageAttributes[page].remove(.containsDecodedCode)
    for user in users { user.processor.codeWasDropped() }
  }

  private func removeFromBucket(_ block: UnsafeMutablePointer<Block>) {
    let bucket = block.pointee.key.hash(bits: Self.bucketBits)
    if buckets[bucket] == block {
      buckets[bucket] = block.pointee.nextInBucket
      return
    }
    var candidate = buckets[bucket]
    while let current = candidate {
      if current.pointee.nextInBucket == block {
        current.pointee.nextInBucket = block.pointee.nextInBucket
        return
      }
      candidate = current.pointee.nextInBucket
    }
  }

  /// Forgets every block.
  func reset() {
    used = 0
    buckets.update(repeating: nil, count: 1 << Int(Self.bucketBits))
    for page in 0..<pageCount where memory.pageAttributes[page].contains(.containsDecodedCode) {
      memory.pageAttributes[page].remove(.containsDecodedCode)
      pages[page] = nil
    }
    for user in users { user.processor.codeWasDropped() }
  }
}
