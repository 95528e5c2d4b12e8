import Bus
import Testing

@testable import Machine

/// ELF files by which a guest might mislead the loader (System V ABI, chapters 4 and 5).
@Suite struct BootELFTests {
  private func malformed(_ file: SyntheticELF) -> String? {
    guard case .malformedKernel("ELF", let reason) = bootError(for: file.bytes) else { return nil }
    return reason
  }

  private func withSegment(_ change: (inout SyntheticELF.Segment) -> Void) -> SyntheticELF {
    var file = SyntheticELF()
    change(&file.segments[0])
    return file
  }

  @Test func everyCutOfAFileIsNoticed() {
    let bytes = SyntheticELF().bytes
    for count in stride(from: 4, to: bytes.count, by: 5) {
      guard
        case .truncatedKernel("ELF", let needed, UInt64(count)) = bootError(for: [UInt8](bytes.prefix(count)))
      else {
        Issue.record("\(count) bytes are not called truncated")
        continue
      }
      #expect(needed > UInt64(count))
    }
    #expect(bootError(for: bytes) == nil)
  }

  @Test(arguments: [UInt64.max, UInt64.max - 55, 1 << 63])
  func programHeadersBeyondTheFileAreCutOff(offset: UInt64) {
    var file = SyntheticELF()
    file.programHeadersOffset = offset
    guard case .truncatedKernel("ELF", _, _) = bootError(for: file.bytes) else {
      Issue.record("taken")
      return
    }
  }

  @Test func programHeadersHaveTheirSize() {
    var file = SyntheticELF()
    file.programHeaderSize = 55
    #expect(malformed(file) == "its program headers have 55 bytes")
    file.programHeaderSize = 0
    #expect(malformed(file) == "its program headers have 0 bytes")
  }

  @Test func aFileWithNothingToLoadIsRefused() {
    var file = SyntheticELF()
    file.segments[0].memorySize = 0
    file.segments[0].fileSize = 0
    #expect(malformed(file) == "it has nothing to load")
    file.segments = []
    #expect(malformed(file) == "it has no program headers")
  }

  @Test func memoryThatAFileOnlyReservesIsNotTouched() throws {
    let file = withSegment { $0.memorySize = 0xB000_0000 }
    let memory = try #require(GuestMemory(size: 4 << 30))
    #expect(bootError(loading: file.bytes, into: memory) == nil)
    let touched = TouchedPages(of: memory)
    #expect(touched.mayContain(0x20_0000 / GuestMemory.pageSize))
    #expect(!touched.mayContain(0x8000_0000 / GuestMemory.pageSize))
  }

  @Test func aSegmentIsNotLargerInTheFile() {
    #expect(malformed(withSegment { $0.memorySize = 2 }) == "a segment is larger in the file than in memory")
  }

  @Test func segmentsDoNotWrapAround() {
    let reason = "a segment wraps around the end of the address space"
    #expect(malformed(withSegment { $0.physicalAddress = .max - 1 }) == reason)
    #expect(malformed(withSegment { $0.memorySize = .max }) == reason)
    #expect(malformed(withSegment { $0.virtualAddress = .max - 1 }) == reason)
  }

  @Test(arguments: [UInt64.max, UInt64.max - 2, 0x1001]) func segmentsAreInTheFile(offset: UInt64) {
    guard case .truncatedKernel = bootError(for: withSegment { $0.offset = offset }.bytes) else {
      Issue.record("taken")
      return
    }
  }

  @Test func aSegmentWithoutContentMayHaveAnyOffset() {
    var file = SyntheticELF()
    file.segments.append(
      SyntheticELF.Segment(
        virtualAddress: 0x40_0000, physicalAddress: 0x40_0000, offset: .max, fileSize: 0, memorySize: 0x1000))
    #expect(bootError(for: file.bytes) == nil)
  }

  @Test func segmentsDoNotOverlap() {
    var file = SyntheticELF()
    file.segments.append(
      SyntheticELF.Segment(content: [1], virtualAddress: 0x20_2FFF, physicalAddress: 0x20_2FFF))
    #expect(malformed(file) == "two segments overlap at 0x202fff")
    file.segments[1].physicalAddress = 0x20_3000
    #expect(bootError(for: file.bytes) == nil)
  }

  @Test func theEntryIsInASegment() {
    var file = SyntheticELF()
    file.entry = 0x20_3000
    #expect(malformed(file) == "no segment contains the entry 0x203000")
    file.entry = 0x20_2FFF
    #expect(bootError(for: file.bytes) == nil)
  }

  @Test func segmentsOutsideOfMemoryAreNotLoaded() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    func error(at address: UInt64) -> BootError? {
      bootError(
        loading: withSegment {
          $0.physicalAddress = address
          $0.virtualAddress = 0x20_0000
        }.bytes, into: memory)
    }
    #expect(error(at: 0x10_0000) == nil)
    #expect(error(at: 0xF_F000) == nil, "the page of the headers of a program linked for 1 MiB")
    #expect(error(at: 0xE_F000) == .segmentOutsideMemory(start: 0xE_F000, end: 0xF_2000))
    #expect(error(at: 0xFF_D000) == nil)
    #expect(error(at: 0xFF_D001) == .kernelTooLarge(neededMemory: 0x100_0001, memory: 16 << 20))
    #expect(error(at: 0xBFFF_E000) == .segmentOutsideMemory(start: 0xBFFF_E000, end: 0xC000_1000))
    #expect(error(at: 0x1_0000_0000) == .segmentOutsideMemory(start: 0x1_0000_0000, end: 0x1_0000_3000))
  }

  @Test func notesThatAreCutOffAreLeftOut() {
    let whole = [UInt8](SyntheticELF.pvhNote(entry: 0x20_0000).content)
    #expect(ELFNote.parse(whole[...], alignment: 4).count == 1)
    for count in 0..<whole.count { #expect(ELFNote.parse(whole.prefix(count), alignment: 4).isEmpty) }
    var huge = whole
    huge.replaceSubrange(0..<8, with: repeatElement(0xFF, count: 8))
    #expect(ELFNote.parse(huge[...], alignment: 4).isEmpty)
  }

  @Test func moreNotesThanAKernelHasAreRefused() {
    var file = SyntheticELF()
    let large = SyntheticELF.note("Strata", type: 1, [UInt8](repeating: 0, count: 600 << 10))
    file.segments.append(large)
    #expect(bootError(for: file.bytes) == nil)
    let index = file.segments.count
    file.segments.append(large)
    file.segments[index].offset = 0x2000
    file.segments[index].content = []
    file.segments[index].fileSize = UInt64(large.content.count)
    #expect(malformed(file) == "its notes take more than 1048576 bytes")
    file.segments[index].fileSize = .max
    #expect(malformed(file) == "its notes take more than 1048576 bytes")
  }

  @Test func headersOfRandomBytesDoNotTrap() throws {
    let memory = try #require(GuestMemory(size: 4 << 20))
    var file = SyntheticELF()
    file.segments.append(SyntheticELF.pvhNote(entry: 0x20_0000))
    let bytes = file.bytes
    var generator = SplitMix64(seed: 2)
    for _ in 0..<1000 {
      var damaged = bytes
      for _ in 0..<4 {
        let index = Int.random(in: 4..<0xB0, using: &generator)
        damaged[index] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = bootError(loading: damaged, into: memory)
    }
  }
}
