import Bus

/// The machine's memory map as firmware would report it (E820; ACPI 6.5, 15.1).
///
/// The regions are in ascending order and do not overlap.
public struct MemoryMap: Equatable, Sendable {
  /// What a region may be used for; the numbers are those of E820, PVH and Multiboot alike.
  public enum Kind: UInt32, Sendable {
    /// RAM, free for the guest.
    case usable = 1
    /// Not for the guest.
    case reserved = 2
    /// RAM with ACPI tables: free once the guest has read them.
    case acpiReclaimable = 3
    /// RAM that ACPI keeps using.
    case acpiNonVolatile = 4
  }

  /// A run of addresses of one kind.
  public struct Region: Equatable, Sendable {
    /// The first address.
    public var start: UInt64
    /// The number of bytes; never 0.
    public var size: UInt64
    /// What it may be used for.
    public var kind: Kind

    /// The address after the last.
    public var end: UInt64 { start &+ size }
  }

  /// The regions.
  public private(set) var regions: [Region] = []

  /// The map of a machine with this many bytes of RAM, at least `AddressMap.minimumMemorySize`; it has regions
  /// for ACPI tables if those describe the machine.
  public init(memorySize: UInt64, description: MachineDescription) {
    let lowEnd = min(memorySize, GuestMemory.holeStart)
    add(0..<AddressMap.conventionalMemoryEnd, .usable)
    switch description {
    case .acpi:
      add(AddressMap.conventionalMemoryEnd..<AddressMap.acpiTables.lowerBound, .reserved)
      add(ACPITables.Layout.nonVolatile, .acpiNonVolatile)
      add(ACPITables.Layout.reclaimable, .acpiReclaimable)
      add(AddressMap.acpiTables.upperBound..<AddressMap.extendedMemoryStart, .reserved)
    case .deviceTree:
      add(AddressMap.conventionalMemoryEnd..<AddressMap.extendedMemoryStart, .reserved)
    }
    add(AddressMap.extendedMemoryStart..<max(lowEnd, AddressMap.extendedMemoryStart), .usable)
    add(AddressMap.pciConfiguration, .reserved)
    if memorySize > lowEnd {
      let highSize = memorySize - lowEnd
      let highEnd = GuestMemory.holeEnd.addingReportingOverflow(highSize)
      add(GuestMemory.holeEnd..<(highEnd.overflow ? .max : highEnd.partialValue), .usable)
    }
  }

  /// Takes a range out of usable RAM, so that the guest leaves alone what a loader has put there.
  ///
  /// Ranges outside of usable RAM change nothing.
  public mutating func reserve(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    let old = regions
    regions = []
    for region in old {
      let taken = range.clamped(to: region.start..<region.end)
      if region.kind == .usable, !taken.isEmpty {
        add(region.start..<taken.lowerBound, .usable)
        add(taken, .reserved)
        add(taken.upperBound..<region.end, .usable)
      } else {
        regions.append(region)
      }
    }
  }

  private mutating func add(_ range: Range<UInt64>, _ kind: Kind) {
    guard !range.isEmpty else { return }
    regions.append(Region(start: range.lowerBound, size: range.upperBound - range.lowerBound, kind: kind))
  }
}
