#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The machine's RAM.
///
/// It lies in the physical address space in up to two pieces: from 0 to at most 3 GiB, and the rest from
/// 4 GiB on. In the host it is one mapping without a hole; an *offset* in this file is a place in that
/// mapping. Host pages are taken when the guest first touches them.
///
/// Behind the last offset of RAM there may be *overlay pages*, which have no physical address of their own: a
/// hypervisor lays them over pages of RAM, for the processors that it wants to see them.
///
/// Every access from a device goes through here, so that the processor learns when code that it has decoded
/// is overwritten.
public final class GuestMemory {
  /// Where the hole for devices begins in the physical address space.
  @inlinable
  public static var holeStart: UInt64 { 0xC000_0000 }
  /// Where RAM goes on after the hole.
  @inlinable
  public static var holeEnd: UInt64 { 0x1_0000_0000 }
  /// The size of a page, in bytes.
  public static let pageSize = 4096

  /// The number of bytes of RAM.
  public let size: UInt64
  /// The number of overlay pages.
  public let overlayPageCount: Int
  /// The mapping in the host, and where it lies in the physical address space.
  public let view: View
  /// Called with a page's offset before a device overwrites a page that has attributes.
  public var willWriteWatchedPage: ((_ pageOffset: UInt64) -> Void)?

  /// What is special about a page, so that stores to it must not be made directly.
  public struct PageAttributes: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// The set with these bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The processor has decoded instructions from this page.
    public static let containsDecodedCode = PageAttributes(rawValue: 1 << 0)
  }

  /// Maps RAM of `size` bytes, which must be a positive multiple of the page size, and overlay pages, at most 65,536;
  /// `nil` if the host refuses.
  public init?(size: UInt64, overlayPageCount: Int = 0) {
    guard size > 0, size % UInt64(Self.pageSize) == 0, size <= 1 << 46, 0...65_536 ~= overlayPageCount
    else { return nil }
    let pages = Int(size) / Self.pageSize + overlayPageCount
    guard let base = Self.map(pages * Self.pageSize) else { return nil }
    guard let attributes = Self.map(pages) else {
      munmap(base, pages * Self.pageSize)
      return nil
    }
    self.size = size
    self.overlayPageCount = overlayPageCount
    let lowSize = min(size, Self.holeStart)
    view = View(
      base: base, pageAttributes: attributes.bindMemory(to: PageAttributes.self, capacity: pages),
      lowSize: lowSize, highSize: size - lowSize)
  }

  /// The first byte of the mapping in the host.
  public var base: UnsafeMutableRawPointer { view.base }
  /// One byte for each page, in the order of offsets.
  public var pageAttributes: UnsafeMutablePointer<PageAttributes> { view.pageAttributes }

  deinit {
    munmap(base, pageCount * Self.pageSize)
    munmap(pageAttributes, pageCount)
  }

  /// The number of pages that have an offset: RAM and overlays.
  public var pageCount: Int { Int(size) / Self.pageSize + overlayPageCount }

  /// The offset of an overlay page, counted from 0.
  public func overlayOffset(_ index: Int) -> UInt64 { size + UInt64(index * Self.pageSize) }

  private static func map(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0)
    return address == MAP_FAILED ? nil : address
  }

  /// The number of bytes below the hole.
  public var lowSize: UInt64 { view.lowSize }
  /// The number of bytes from 4 GiB on.
  public var highSize: UInt64 { view.highSize }

  /// What it takes to reach RAM, without a reference to count: for code that cannot afford one. It is valid
  /// as long as the ``GuestMemory`` that it comes from.
  public struct View {
    /// The first byte of the mapping in the host.
    public let base: UnsafeMutableRawPointer
    /// One byte for each page, in the order of offsets.
    public let pageAttributes: UnsafeMutablePointer<PageAttributes>
    /// The number of bytes below the hole.
    public let lowSize: UInt64
    /// The number of bytes from 4 GiB on.
    public let highSize: UInt64

    /// The place in the mapping of a physical address; `nil` if no RAM answers there.
    @inlinable @inline(__always)
    public func offset(ofPhysical address: UInt64) -> UInt64? {
      if address < lowSize { return address }
      let aboveHole = address &- GuestMemory.holeEnd
      return aboveHole < highSize ? GuestMemory.holeStart + aboveHole : nil
    }
  }

  /// The place in the mapping of a physical address; `nil` if no RAM answers there.
  public func offset(ofPhysical address: UInt64) -> UInt64? { view.offset(ofPhysical: address) }

  /// The physical address of a place in the mapping.
  @inline(__always)
  public func physicalAddress(ofOffset offset: UInt64) -> UInt64 {
    offset < Self.holeStart ? offset : offset - Self.holeStart + Self.holeEnd
  }

  /// Fills `buffer` from the physical address; `false`, with nothing read, if a part is not RAM.
  public func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard let destination = buffer.baseAddress else { return true }
    guard let offset = contiguousOffset(address, count: buffer.count) else { return false }
    destination.copyMemory(from: base + Int(offset), byteCount: buffer.count)
    return true
  }

  /// Stores `buffer` at the physical address; `false`, with nothing written, if a part is not RAM.
  public func write(_ address: UInt64, from buffer: UnsafeRawBufferPointer) -> Bool {
    guard let source = buffer.baseAddress else { return true }
    guard let offset = contiguousOffset(address, count: buffer.count) else { return false }
    notifyWatchers(offset: offset, count: buffer.count)
    (base + Int(offset)).copyMemory(from: source, byteCount: buffer.count)
    return true
  }

  /// Makes `count` bytes from the physical address on zero; `false`, with nothing changed, if a part is not RAM.
  ///
  /// Whole pages are given back to the host where that makes them zero, so that gigabytes cost no time.
  public func clear(_ address: UInt64, count: Int) -> Bool {
    guard count > 0 else { return true }
    guard let offset = contiguousOffset(address, count: count) else { return false }
    notifyWatchers(offset: offset, count: count)
    let start = base + Int(offset)
    #if os(Linux)
      let first = start.alignedUp(toMultipleOf: Self.givenBack)
      let end = (start + count).alignedDown(toMultipleOf: Self.givenBack)
      // A private anonymous mapping reads as zero where it was given back (madvise(2)).
      if first < end, madvise(first, end - first, MADV_DONTNEED) == 0 {
        memset(start, 0, first - start)
        memset(end, 0, start + count - end)
        return true
      }
    #endif
    memset(start, 0, count)
    return true
  }

  /// A multiple of the page sizes that hosts have.
  private static let givenBack = 64 << 10

  /// Reads a little-endian number; `nil` if a part is not RAM.
  public func load<Number: FixedWidthInteger>(
    _ address: UInt64, as type: Number.Type = Number.self
  ) -> Number? {
    guard let offset = contiguousOffset(address, count: MemoryLayout<Number>.size) else { return nil }
    return Number(littleEndian: (base + Int(offset)).loadUnaligned(as: Number.self))
  }

  /// Stores a little-endian number; `false` if a part is not RAM.
  @discardableResult
  public func store<Number: FixedWidthInteger>(_ value: Number, at address: UInt64) -> Bool {
    withUnsafeBytes(of: value.littleEndian) { write(address, from: $0) }
  }

  /// The offset of a run of RAM that does not meet the hole or the end.
  private func contiguousOffset(_ address: UInt64, count: Int) -> UInt64? {
    guard let first = offset(ofPhysical: address) else { return nil }
    let end = address < Self.holeStart ? lowSize : size
    return UInt64(count) <= end - first ? first : nil
  }

  private func notifyWatchers(offset: UInt64, count: Int) {
    guard count > 0 else { return }
    let first = Int(offset) / Self.pageSize
    let last = (Int(offset) + count - 1) / Self.pageSize
    for page in first...last where !pageAttributes[page].isEmpty {
      willWriteWatchedPage?(UInt64(page * Self.pageSize))
    }
  }
}

extension GuestMemory {
  /// The physical address after the last byte of RAM.
  public var physicalEnd: UInt64 { highSize > 0 ? Self.holeEnd + highSize : lowSize }
}
