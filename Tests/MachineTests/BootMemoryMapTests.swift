import Bus
import Testing

@testable import Machine

@Suite struct BootMemoryMapTests {
  typealias Region = MemoryMap.Region

  @Test func memoryBelowTheHoleIsInOnePieceAbove1MiB() {
    #expect(
      MemoryMap(memorySize: 512 << 20).regions == [
        Region(start: 0, size: 0x9_FC00, kind: .usable),
        Region(start: 0x9_FC00, size: 0x4_0400, kind: .reserved),
        Region(start: 0xE_0000, size: 0x1000, kind: .acpiNonVolatile),
        Region(start: 0xE_1000, size: 0xF000, kind: .acpiReclaimable),
        Region(start: 0xF_0000, size: 0x1_0000, kind: .reserved),
        Region(start: 0x10_0000, size: 511 << 20, kind: .usable),
        Region(start: 0xE000_0000, size: 0x1000_0000, kind: .reserved),
      ])
  }

  @Test(arguments: [2 << 20, 3 << 30, 4 << 30, 1 << 46] as [UInt64])
  func usableMemoryIsAllOfRAMButTheLastPartOfTheFirstMebibyte(size: UInt64) {
    let usable = MemoryMap(memorySize: size).regions.filter { $0.kind == .usable }
    #expect(usable.reduce(0) { $0 + $1.size } == size - (0x10_0000 - 0x9_FC00))
  }

  @Test func memoryBeyond3GiBGoesOnAt4GiB() {
    let regions = MemoryMap(memorySize: 8 << 30).regions
    #expect(regions.last == Region(start: 4 << 30, size: 5 << 30, kind: .usable))
    #expect(regions.contains(Region(start: 0x10_0000, size: 3 << 30 - 0x10_0000, kind: .usable)))
  }

  @Test(arguments: [0, 1, 0x10_0000, UInt64.max]) func anySizeMakesAMapInOrder(size: UInt64) {
    let regions = MemoryMap(memorySize: size).regions
    for (lower, upper) in zip(regions, regions.dropFirst()) { #expect(lower.end <= upper.start) }
    #expect(regions.allSatisfy { $0.size > 0 })
  }

  @Test func aReservationSplitsUsableMemory() {
    var map = MemoryMap(memorySize: 16 << 20)
    map.reserve(0x80_0000..<0x90_0000)
    #expect(
      map.regions.filter { $0.start >= 0x10_0000 && $0.start < 0xC000_0000 } == [
        Region(start: 0x10_0000, size: 0x70_0000, kind: .usable),
        Region(start: 0x80_0000, size: 0x10_0000, kind: .reserved),
        Region(start: 0x90_0000, size: 0x70_0000, kind: .usable),
      ])
  }

  @Test func aReservationLeavesOtherKindsAlone() {
    var map = MemoryMap(memorySize: 16 << 20)
    let before = map
    map.reserve(0xE_0000..<0x10_0000)
    map.reserve(0x5000_0000..<0x6000_0000)
    #expect(map == before)
  }

  @Test func aDeviceTreeNeedsNoRoomForTables() {
    let map = MemoryMap(memorySize: 64 << 20, description: .deviceTree([]))
    #expect(
      map.regions == [
        .init(start: 0, size: 0x9_FC00, kind: .usable),
        .init(start: 0x9_FC00, size: 0x6_0400, kind: .reserved),
        .init(start: 0x10_0000, size: 63 << 20, kind: .usable),
        .init(start: 0xE000_0000, size: 256 << 20, kind: .reserved),
      ])
  }
}
