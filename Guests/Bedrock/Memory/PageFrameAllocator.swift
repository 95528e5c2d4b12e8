@_extern(c, "bedrock_image_end") private func imageEnd() -> UInt64

/// Physical pages that belong to nobody: usable RAM behind the image and below the end of the identity map.
public final class PageFrameAllocator: @unchecked Sendable {
  /// The size of a page in bytes.
  public static let frameSize: UInt64 = 4096

  private let lock = SpinLock()
  private var regions: [Range<UInt64>] = []
  /// The first freed frame; each holds the address of the next. 0 ends the list.
  private var firstFreed: UInt64 = 0

  /// The pages of a memory map.
  public init(memoryMap: MemoryMap) {
    let mask = Self.frameSize - 1
    for region in memoryMap.regions where region.kind == .usable {
      let start = (max(region.start.rawValue, imageEnd()) + mask) & ~mask
      let end = min(region.end.rawValue, PhysicalAddress.identityMapEnd.rawValue) & ~mask
      if start < end { regions.append(start..<end) }
    }
  }

  /// A page of zeros, or nil if there is none left.
  public func allocate() -> PhysicalAddress? { allocate(count: 1) }

  /// Pages of zeros one behind the other, or nil if there is no such piece.
  public func allocate(count: UInt64) -> PhysicalAddress? {
    let frame = lock.withLock { count == 1 ? takeFreed() ?? takeNew(count) : takeNew(count) }
    guard let frame, let pointer = frame.pointer else { return nil }
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: Int(count * Self.frameSize))
    return frame
  }

  /// Takes back one page.
  public func free(_ frame: PhysicalAddress) {
    guard let pointer = frame.pointer else { return }
    lock.withLock {
      pointer.storeBytes(of: firstFreed, as: UInt64.self)
      firstFreed = frame.rawValue
    }
  }

  private func takeFreed() -> PhysicalAddress? {
    let frame = PhysicalAddress(firstFreed)
    guard firstFreed != 0, let pointer = frame.pointer else { return nil }
    firstFreed = pointer.load(as: UInt64.self)
    return frame
  }

  private func takeNew(_ count: UInt64) -> PhysicalAddress? {
    let size = count &* Self.frameSize
    for (index, region) in regions.enumerated() where UInt64(region.count) >= size {
      regions[index] = region.lowerBound + size..<region.upperBound
      return PhysicalAddress(region.lowerBound)
    }
    return nil
  }
}
