import Bus

/// Chooses where an initial RAM disk goes.
struct RamdiskPlacement {
  /// Where the kernel ends; the RAM disk lies above.
  let kernelEnd: UInt64
  /// The address that the RAM disk must not reach below 4 GiB.
  let limit: UInt64
  /// Whether the RAM disk may lie above 4 GiB if it does not fit below.
  let allowsAbove4G: Bool

  private static let alignment = UInt64(GuestMemory.pageSize)

  /// The highest free place on a page boundary, below 4 GiB if it fits there.
  ///
  /// - Throws: `BootError.emptyRamdisk`, or `BootError.ramdiskTooLarge` if it fits nowhere.
  func highestAddress(forSize size: Int, in memory: GuestMemory) throws(BootError) -> UInt64 {
    guard size > 0 else { throw .emptyRamdisk }
    let size = UInt64(size)
    let lowEnd = min(memory.lowSize, limit)
    if lowEnd >= size, (lowEnd - size) & ~(Self.alignment - 1) >= kernelEnd {
      return (lowEnd - size) & ~(Self.alignment - 1)
    }
    if allowsAbove4G, memory.highSize >= size {
      return (GuestMemory.holeEnd + memory.highSize - size) & ~(Self.alignment - 1)
    }
    throw tooLarge(size, memory)
  }

  /// The first page boundary behind the kernel.
  ///
  /// - Throws: `BootError.emptyRamdisk`, or `BootError.ramdiskTooLarge` if it does not fit there.
  func lowestAddress(forSize size: Int, in memory: GuestMemory) throws(BootError) -> UInt64 {
    guard size > 0 else { throw .emptyRamdisk }
    let size = UInt64(size)
    guard let start = kernelEnd.roundedUp(toMultipleOf: Self.alignment),
      start <= memory.lowSize, size <= memory.lowSize - start
    else { throw tooLarge(size, memory) }
    return start
  }

  private func tooLarge(_ size: UInt64, _ memory: GuestMemory) -> BootError {
    let start = kernelEnd.roundedUp(toMultipleOf: Self.alignment) ?? .max
    let pages = size.roundedUp(toMultipleOf: Self.alignment) ?? .max
    let (end, overflow) = start.addingReportingOverflow(pages)
    let lowLimit = min(GuestMemory.holeStart, limit)
    let needed: UInt64?
    if !overflow, end <= lowLimit {
      needed = end
    } else if allowsAbove4G {
      needed = GuestMemory.holeStart &+ pages
    } else {
      needed = nil
    }
    return .ramdiskTooLarge(size: size, neededMemory: needed, memory: memory.size)
  }
}
