import Bus
import Testing

@testable import Machine

/// A `vmlinux` without a PVH note, which takes what a bzImage's decompressor hands on.
@Suite struct BootLinuxELFTests {
  static func kernel(memorySize: UInt64 = 0x1000) -> SyntheticELF {
    var file = SyntheticELF()
    file.entry = 0x100_0010
    file.segments = [
      SyntheticELF.Segment(
        content: [UInt8](repeating: 0xF4, count: 64), virtualAddress: 0xFFFF_FFFF_8100_0000,
        physicalAddress: 0x100_0000, memorySize: memorySize),
      SyntheticELF.note("Linux", type: 0x100, [0]),
    ]
    return file
  }

  @Test func theKernelStartsInLongModeWithAZeroPage() throws {
    let memory = try #require(GuestMemory(size: 64 << 20))
    let configuration = BootConfiguration(
      commandLine: "console=ttyS0", initialRamdisk: [UInt8](repeating: 7, count: 5000),
      description: .deviceTree([1, 2, 3]))
    let state = try KernelImage.identify(Self.kernel().bytes).load(into: memory, configuration)
    #expect(state.instructionPointer == 0x100_0010)
    guard case .long(_, let root) = state.mode else {
      Issue.record("not in long mode")
      return
    }
    for address: UInt64 in [0x100_0010, 0xFEE0_0000] {
      #expect(memory.translate(address, root: root) == address)
    }
    #expect(memory.bytes(at: 0x100_0000, count: 2) == [0xF4, 0xF4])

    let zeroPage = state.registers.rsi
    #expect(memory.load(zeroPage + 0x1EF) == 0 as UInt8, "the sentinel of a zero page that was not cleared")
    #expect(memory.load(zeroPage + 0x1FE) == 0xAA55 as UInt16)
    #expect(memory.load(zeroPage + 0x202) == 0x5372_6448 as UInt32, "HdrS")
    #expect(memory.load(zeroPage + 0x206) == 0x020F as UInt16, "version 2.15")
    #expect(memory.load(zeroPage + 0x210) == 0xFF as UInt8, "the loader")
    #expect(memory.load(zeroPage + 0x211) == 1 as UInt8, "LOADED_HIGH")
    let commandLine = try #require(memory.load(zeroPage + 0x228, as: UInt32.self))
    #expect(memory.text(at: UInt64(commandLine)) == "console=ttyS0")
    #expect(memory.load(zeroPage + 0x218) == UInt32(64 << 20 - 8192))
    #expect(memory.load(zeroPage + 0x21C) == 5000 as UInt32)
    let setupData = try #require(memory.load(zeroPage + 0x250, as: UInt64.self))
    #expect(memory.load(setupData + 8) == 2 as UInt32, "SETUP_DTB")
  }

  @Test func aPVHNoteGoesFirst() throws {
    var file = Self.kernel()
    file.segments.append(SyntheticELF.pvhNote(entry: 0x100_0020))
    guard case .pvh = try KernelImage.identify(file.bytes) else {
      Issue.record("taken for something else")
      return
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let memory = try #require(GuestMemory(size: 32 << 20))
    let large = Self.kernel(memorySize: 17 << 20)
    #expect(
      bootError(loading: large.bytes, into: memory)
        == .kernelTooLarge(neededMemory: 33 << 20, memory: 32 << 20))
    let configuration = BootConfiguration(
      commandLine: String(repeating: "a", count: 2048), description: .acpi(rsdpAddress: 0))
    #expect(
      bootError(loading: Self.kernel().bytes, into: memory, configuration)
        == .commandLineTooLong(length: 2048, limit: 2047))
  }

  @Test func aKernelWhoseEntryIsElsewhereIsRefused() {
    var file = Self.kernel()
    file.entry = 0x300_0000
    #expect(
      bootError(for: file.bytes)
        == .malformedKernel(format: "ELF", reason: "no segment contains the entry 0x3000000"))
  }
}
