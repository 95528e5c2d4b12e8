import Foundation
import Testing

@testable import Bus

@Suite("Guest memory")
struct GuestMemoryTests {
  private func makeMemory(_ size: UInt64) throws -> GuestMemory { try #require(GuestMemory(size: size)) }

  @Test func sizesAreWholePagesAndNotAbsurd() {
    #expect(GuestMemory(size: 0) == nil)
    #expect(GuestMemory(size: 4097) == nil)
    #expect(GuestMemory(size: 1 << 50) == nil)
  }

  @Test func ramBeyondTheHoleContinuesAt4GiB() throws {
    let memory = try makeMemory(GuestMemory.holeStart + 0x10000)
    #expect(memory.lowSize == 0xC000_0000)
    #expect(memory.highSize == 0x10000)
    #expect(memory.offset(ofPhysical: 0xBFFF_FFFF) == 0xBFFF_FFFF)
    #expect(memory.offset(ofPhysical: 0xC000_0000) == nil)
    #expect(memory.offset(ofPhysical: 0xFFFF_FFFF) == nil)
    #expect(memory.offset(ofPhysical: 0x1_0000_0000) == 0xC000_0000)
    #expect(memory.offset(ofPhysical: 0x1_0001_0000) == nil)
    #expect(memory.offset(ofPhysical: .max) == nil)
    #expect(memory.physicalAddress(ofOffset: 0xC000_0010) == 0x1_0000_0010)
  }

  @Test func numbersAreLittleEndianAndNeedNoAlignment() throws {
    let memory = try makeMemory(0x1000)
    #expect(memory.store(UInt32(0x0403_0201), at: 0x101))
    #expect(memory.load(0x101, as: UInt8.self) == 1)
    #expect(memory.load(0x103, as: UInt16.self) == 0x0403)
    #expect(memory.load(0x100, as: UInt64.self) == 0x04_0302_0100)
  }

  @Test func accessesThatLeaveRAMDoNothing() throws {
    let memory = try makeMemory(GuestMemory.holeStart + 0x1000)
    #expect(!memory.store(UInt64(1), at: 0xBFFF_FFFC))
    #expect(memory.load(0xBFFF_FFF8, as: UInt64.self) == 0)
    #expect(memory.load(0xBFFF_FFFC, as: UInt64.self) == nil)
    #expect(memory.load(0xFFFF_FFFC, as: UInt64.self) == nil)
    #expect(memory.load(0x1_0000_0FF9, as: UInt64.self) == nil)
    #expect(memory.load(.max - 3, as: UInt64.self) == nil)
  }

  @Test(arguments: [(0, 1), (1, 0x2_FFFF), (0x1_0000, 0x2_0000), (0xFFFF, 0x1_0002), (0x3_FFFF, 1), (5, 0)])
  func aRangeIsMadeZeroToTheByte(start: Int, count: Int) throws {
    let memory = try makeMemory(0x4_0000)
    memset(memory.base, 0xA5, 0x4_0000)
    #expect(memory.clear(UInt64(start), count: count))
    let bytes = UnsafeRawBufferPointer(start: memory.base, count: 0x4_0000)
    #expect(bytes.indices.allSatisfy { (bytes[$0] == 0) == (start..<start + count ~= $0) })
    #expect(!memory.clear(0x3_FFFF, count: 2))
    #expect(!memory.clear(0x4_0000, count: 1))
  }

  @Test func buffersOfDevicesAreCopied() throws {
    let memory = try makeMemory(0x4000)
    let source: [UInt8] = Array(0..<200)
    #expect(source.withUnsafeBytes { memory.write(0xFA0, from: $0) })
    var copy = [UInt8](repeating: 0, count: 200)
    #expect(copy.withUnsafeMutableBytes { memory.read(0xFA0, into: $0) })
    #expect(copy == source)
    #expect(!copy.withUnsafeMutableBytes { memory.read(0x4000 - 100, into: $0) })
  }

  @Test func theProcessorLearnsOfWritesToPagesWithDecodedCode() throws {
    let memory = try makeMemory(0x4000)
    var pages: [UInt64] = []
    memory.willWriteWatchedPage = { pages.append($0) }
    memory.pageAttributes[1] = .containsDecodedCode
    memory.pageAttributes[2] = .containsDecodedCode
    memory.store(UInt8(1), at: 0xFFF)
    #expect(pages.isEmpty)
    memory.store(UInt16(1), at: 0xFFF)
    #expect(pages == [0x1000])
    memory.store(UInt16(1), at: 0x1FFF)
    #expect(pages == [0x1000, 0x1000, 0x2000])
  }
}
