import Bus

/// Where an initial RAM disk may go.
struct RamdiskPlacement {
  /// Where the kernel ends; the RAM disk lies above.
  let kernelEnd: UInt64
  /// The address that the RAM disk must not reach below 4 GiB.
  let limit: UInt64
  /// Whether the RAM disk may lie above 4 GiB if it does not fit below.
  let allowsAbove4G: Bool

  private static let alignment = UInt64(GuestMemory.pageSize)

  /// Puts a RAM disk on the highest free page boundary, below 4 GiB if it fits there.
  ///
  /// - Returns: The addresses that it takes; `nil` if there is none.
  /// - Throws: `BootError.emptyRamdisk`, or `BootError.ramdiskTooLarge` if it fits nowhere.
  func placeHighest(_ ramdisk: [UInt8]?, in memory: GuestMemory) throws(BootError) -> Range<UInt64>? {
    guard let ramdisk else { return nil }
    guard !ramdisk.isEmpty else { throw .emptyRamdisk }
    let size = UInt64(ramdisk.count)
    guard let address = highestAddress(forSize: size, in: memory) else { throw tooLarge(size, memory) }
    try memory.place(ramdisk, at: address)
    return address..<address + size
  }

  /// Puts a RAM disk on the first page boundary behind the kernel.
  ///
  /// - Returns: The addresses that it takes; `nil` if there is none.
  /// - Throws: `BootError.emptyRamdisk`, or `BootError.ramdiskTooLarge` if it does not fit there.
  func placeLowest(_ ramdisk: [UInt8]?, in memory: GuestMemory) throws(BootError) -> Range<UInt64>? {
    guard let ramdisk else { return nil }
    guard !ramdisk.isEmpty else { throw .emptyRamdisk }
    let size = UInt64(ramdisk.count)
    guard let address = kernelEnd.roundedUp(toMultipleOf: Self.alignment),
      address <= memory.lowSize, size <= memory.lowSize - address
    else { throw tooLarge(size, memory) }
    try memory.place(ramdisk, at: address)
    return address..<address + size
  }

  private func highestAddress(forSize size: UInt64, in memory: GuestMemory) -> UInt64? {
    let lowEnd = min(memory.lowSize, limit)
    if lowEnd >= size, (lowEnd - size) & ~(Self.alignment - 1) >= kernelEnd {
      return (lowEnd - size) & ~(Self.alignment - 1)
    }
    guard allowsAbove4G, memory.highSize >= size else { return nil }
    return (GuestMemory.holeEnd + memory.highSize - size) & ~(Self.alignment - 1)
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
