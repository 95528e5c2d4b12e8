import X86

/// The leaves about cores and caches.
extension ProcessorModel {
  /// How many bits of an APIC ID tell the cores of the package apart.
  var coreIdentifierBits: UInt32 {
    guard processorCount > 1 else { return 0 }
    return UInt32(truncatingIfNeeded: Int.bitWidth - (processorCount - 1).leadingZeroBitCount)
  }

  /// Fn0000_000B: threads of a core, cores of a package, and the x2APIC ID.
  func topologyLeaf(_ subleaf: UInt32, _ context: CPUIDContext) -> CPUIDValues {
    let thread: UInt32 = 1
    let core: UInt32 = 2
    switch subleaf {
    case 0: return CPUIDValues(eax: 0, ebx: 1, ecx: thread << 8 | subleaf, edx: context.index)
    case 1:
      return CPUIDValues(
        eax: coreIdentifierBits, ebx: UInt32(truncatingIfNeeded: processorCount), ecx: core << 8 | subleaf,
        edx: context.index)
    default: return CPUIDValues(ecx: subleaf & 0xFF, edx: context.index)
    }
  }

  /// Fn8000_001E: one thread a core, one node.
  func coreLeaf(_ context: CPUIDContext) -> CPUIDValues {
    CPUIDValues(eax: context.index, ebx: context.index & 0xFF)
  }

  // MARK: Caches

  private struct Cache {
    enum Kind: UInt32 {
      case data = 1
      case instructions
      case unified
    }

    var kind: Kind
    var level: UInt32
    var size: UInt32
    var ways: UInt32
    var isShared = false
  }

  /// There are no caches; this is what a core of the family has, so that programs that size their work by it do
  /// something sensible.
  private static let caches = [
    Cache(kind: .data, level: 1, size: 32 << 10, ways: 8),
    Cache(kind: .instructions, level: 1, size: 32 << 10, ways: 8),
    Cache(kind: .unified, level: 2, size: 1 << 20, ways: 8),
    Cache(kind: .unified, level: 3, size: 32 << 20, ways: 16, isShared: true),
  ]

  /// Fn8000_001D.
  func cacheLeaf(_ subleaf: UInt32) -> CPUIDValues {
    guard subleaf < Self.caches.count else { return CPUIDValues() }
    let cache = Self.caches[Int(subleaf)]
    let sharing = cache.isShared ? UInt32(truncatingIfNeeded: processorCount) : 1
    let selfInitialising: UInt32 = 1 << 8
    let sets = cache.size / cache.ways / ProcessorIdentity.cacheLineSize
    return CPUIDValues(
      eax: (sharing - 1) << 14 | selfInitialising | cache.level << 5 | cache.kind.rawValue,
      ebx: (cache.ways - 1) << 22 | (ProcessorIdentity.cacheLineSize - 1), ecx: sets - 1)
  }

  /// Fn8000_0005: TLBs of 64 entries, and the first-level caches.
  var firstLevelCacheLeaf: CPUIDValues {
    let buffers: UInt32 = 0xFF40_FF40
    // Size in KiB, ways, lines a tag, line size.
    let cache = 32 << 24 | 8 << 16 | 1 << 8 | ProcessorIdentity.cacheLineSize
    return CPUIDValues(eax: buffers, ebx: buffers, ecx: cache, edx: cache)
  }

  /// Fn8000_0006: second-level TLBs, L2 and L3.
  var secondLevelCacheLeaf: CPUIDValues {
    let eightWays: UInt32 = 6
    let buffers = eightWays << 28 | 1024 << 16 | eightWays << 12 | 512
    let second = 1024 << 16 | eightWays << 12 | 1 << 8 | ProcessorIdentity.cacheLineSize
    // The ways of L3 are told by Fn8000_001D; its size is in units of 512 KiB.
    let third = 64 << 18 | 9 << 12 | 1 << 8 | ProcessorIdentity.cacheLineSize
    return CPUIDValues(eax: buffers, ebx: buffers, ecx: second, edx: third)
  }
}
